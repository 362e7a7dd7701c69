#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/model/log_partition.h"
#include "core/model/outcome.h"
#include "core/model/record.h"
#include "core/model/result.h"

namespace sluice {

/// A log that is read from places that its reader keeps, as a member of no group.
///
/// Threads:   one call at a time per instance; library threads are hidden.
/// Ownership: records own their bytes.
/// Time:      List() waits for the brokers, for a bounded time; Read() as long as it is told.
/// Errors:    in the results. What a failure means is its disposition: kHold passes by itself.
class LogReader {
 public:
  virtual ~LogReader() = default;

  /// All partitions of all streams that are read, as of now.
  [[nodiscard]] virtual Result<std::vector<LogPartition>> List() = 0;
  /// Begins to read a partition; once for each.
  [[nodiscard]] virtual Failure Start(const TopicPartition& stream, Offset from) = 0;
  /// Waits for the first record for `longest` at most, and appends what has arrived, in order by
  /// partition, up to `most`. kDone: as far as is known all is well.
  [[nodiscard]] virtual Failure Read(std::vector<OwnedRecord>& records, size_t most,
                                     std::chrono::milliseconds longest) = 0;
  /// Where the partition's end was met when all below it had been returned, or is no record
  /// (marks of transactions, what these took back, what compaction has removed); -1: not yet.
  [[nodiscard]] virtual int64_t EndMet(const TopicPartition& stream) const = 0;
  /// The next offset to be written, as far as known without asking, or -1.
  [[nodiscard]] virtual int64_t EndOffset(const TopicPartition& stream) const = 0;
};

}  // namespace sluice
