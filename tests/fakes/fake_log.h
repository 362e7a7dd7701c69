#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/position.h"
#include "core/model/record.h"

namespace sluice::testing {

/// The log and the group's memory as a test sees them: what a fake source, a fake archive and the
/// test itself share.
///
/// Threads:   one call at a time.
/// Ownership: records live as long as the log, also those that were deleted.
/// Time:      never blocks.
/// Errors:    a topic or partition that was never created aborts: the test is wrong.
class FakeLog {
 public:
  void CreateTopic(const std::string& topic, int32_t partitions);
  /// Adds partitions to an existing topic, up to `partitions`.
  void GrowTopic(const std::string& topic, int32_t partitions);
  [[nodiscard]] std::vector<TopicPartition> Partitions(const std::string& topic) const;

  Offset Append(const TopicPartition& stream, std::optional<std::string> key,
                std::optional<std::string> value, std::vector<Header> headers = {},
                int64_t timestamp_ms = 1'700'000'000'000);
  /// Leaves offsets without records, as transaction markers and compaction do.
  void SkipOffsets(const TopicPartition& stream, int64_t count);
  /// Removes one record; its offset stays.
  void Compact(const TopicPartition& stream, Offset offset);
  /// Moves the beginning: older records are gone.
  void TruncateBefore(const TopicPartition& stream, Offset beginning);
  /// The epoch of the records appended from now on.
  void SetLeaderEpoch(const TopicPartition& stream, int32_t epoch);

  [[nodiscard]] Offset Beginning(const TopicPartition& stream) const;
  [[nodiscard]] Offset End(const TopicPartition& stream) const;
  /// The record at `from` or the next one above it; null at the end.
  [[nodiscard]] const OwnedRecord* Next(const TopicPartition& stream, Offset from) const;
  [[nodiscard]] const OwnedRecord* At(const TopicPartition& stream, Offset offset) const;
  [[nodiscard]] int32_t LeaderEpoch(const TopicPartition& stream, Offset offset) const;

  /// Who the topic and its cluster are.
  std::string cluster_id = "cluster";
  std::string topic_id = "topic-id";

  [[nodiscard]] std::optional<CommitPosition> Committed(const TopicPartition& stream) const;
  void SetCommitted(const TopicPartition& stream, CommitPosition position, std::string note = {});
  [[nodiscard]] std::string Note(const TopicPartition& stream) const;
  /// As if the group had been deleted.
  void ForgetCommitted(const TopicPartition& stream) { Get(stream).committed.reset(); }
  /// Sees each commit that the group accepts, before it counts.
  std::function<void(const TopicPartition&, CommitPosition)> on_commit;

 private:
  struct Entry {
    std::unique_ptr<OwnedRecord> record;
    int32_t leader_epoch = 0;
  };
  struct Partition {
    std::map<int64_t, Entry> records;
    std::vector<std::unique_ptr<OwnedRecord>> removed;  ///< Views into them stay good.
    Offset beginning;
    Offset end;
    int32_t leader_epoch = 0;
    std::optional<CommitPosition> committed;
    std::string note;
  };
  Partition& Get(const TopicPartition& stream);
  [[nodiscard]] const Partition& Get(const TopicPartition& stream) const;

  std::map<TopicPartition, Partition> partitions_;
};

}  // namespace sluice::testing
