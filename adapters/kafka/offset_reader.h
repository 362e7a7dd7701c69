#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/broker_reminder.h"
#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "adapters/kafka/wakeup.h"
#include "core/ports/clock.h"
#include "core/ports/record_archive.h"

namespace sluice::kafka {

/// Reads single old records again, by their offset, with a client that belongs to no group.
///
/// The client is made at the first request. A partition is fetched only while a request of it is
/// open: without one the client is quiet, so that it never reads the tail of a topic for nothing.
///
/// Threads:   one call at a time; the library's threads are hidden.
/// Ownership: answers own their bytes.
/// Time:      no call waits for a broker. Making the client and stopping a partition wait for the
///            library's own thread.
/// Errors:    as answers: a record that is gone is an answer without record, everything else a
///            kHold that repeats while the request stays open.
class OffsetReader : public RecordArchive {
 public:
  OffsetReader(const Settings& settings, const ArchiveSettings& archive, Clock& clock,
               LogSink log = nullptr);
  ~OffsetReader() override;

  /// Readable when Poll() may have something.
  [[nodiscard]] int descriptor() const { return wakeup_.descriptor(); }

  [[nodiscard]] size_t capacity() const override { return archive_.capacity; }
  void Request(uint64_t token, const TopicPartition& stream, Offset offset) override;
  void Poll(std::vector<ArchivedRecord>& answers) override;

 private:
  struct Wanted {
    std::vector<uint64_t> tokens;
    int64_t asked_us = 0;
    int64_t held_us = 0;  ///< When it was last reported as held.
  };
  /// One partition that is being fetched, and what is wanted of it, by offset.
  struct Reading {
    Topic topic;
    bool started = false;
    std::map<int64_t, Wanted> wanted;
  };
  using Answers = std::vector<ArchivedRecord>;

  [[nodiscard]] Status OpenClient();
  void Start(const TopicPartition& stream, Reading& reading);
  void Stop(const TopicPartition& stream, Reading& reading);
  void OnMessage(const rd_kafka_message_t& message, Answers& answers);
  void OnMessageError(const rd_kafka_message_t& message, const TopicPartition& stream,
                      Reading& reading, Answers& answers);
  /// Answers the oldest wanted record: `record` when it is there, else gone.
  void AnswerFirst(Reading& reading, const rd_kafka_message_t* record, Answers& answers);
  void ServeEvents();
  void ReportHeld(Answers& answers);

  const Settings settings_;
  const ArchiveSettings archive_;
  Clock& clock_;
  const LogSink log_;
  BrokerReminder reminder_;
  Wakeup wakeup_;
  Client client_;
  Queue queue_;   ///< Records of all partitions being fetched.
  Queue events_;  ///< Errors and logs.
  std::map<TopicPartition, Reading> readings_;
  size_t open_ = 0;
  Verdict trouble_;  ///< Why requests are held, as last heard.
};

}  // namespace sluice::kafka
