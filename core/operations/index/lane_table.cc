#include "core/operations/index/lane_table.h"

#include <utility>

#include "core/model/check.h"

namespace sluice {
namespace {
constexpr size_t kSmallest = 64;
}  // namespace

void LaneTable::Insert(uint32_t hash, OpIndex op) {
  if ((used_ + 1) * 2 > slots_.size()) {
    std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kSmallest : slots_.size() * 2));
    used_ = 0;
    for (const Slot& moved : old)
      if (moved.op != kNoOp) Insert(moved.hash, moved.op);
  }
  size_t at = hash & mask();
  while (slots_[at].op != kNoOp) at = (at + 1) & mask();
  slots_[at] = {hash, op};
  ++used_;
}

size_t LaneTable::PlaceOf(uint32_t hash, OpIndex op) const {
  size_t at = hash & mask();
  while (slots_[at].op != op) {
    SLUICE_CHECK(slots_[at].op != kNoOp, "an operation that is asked for is the first of its lane");
    at = (at + 1) & mask();
  }
  return at;
}

void LaneTable::Erase(uint32_t hash, OpIndex op) {
  // Closes the gap: what stands behind it moves up unless that would put it before its own place.
  size_t gap = PlaceOf(hash, op);
  for (size_t at = (gap + 1) & mask(); slots_[at].op != kNoOp; at = (at + 1) & mask()) {
    const size_t home = slots_[at].hash & mask();
    if (((at - home) & mask()) >= ((at - gap) & mask())) {
      slots_[gap] = slots_[at];
      gap = at;
    }
  }
  slots_[gap] = Slot{};
  --used_;
}

}  // namespace sluice
