// Finds a small history among those that fail like a given one.
#include <algorithm>

#include "tests/component/history.h"

namespace sluice::testing {
namespace {

class Shrinker {
 public:
  Shrinker(const HistoryOptions& failing, int runs_most)
      : smallest_(failing), runs_left_(runs_most) {
    smallest_.told = false;
    const HistoryResult result = RunHistory(smallest_);
    if (result.problems.empty()) return;
    kind_ = KindOf(result.problems.front());
    smallest_.steps = result.steps;
  }

  HistoryOptions Shrink() {
    while (!kind_.empty() && Round()) {
    }
    return smallest_;
  }

 private:
  /// The invariant that is broken: a history that breaks another is another failure.
  static std::string KindOf(const std::string& problem) { return problem.substr(0, 4); }

  bool Round() {
    bool any = false;
    for (int fault = 0; fault < kFaults; ++fault) {
      if ((smallest_.without >> fault & 1U) != 0) continue;
      HistoryOptions fewer = smallest_;
      fewer.without |= 1U << fault;
      any |= Try(fewer);
    }
    any |= Lower(&HistoryOptions::partitions_most);
    any |= Lower(&HistoryOptions::ids_most);
    any |= Lower(&HistoryOptions::steps);
    return any;
  }

  /// The least of some values that still fails.
  bool Lower(int HistoryOptions::* bound) {
    const int now = smallest_.*bound;
    for (int less = 1; less < now; less += 1 + less / 8) {
      HistoryOptions lower = smallest_;
      lower.*bound = less;
      if (Try(lower)) return true;
    }
    return false;
  }

  /// With other bounds the same seed tells another story, so that some more are tried.
  bool Try(HistoryOptions options) {
    constexpr uint64_t kSeeds = 12;
    for (uint64_t i = 0; i < kSeeds && runs_left_ > 0; ++i, options.seed += 1'000'003) {
      --runs_left_;
      const HistoryResult result = RunHistory(options);
      if (result.problems.empty() || KindOf(result.problems.front()) != kind_) continue;
      smallest_ = options;
      return true;
    }
    return false;
  }

  HistoryOptions smallest_;
  int runs_left_;
  std::string kind_;
};

}  // namespace

HistoryOptions ShrinkHistory(const HistoryOptions& failing, int runs_most) {
  return Shrinker(failing, runs_most).Shrink();
}

}  // namespace sluice::testing
