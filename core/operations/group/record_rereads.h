#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/ports/record_archive.h"

namespace sluice {

/// Shares one RecordArchive between those who read records again: dead letters, which want the
/// original bytes, and refused operations, whose predecessors are applied after all.
///
/// Threads:   the pipeline's.
/// Ownership: the archive is borrowed; answers are kept until their user takes them.
/// Time:      no call blocks. At most as many requests are open as the archive takes.
/// Errors:    as the archive's answers.
class RecordRereads {
 public:
  enum class User : uint8_t { kDeadLetters, kPredecessors };

  explicit RecordRereads(RecordArchive& archive) : archive_(archive) {}

  /// False when the archive takes no more for now. `token` is below 2^63.
  [[nodiscard]] bool Request(User user, uint64_t token, const TopicPartition& stream,
                             Offset offset);
  /// Appends the user's answers since the last call, under the tokens it gave.
  void Poll(User user, std::vector<ArchivedRecord>& answers);
  /// Whether Poll() may have something: an answer that waits, or a request without one.
  [[nodiscard]] bool Awaits(User user) const {
    return open_ > 0 || !waiting_[static_cast<size_t>(user)].empty();
  }

 private:
  RecordArchive& archive_;
  size_t open_ = 0;
  std::vector<ArchivedRecord> polled_;
  std::array<std::vector<ArchivedRecord>, 2> waiting_;  // by User
};

}  // namespace sluice
