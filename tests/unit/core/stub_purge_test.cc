#include "core/operations/index/stub_purge.h"

#include <gtest/gtest.h>

#include "core/operations/index/plan_write.h"

namespace sluice {
namespace {

ControlSight Sight() {
  ControlSight seen;
  seen.index = "users";
  seen.group = "sluice";
  seen.stream = {"users", "cluster", "id", {{0, 100, 90}, {0, 50, 50}}};
  seen.destination = {true, "users-000001", "uuid", "", {"0:h"}, 120};
  return seen;
}

ControlRecord Recorded() {
  ControlRecord record;
  record.index = "users";
  record.destination = {true, "users-000001", "uuid", "", {"0:h"}, 0};
  record.group = "sluice";
  record.cluster_id = "cluster";
  record.topic = "users";
  record.topic_id = "id";
  record.partitions = 2;
  record.incarnation = 2;
  record.starts = {0, 0};
  return record;
}

TEST(StubPurge, TheFloorIsTheHorizonAndNeverPassesWhatIsCommitted) {
  const auto record = PlanPurge(Recorded(), Sight(), {{0, 95}, {1, 20}});
  ASSERT_TRUE(record) << record.error().ToString();
  EXPECT_EQ(record->floors, (std::vector<int64_t>{90, 20}));
}

TEST(StubPurge, AFloorNeverFalls) {
  ControlRecord recorded = Recorded();
  recorded.floors = {80, 30};
  const auto record = PlanPurge(recorded, Sight(), {{0, 10}, {1, 40}});
  ASSERT_TRUE(record);
  EXPECT_EQ(record->floors, (std::vector<int64_t>{80, 40}));
}

TEST(StubPurge, NothingIsPlannedWhereAStartWouldHaltOrVersionsHoldNoOffsets) {
  EXPECT_FALSE(PlanPurge(std::nullopt, Sight(), {{0, 10}}));
  ControlSight other = Sight();
  other.stream.topic_id = "another";
  EXPECT_FALSE(PlanPurge(Recorded(), other, {{0, 10}}));
  ControlRecord recorded = Recorded();
  ControlSight seen = Sight();
  recorded.version_mode = seen.version_mode = VersionMode::kHeader;
  EXPECT_FALSE(PlanPurge(recorded, seen, {{0, 10}}));
}

TEST(StubPurge, OnlyStubsBelowTheFloorOfTheirPartitionGo) {
  ControlRecord record = Recorded();
  record.floors = {10, 20};
  EXPECT_TRUE(MayRemoveStub(record, OffsetVersion(2, Offset{9}), 0));
  EXPECT_FALSE(MayRemoveStub(record, OffsetVersion(2, Offset{10}), 0));
  EXPECT_TRUE(MayRemoveStub(record, OffsetVersion(2, Offset{19}), 1));
  EXPECT_FALSE(MayRemoveStub(record, OffsetVersion(2, Offset{9}), -1)) << "of which partition?";
  EXPECT_FALSE(MayRemoveStub(record, OffsetVersion(2, Offset{9}), 2));
  EXPECT_FALSE(MayRemoveStub(record, OffsetVersion(1, Offset{9}), 0)) << "a former incarnation's";
}

// What was deleted below the floor would come back if older records were read again.
TEST(StubPurge, AStartFromBelowTheFloorHalts) {
  ControlRecord recorded = Recorded();
  recorded.floors = {90, 50};
  ControlSight seen = Sight();
  EXPECT_EQ(DecideControl(recorded, seen).kind, ControlDecision::Kind::kProceed);
  seen.stream.partitions[0].committed = 89;
  const ControlDecision decision = DecideControl(recorded, seen);
  EXPECT_EQ(decision.kind, ControlDecision::Kind::kHalt);
  EXPECT_NE(decision.failure.detail.find("before offset 90"), std::string::npos)
      << decision.failure.detail;
  EXPECT_FALSE(AcceptSeen(recorded, seen));
  seen.stream.partitions[0].committed = -1;
  EXPECT_EQ(DecideControl(recorded, seen).kind, ControlDecision::Kind::kHalt);
  const auto raised = RaiseIncarnation(recorded, seen, IncarnationStart::kStart);
  ASSERT_TRUE(raised);
  EXPECT_TRUE(raised->record.floors.empty()) << "higher versions, nothing older is left";
}

}  // namespace
}  // namespace sluice
