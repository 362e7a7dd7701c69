#pragma once

#include <cstdint>
#include <vector>

#include "core/model/position.h"

namespace sluice {

/// Knows how far a partition is settled: the committed position may pass a record only when that
/// record and all before it are terminal (I1).
///
/// A value: copyable, no clock, no threads. Memory: 16 bytes for each record between the oldest one
/// that is not terminal and the newest one read.
class OffsetLedger {
 public:
  /// Begins at a position; everything tracked before is forgotten.
  void Start(CommitPosition start);

  /// Takes a record in, in rising order of offsets. Returns its number for Settle().
  uint64_t Track(Offset offset, int32_t leader_epoch);
  /// The record is terminal.
  void Settle(uint64_t number);
  /// The partition was read up to `end`, the next offset to be written: what lies between the last
  /// record and it are control records and compacted ones, which are terminal by nature.
  void ReachEnd(Offset end);

  /// Where reading would go on if it started again now.
  [[nodiscard]] CommitPosition position() const { return position_; }
  /// The next offset not yet taken in.
  [[nodiscard]] Offset next() const { return next_; }
  [[nodiscard]] bool settled() const { return head_ == tail_; }
  /// Whether all records before that one are terminal, and it is not.
  [[nodiscard]] bool IsOldest(uint64_t number) const { return head_ == number && !settled(); }
  [[nodiscard]] uint64_t span() const { return tail_ - head_; }
  /// Appends all that further behaviour depends on, as numbers (IndexMachine::AppendState()).
  void AppendState(std::vector<int64_t>& words) const;

 private:
  struct Entry {
    int64_t offset = 0;
    int32_t leader_epoch = -1;
    bool terminal = false;
  };

  void Grow();
  [[nodiscard]] Entry& At(uint64_t number) { return ring_[number & (ring_.size() - 1)]; }
  [[nodiscard]] const Entry& At(uint64_t number) const {
    return ring_[number & (ring_.size() - 1)];
  }

  std::vector<Entry> ring_;  // a power of two
  uint64_t head_ = 0;        // the oldest entry that is not terminal
  uint64_t tail_ = 0;
  CommitPosition position_;
  Offset next_;
};

}  // namespace sluice
