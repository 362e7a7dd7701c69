#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/log_reader.h"
#include "tests/fakes/fake_log.h"

namespace sluice::testing {

/// Reads a FakeLog from where it is told.
///
/// Threads:   one call at a time.
/// Ownership: the log is borrowed.
/// Time:      never blocks.
/// Errors:    as scripted, and where a place is none of the log's.
class FakeLogReader : public LogReader {
 public:
  FakeLogReader(FakeLog& log, std::string topic) : log_(log), topic_(std::move(topic)) {}

  [[nodiscard]] Result<std::vector<LogPartition>> List() override;
  [[nodiscard]] Failure Start(const TopicPartition& stream, Offset from) override;
  [[nodiscard]] Failure Read(std::vector<OwnedRecord>& records, size_t most,
                             std::chrono::milliseconds longest) override;
  [[nodiscard]] int64_t EndMet(const TopicPartition& stream) const override;
  [[nodiscard]] int64_t EndOffset(const TopicPartition& stream) const override;

  /// Nobody answers meanwhile; none: all is well.
  void SetTrouble(std::optional<Failure> trouble) { trouble_ = std::move(trouble); }
  /// The topic is not there yet.
  void HideTopic(bool hidden) { hidden_ = hidden; }

 private:
  FakeLog& log_;
  const std::string topic_;
  std::map<TopicPartition, Offset> next_;
  std::map<TopicPartition, int64_t> ends_met_;
  std::optional<Failure> trouble_;
  bool hidden_ = false;
};

}  // namespace sluice::testing
