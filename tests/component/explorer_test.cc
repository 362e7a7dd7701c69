// The core of the delivery contract, in every order in which things can happen to one document: the
// real IndexMachine, ledger, windows, lease and commit notes, behind a node and a group that are
// models. docs/TESTING.md says what is explored, and how far.
//
// SLUICE_EXPLORER_STATES=n ends each search after so many states; SLUICE_EXPLORER=long adds the
// searches that take minutes.
#include "tests/component/explorer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace sluice::testing::explorer {
namespace {

std::string_view Setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string_view() : text;
}

uint64_t StatesMost() {
  const std::string_view text = Setting("SLUICE_EXPLORER_STATES");
  return text.empty() ? UINT64_MAX : std::strtoull(text.data(), nullptr, 10);
}

std::string Told(const Found& found) {
  std::string text = found.violation;
  for (size_t i = 0; i < found.trace.size(); ++i)
    text += "\n  " + std::to_string(i + 1) + ". " + found.trace[i];
  return text;
}

// ---- It holds ----------------------------------------------------------------------------------

struct Search {
  const char* name;
  Rules rules;
  bool is_long = false;  ///< Takes minutes.
};

std::string Bounds(const Rules& rules) {
  return std::to_string(rules.operations) + " operations" +
         (rules.tombstones ? "" : ", no tombstones") + (rules.refusals ? "" : ", no refusals") +
         ", " + std::to_string(rules.disturbances) + " disturbances, lease " +
         std::to_string(rules.lease_ticks) + ", copies " + std::to_string(rules.copy_ticks) +
         (rules.slow_commits ? ", slow commits" : "");
}

class Explorer : public ::testing::TestWithParam<Search> {};

TEST_P(Explorer, FindsNoViolation) {
  const Search& search = GetParam();
  if (search.is_long && Setting("SLUICE_EXPLORER") != "long")
    GTEST_SKIP() << "takes minutes: SLUICE_EXPLORER=long";
  const Found found = ExploreAll(search.rules, StatesMost());
  std::printf(
      "explored %s: %s: %llu states, %llu steps, %llu ends judged, %d deep, %s\n", search.name,
      Bounds(search.rules).c_str(), static_cast<unsigned long long>(found.states),
      static_cast<unsigned long long>(found.steps), static_cast<unsigned long long>(found.settled),
      found.deepest, found.complete ? "complete" : "ended by SLUICE_EXPLORER_STATES");
  std::fflush(stdout);
  if (!found.violation.empty()) {
    const Found shortest = FindShortest(search.rules, 2 * found.states);
    ADD_FAILURE() << Told(shortest.violation.empty() ? found : shortest);
  }
  EXPECT_GT(found.settled, 0U) << "nothing was judged";
}

constexpr Search kSearches[] = {
    {"order", {.operations = 5, .disturbances = 0}},
    {"one", {.operations = 3, .disturbances = 1}},
    {"two", {.operations = 2, .disturbances = 2}},
    {"slow", {.operations = 2, .disturbances = 1, .slow_commits = true}},
    {"finer",
     {.operations = 2, .disturbances = 1, .lease_ticks = 2, .copy_ticks = 2, .tombstones = false}},
    {"three", {.operations = 2, .disturbances = 3, .tombstones = false, .refusals = false}, true},
};

INSTANTIATE_TEST_SUITE_P(All, Explorer, ::testing::ValuesIn(kSearches),
                         [](const auto& search) { return std::string(search.param.name); });

// ---- Each mechanism is needed ------------------------------------------------------------------

struct Needed {
  const char* name;
  Without without;
  const char* invariant;  ///< What breaks without it.
  bool refusals = false;
  int disturbances = 1;
};

class ExplorerNeeds : public ::testing::TestWithParam<Needed> {};

TEST_P(ExplorerNeeds, It) {
  const Needed& needed = GetParam();
  Rules rules{.operations = 2, .disturbances = needed.disturbances, .tombstones = false};
  rules.refusals = needed.refusals;
  rules.without = needed.without;
  const Found found = FindShortest(rules, StatesMost());
  if (!found.complete) GTEST_SKIP() << "not found before SLUICE_EXPLORER_STATES ended the search";
  std::printf("without %s: %s after %zu steps, %llu states\n", needed.name,
              found.violation.empty() ? "nothing is found" : "violated", found.trace.size(),
              static_cast<unsigned long long>(found.states));
  std::printf("%s\n", Told(found).c_str());
  std::fflush(stdout);
  EXPECT_EQ(found.violation.substr(0, 2), needed.invariant);
}

constexpr Needed kNeeded[] = {
    {"windows", Without::kWindows, "I2"},
    {"the offset held by a delete that is sent again", Without::kHeldCommit, "I2", false, 2},
    {"the lease", Without::kLease, "I2"},
    {"sending again what was sent in a window", Without::kSentDeletes, "I2"},
    {"one operation that waits", Without::kOneWaiting, "I2"},
    {"applying what a refused one had replaced", Without::kPredecessors, "I1", true},
    {"a note that says clean only when it is", Without::kHonestNote, "I2"},
    {"the last tick of a window", Without::kWholeWindow, "I2"},
};

INSTANTIATE_TEST_SUITE_P(All, ExplorerNeeds, ::testing::ValuesIn(kNeeded));

}  // namespace
}  // namespace sluice::testing::explorer
