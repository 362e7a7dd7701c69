#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

/// A place in the table of operations of one pipeline.
using OpIndex = uint32_t;
inline constexpr OpIndex kNoOp = UINT32_MAX;

/// What is going on with one document id: at most one operation that is outstanding, and at most
/// one that waits, into which later ones merge (I3).
struct Lane {
  uint64_t hash = 0;
  OpIndex sent = kNoOp;     ///< In a body, in flight, or on its way to the dead letters.
  OpIndex waiting = kNoOp;  ///< To be sent after it, or as soon as there is room.

  [[nodiscard]] bool empty() const { return sent == kNoOp && waiting == kNoOp; }
};

/// All lanes that are not empty, by the hash of their id. Open addressing with linear probing; a
/// value, so that the machine that holds it can be copied.
class LaneTable {
 public:
  /// The lane with that hash for which `same_id(lane)` holds, or null. Valid until the next change.
  template <typename SameId>
  [[nodiscard]] Lane* Find(uint64_t hash, SameId same_id) {
    if (slots_.empty()) return nullptr;
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      Lane& lane = slots_[at];
      if (lane.empty()) return nullptr;
      if (lane.hash == hash && same_id(lane)) return &lane;
    }
  }

  /// Adds a lane. The caller has made sure that it is not there.
  void Insert(const Lane& lane);
  /// Removes a lane that Find() gave. Other pointers into the table become invalid.
  void Erase(Lane* lane);
  [[nodiscard]] size_t size() const { return used_; }

 private:
  [[nodiscard]] size_t mask() const { return slots_.size() - 1; }

  std::vector<Lane> slots_;  // a power of two, at most half full
  size_t used_ = 0;
};

}  // namespace sluice
