#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "adapters/kafka/admin.h"
#include "adapters/kafka/broker_reminder.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "core/ports/clock.h"
#include "core/ports/log_reader.h"

namespace sluice::kafka {

struct AssignedReaderSettings {
  std::vector<std::string> topics;
  std::string topics_regex;  ///< POSIX extended, over whole names, in addition; empty: none.
  size_t queue_max_bytes = size_t{8} * 1024 * 1024;  ///< Fetched records that wait to be read.
};

/// Reads partitions from where it is told, as a member of no group, and commits nothing.
///
/// Threads, Ownership, Time, Errors: as LogReader. Open() fails for settings that no broker is
/// needed to refuse.
class AssignedReader : public LogReader {
 public:
  static Result<std::unique_ptr<AssignedReader>> Open(const Settings& settings,
                                                      const AssignedReaderSettings& reader,
                                                      Clock& clock, LogSink log = nullptr);
  ~AssignedReader() override;

  [[nodiscard]] Result<std::vector<LogPartition>> List() override;
  [[nodiscard]] Failure Start(const TopicPartition& stream, Offset from) override;
  [[nodiscard]] Failure Read(std::vector<OwnedRecord>& records, size_t most,
                             std::chrono::milliseconds longest) override;
  [[nodiscard]] int64_t EndMet(const TopicPartition& stream) const override;
  [[nodiscard]] int64_t EndOffset(const TopicPartition& stream) const override;

 private:
  AssignedReader(const Settings& settings, AssignedReaderSettings reader, Admin admin,
                 Client client, Clock& clock, LogSink log);
  [[nodiscard]] Result<std::vector<std::string>> ListTopics() const;
  [[nodiscard]] Failure OnMessage(const rd_kafka_message_t& message,
                                  std::vector<OwnedRecord>& records);
  void ServeEvents();

  const AssignedReaderSettings reader_;
  const LogSink log_;
  std::regex expression_;  ///< Of `topics_regex`.
  BrokerReminder reminder_;
  Admin admin_;
  Client client_;
  Queue queue_;   ///< Records of all partitions.
  Queue events_;  ///< Errors and logs.
  std::map<TopicPartition, Topic> started_;
  std::map<TopicPartition, int64_t> ends_met_;
  Failure trouble_;  ///< What is wrong, as last heard; kDone: nothing is.
};

}  // namespace sluice::kafka
