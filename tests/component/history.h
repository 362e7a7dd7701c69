#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/component/rig.h"

namespace sluice::testing {

/// One random history of a group: records, faults, late answers, rebalances, crashes; judged at
/// each commit, at each applied write and at the end. The same options give the same history.
struct HistoryOptions {
  uint64_t seed = 1;
  int steps = 400;  ///< A shorter one is a prefix of a longer one, then heals and is judged.
  Makers makers;    ///< Replaced to show that a broken port is noticed.
  std::function<void(World&)> break_world;
  std::function<void(PipelineSettings&)> break_settings;
  bool lying_index = false;  ///< Says "done" of some writes that it did not apply.
};

struct HistoryResult {
  std::vector<std::string> problems;  ///< Empty when all invariants held.
  size_t records = 0;
  int crashes = 0;
  int rebalances = 0;
  int failed_requests = 0;
  int halts = 0;
  size_t dead_letters = 0;
  uint64_t filled = 0;
  uint64_t sent_again = 0;   ///< Deletes, after their window.
  uint64_t late_copies = 0;  ///< Of these: had brought a document back.
};

[[nodiscard]] HistoryResult RunHistory(const HistoryOptions& options);

}  // namespace sluice::testing
