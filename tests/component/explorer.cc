#include "tests/component/explorer.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>

#include "core/operations/hash.h"
#include "tests/component/explorer_world.h"

namespace sluice::testing::explorer {
namespace {

/// The states that were seen, known by 96 bits of their hash (among 10^8 states two share them by
/// chance once in 10^13 searches), each with the fewest disturbances that led there: what can
/// happen after more of them can happen after fewer.
class Visited {
 public:
  Visited() : slots_(size_t{1} << 16) {}

  /// True when the world is in a state that was not seen before with as few disturbances.
  bool Add(const World& world) {
    world.AppendState(words_);
    const std::string_view bytes(reinterpret_cast<const char*>(words_.data()),
                                 words_.size() * sizeof(words_[0]));
    Slot& slot = Find(HashBytes(bytes, 1), HashBytes(bytes, 2));
    if (slot.disturbances <= world.disturbances()) return false;
    const bool grows = slot.disturbances == kUnseen;
    slot.disturbances = static_cast<uint8_t>(world.disturbances());
    if (grows && ++size_ * 2 > slots_.size()) Grow();
    return true;
  }
  [[nodiscard]] uint64_t size() const { return size_; }

 private:
  static constexpr uint8_t kUnseen = 255;
  struct Slot {
    uint64_t first = 0;
    uint32_t second = 0;
    uint8_t disturbances = kUnseen;
  };

  Slot& Find(uint64_t first, uint64_t second) {
    const size_t mask = slots_.size() - 1;
    for (size_t at = first & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.disturbances == kUnseen) {
        slot.first = first;
        slot.second = static_cast<uint32_t>(second);
        return slot;
      }
      if (slot.first == first && slot.second == static_cast<uint32_t>(second)) return slot;
    }
  }
  void Grow();

  std::vector<int64_t> words_;
  std::vector<Slot> slots_;
  uint64_t size_ = 0;
};

void Visited::Grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : old)
    if (slot.disturbances != kUnseen) Find(slot.first, slot.second) = slot;
}

/// The steps that lead to each violation, as lines.
std::vector<std::string> Told(const Rules& rules, const std::vector<Action>& path) {
  std::vector<std::string> lines;
  World world(rules);
  for (const Action& action : path) {
    lines.push_back(world.Describe(action));
    world.Do(action);
  }
  return lines;
}

}  // namespace

Found ExploreAll(const Rules& rules, uint64_t states_most) {
  struct Level {
    World world;
    std::vector<Action> actions;
    size_t next = 0;
  };
  Found found;
  Visited visited;
  std::deque<Level> path;
  path.push_back({World(rules), {}, 0});
  visited.Add(path.back().world);
  path.back().world.Enabled(path.back().actions);
  while (!path.empty()) {
    Level& level = path.back();
    if (level.next == level.actions.size()) {
      path.pop_back();
      continue;
    }
    const bool last = level.next + 1 == level.actions.size();
    World world = last ? std::move(level.world) : level.world;
    world.Do(level.actions[level.next++]);
    ++found.steps;
    if (!world.violation().empty()) {
      found.violation = world.violation();
      std::vector<Action> steps;
      for (const Level& each : path) steps.push_back(each.actions[each.next - 1]);
      found.trace = Told(rules, steps);
      break;
    }
    if (!visited.Add(world)) continue;
    if (world.settled()) ++found.settled;
    if (visited.size() >= states_most) {
      found.complete = false;
      break;
    }
    path.push_back({std::move(world), {}, 0});
    path.back().world.Enabled(path.back().actions);
    found.deepest = std::max(found.deepest, static_cast<int>(path.size()) - 1);
  }
  found.states = visited.size();
  return found;
}

Found FindShortest(const Rules& rules, uint64_t states_most) {
  struct Step {
    uint32_t from = 0;
    Action action;
  };
  struct Open {
    World world;
    uint32_t step = 0;
    int depth = 0;
  };
  Found found;
  Visited visited;
  std::vector<Step> steps(1);
  std::deque<Open> open;
  open.push_back({World(rules), 0, 0});
  visited.Add(open.back().world);
  std::vector<Action> actions;
  for (; !open.empty() && found.violation.empty() && found.complete; open.pop_front()) {
    const Open& from = open.front();
    found.deepest = from.depth;
    from.world.Enabled(actions);
    for (const Action& action : actions) {
      World world = from.world;
      world.Do(action);
      ++found.steps;
      const bool broken = !world.violation().empty();
      if (!broken && !visited.Add(world)) continue;
      steps.push_back({from.step, action});
      if (broken) {
        found.violation = world.violation();
        std::vector<Action> way;
        for (auto at = static_cast<uint32_t>(steps.size() - 1); at != 0; at = steps[at].from)
          way.insert(way.begin(), steps[at].action);
        found.trace = Told(rules, way);
        break;
      }
      if (world.settled()) ++found.settled;
      open.push_back({std::move(world), static_cast<uint32_t>(steps.size() - 1), from.depth + 1});
      found.complete = visited.size() < states_most;
    }
  }
  found.states = visited.size();
  return found;
}

}  // namespace sluice::testing::explorer
