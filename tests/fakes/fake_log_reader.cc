#include "tests/fakes/fake_log_reader.h"

namespace sluice::testing {

Result<std::vector<LogPartition>> FakeLogReader::List() {
  if (trouble_) return Error{trouble_->detail, ""};
  std::vector<LogPartition> partitions;
  if (hidden_) return partitions;
  for (const TopicPartition& stream : log_.Partitions(topic_))
    partitions.push_back({stream, log_.topic_id, log_.Beginning(stream), log_.End(stream)});
  return partitions;
}

Failure FakeLogReader::Start(const TopicPartition& stream, Offset from) {
  next_[stream] = from;
  return {};
}

Failure FakeLogReader::Read(std::vector<OwnedRecord>& records, size_t most,
                            std::chrono::milliseconds /*longest*/) {
  if (trouble_) return *trouble_;
  for (auto& [stream, next] : next_) {
    if (next < log_.Beginning(stream) || log_.End(stream) < next)
      return {{Disposition::kHalt, FailureReason::kLogTruncated, WriteResult::kCreated},
              "",
              "records are gone that were never read"};
    for (; records.size() < most;) {
      const OwnedRecord* const record = log_.Next(stream, next);
      if (record == nullptr) {
        ends_met_[stream] = log_.End(stream).value;
        break;
      }
      records.push_back(*record);
      next = record->offset.Next();
    }
  }
  return {};
}

int64_t FakeLogReader::EndMet(const TopicPartition& stream) const {
  const auto met = ends_met_.find(stream);
  return met == ends_met_.end() ? -1 : met->second;
}

int64_t FakeLogReader::EndOffset(const TopicPartition& stream) const {
  return log_.End(stream).value;
}

}  // namespace sluice::testing
