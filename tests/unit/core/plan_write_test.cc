#include "core/operations/index/plan_write.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace sluice {
namespace {

struct Row {
  EventKind kind;
  Plan plan;
  WriteAction action;  ///< Only for kWrite.
};

// The table of delivery contract part 2, every kind of it.
constexpr std::array<Row, 8> kRows = {{
    {EventKind::kCreate, Plan::kWrite, WriteAction::kIndex},
    {EventKind::kRead, Plan::kWrite, WriteAction::kIndex},
    {EventKind::kUpdate, Plan::kWrite, WriteAction::kIndex},
    {EventKind::kDelete, Plan::kWrite, WriteAction::kDelete},
    {EventKind::kTombstone, Plan::kWrite, WriteAction::kDelete},
    {EventKind::kTruncate, Plan::kTruncate, WriteAction::kIndex},
    {EventKind::kSkip, Plan::kSkip, WriteAction::kIndex},
    {EventKind::kReject, Plan::kReject, WriteAction::kIndex},
}};

TEST(PlanWrite, IsTotalOverAllKinds) {
  for (const Row& row : kRows) {
    EXPECT_EQ(PlanOf(row.kind), row.plan) << EventKindName(row.kind);
    if (row.plan == Plan::kWrite) {
      EXPECT_EQ(ActionOf(row.kind), row.action) << EventKindName(row.kind);
    }
  }
}

TEST(PlanWriteDeathTest, OnlyAPlannedWriteHasAnAction) {
  for (const Row& row : kRows) {
    if (row.plan == Plan::kWrite) continue;
    EXPECT_DEATH({ [[maybe_unused]] auto action = ActionOf(row.kind); }, "planned write");
  }
}

TEST(PlanWrite, VersionsRiseWithTheOffsetAndThenWithTheIncarnation) {
  EXPECT_EQ(OffsetVersion(1, Offset{0}), (int64_t{1} << 48) + 1);
  EXPECT_EQ(OffsetVersion(3, Offset{41}), 3 * (int64_t{1} << 48) + 42);
  EXPECT_LT(OffsetVersion(1, Offset{41}), OffsetVersion(1, Offset{42}));
  EXPECT_LT(OffsetVersion(1, Offset{kOffsetEnd - 1}), OffsetVersion(2, Offset{0}));
  EXPECT_EQ(OffsetVersion(1, Offset{kOffsetEnd}), OffsetVersion(2, Offset{-1}))
      << "kOffsetEnd is the first offset that does not fit";
  EXPECT_GT(OffsetVersion(32767, Offset{kOffsetEnd - 1}), 0) << "the highest one is no overflow";
}

}  // namespace
}  // namespace sluice
