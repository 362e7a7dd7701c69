#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

/// A place in the table of operations of one pipeline.
using OpIndex = uint32_t;
inline constexpr OpIndex kNoOp = UINT32_MAX;

/// Finds the first operation of each lane by the hash of its document id. A lane is what is going
/// on with one id: at most one operation that is outstanding, and behind it at most one that waits
/// (I3); the operations themselves know their neighbour.
///
/// Open addressing with linear probing, eight bytes a slot: every event comes here twice, at places
/// that no cache foresees. A value, so that the machine that holds it can be copied.
class LaneTable {
 public:
  /// The operation with that hash for which `same_id(op)` holds, or kNoOp.
  template <typename SameId>
  [[nodiscard]] OpIndex Find(uint32_t hash, SameId same_id) const {
    if (slots_.empty()) return kNoOp;
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.op == kNoOp) return kNoOp;
      if (slot.hash == hash && same_id(slot.op)) return slot.op;
    }
  }

  /// Adds a lane. The caller has made sure that it is not there.
  void Insert(uint32_t hash, OpIndex op);
  /// `op` is the first of its lane now, in the place of `former`.
  void Replace(uint32_t hash, OpIndex former, OpIndex op) { slots_[PlaceOf(hash, former)].op = op; }
  /// Removes the lane whose first operation is `op`.
  void Erase(uint32_t hash, OpIndex op);
  [[nodiscard]] size_t size() const { return used_; }

  /// Begins to load what Find(), Replace() and Erase() look at. Inlined by force: g++ 12 drops
  /// calls of a function that does nothing else.
  __attribute__((always_inline)) void Prefetch(uint32_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask()], 1);
  }

 private:
  struct Slot {
    uint32_t hash = 0;
    OpIndex op = kNoOp;
  };

  [[nodiscard]] size_t mask() const { return slots_.size() - 1; }
  [[nodiscard]] size_t PlaceOf(uint32_t hash, OpIndex op) const;

  std::vector<Slot> slots_;  // a power of two, at most half full
  size_t used_ = 0;
};

}  // namespace sluice
