#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/component/explorer_model.h"

namespace sluice::testing::explorer {

/// What a search has found.
struct Found {
  uint64_t states = 0;   ///< Different ones.
  uint64_t steps = 0;    ///< Between them, also those that led to a known one.
  uint64_t settled = 0;  ///< States at which the end was judged.
  int deepest = 0;       ///< Steps from the beginning.
  bool complete = true;  ///< Nothing was left out for `states_most`.
  std::string violation;
  std::vector<std::string> trace;  ///< The steps that lead to it.
};

/// Visits every state that the rules allow, depth first; ends at the first violation.
[[nodiscard]] Found ExploreAll(const Rules& rules, uint64_t states_most = UINT64_MAX);
/// Visits them breadth first, so that the trace of a violation is a shortest one.
[[nodiscard]] Found FindShortest(const Rules& rules, uint64_t states_most);

}  // namespace sluice::testing::explorer
