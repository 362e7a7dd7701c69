#include "core/operations/index/conflict_rule.h"

#include <gtest/gtest.h>

#include "core/operations/index/plan_write.h"

namespace sluice {
namespace {

int64_t At(uint16_t incarnation, int64_t offset) {
  return OffsetVersion(incarnation, Offset{offset});
}

TEST(ConflictRule, TakesVersionsApart) {
  EXPECT_EQ(IncarnationOf(At(3, 0)), 3);
  EXPECT_EQ(OffsetOf(At(3, 0)), 0);
  EXPECT_EQ(IncarnationOf(At(kIncarnationMax, kOffsetEnd - 1)), kIncarnationMax);
  EXPECT_EQ(OffsetOf(At(kIncarnationMax, kOffsetEnd - 1)), kOffsetEnd - 1);
}

TEST(ConflictRule, KnowsOurHistory) {
  using enum ConflictRuling;
  constexpr VersionMode kMode = VersionMode::kOffset;
  EXPECT_EQ(RuleConflict(kMode, At(1, 5), At(1, 5), 6), kApplied);
  EXPECT_EQ(RuleConflict(kMode, At(1, 5), At(1, 9), 10), kSuperseded);
  EXPECT_EQ(RuleConflict(kMode, At(1, 5), At(1, 10), 10), kBeyondEnd);
  EXPECT_EQ(RuleConflict(kMode, At(1, 5), At(1, 6), -1), kBeyondEnd) << "the end is not known";
  EXPECT_EQ(RuleConflict(kMode, At(1, 5), At(2, 0), 10), kForeign);
  EXPECT_EQ(RuleConflict(kMode, At(1, 5), int64_t{2} << 48, 10), kForeign) << "no offset has it";
  EXPECT_EQ(RuleConflict(kMode, At(1, 5), At(1, 4), 10), kForeign) << "it would not refuse";
}

TEST(ConflictRule, InHeaderModeOnlyWhatTheLogHasToldIsOurs) {
  using enum ConflictRuling;
  constexpr VersionMode kMode = VersionMode::kHeader;
  EXPECT_EQ(RuleConflict(kMode, 5, 5, 0), kApplied);
  EXPECT_EQ(RuleConflict(kMode, 5, 9, 9), kSuperseded);
  EXPECT_EQ(RuleConflict(kMode, 5, 10, 9), kBeyondEnd);
  EXPECT_EQ(RuleConflict(kMode, 5, 4, 9), kForeign) << "it would not refuse";
}

}  // namespace
}  // namespace sluice
