#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/model/outcome.h"
#include "core/model/record.h"

namespace sluice {

/// The answer to a request for one old record.
struct ArchivedRecord {
  uint64_t token = 0;
  Verdict verdict;                    ///< kDone, kHold (still trying) …
  std::optional<OwnedRecord> record;  ///< None with kDone: the log no longer has it.
};

/// Reads single old records again by their offset, without being a member of the group, so that a
/// dead letter gets its original bytes after the record's memory was released.
///
/// Threads:   one call at a time per instance.
/// Ownership: answers own their bytes.
/// Time:      no call blocks; answers come through Poll(). Bounded: at most `capacity()` requests
/// open. Errors:    a record that is gone is an answer, an unreachable broker is a kHold that
/// repeats.
class RecordArchive {
 public:
  virtual ~RecordArchive() = default;

  [[nodiscard]] virtual size_t capacity() const = 0;
  virtual void Request(uint64_t token, const TopicPartition& stream, Offset offset) = 0;
  virtual void Poll(std::vector<ArchivedRecord>& answers) = 0;
};

}  // namespace sluice
