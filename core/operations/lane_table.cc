#include "core/operations/lane_table.h"

#include <utility>

namespace sluice {
namespace {
constexpr size_t kSmallest = 1024;
}  // namespace

void LaneTable::Insert(const Lane& lane) {
  if ((used_ + 1) * 2 > slots_.size()) {
    std::vector<Lane> old =
        std::exchange(slots_, std::vector<Lane>(slots_.empty() ? kSmallest : slots_.size() * 2));
    used_ = 0;
    for (const Lane& moved : old)
      if (!moved.empty()) Insert(moved);
  }
  size_t at = lane.hash & mask();
  while (!slots_[at].empty()) at = (at + 1) & mask();
  slots_[at] = lane;
  ++used_;
}

void LaneTable::Erase(Lane* lane) {
  // Closes the gap: what stands behind it moves up unless that would put it before its own place.
  size_t gap = static_cast<size_t>(lane - slots_.data());
  for (size_t at = (gap + 1) & mask(); !slots_[at].empty(); at = (at + 1) & mask()) {
    const size_t home = slots_[at].hash & mask();
    if (((at - home) & mask()) >= ((at - gap) & mask())) {
      slots_[gap] = slots_[at];
      gap = at;
    }
  }
  slots_[gap] = Lane{};
  --used_;
}

}  // namespace sluice
