#include "core/operations/index/rebuild_decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

const IndexFacts kPresent = {true, "cdc.users-000001", "uuid-a", "", {"0:h-a"}, 120};
const IndexFacts kNext = {true, "cdc.users-000002", "uuid-b", "", {"0:h-b"}, 90};

/// An index that is written, and no rebuild of it.
RebuildSight Sight() {
  RebuildSight sight;
  ControlRecord live;
  live.index = "cdc.users";
  live.destination = kPresent;
  live.group = "sluice";
  live.topic = "cdc.Users";
  live.topic_id = "id-a";
  live.partitions = 2;
  live.key_encoding = kKeyJson;
  live.incarnation = 3;
  live.starts = {0, 10};
  live.floors = {5, 15};
  live.snapshots_known = {7, 0};
  sight.live = live;
  sight.live_seen.index = "cdc.users";
  sight.live_seen.group = "sluice";
  sight.live_seen.stream = {"cdc.Users", "", "id-a", {{0, 100, 95}, {0, 50, 40}}};
  sight.live_seen.destination = kPresent;
  sight.shadow_seen.index = "cdc.users.rebuild";
  sight.shadow_seen.group = "sluice.rebuild.cdc.users";
  sight.shadow_seen.stream = {"cdc.Users", "", "id-a", {{0, 100, -1}, {0, 50, -1}}};
  return sight;
}

/// The same while the shadow is being filled.
RebuildSight Filling() {
  RebuildSight sight = Sight();
  auto begun = BeginShadow(sight, "sluice.rebuild.cdc.users", "cdc.users-000002", false, "r1");
  sight.shadow = begun->record;
  sight.shadow->destination = kNext;
  sight.shadow_seen.destination = kNext;
  sight.shadow_seen.stream = {"cdc.Users", "", "id-a", {{0, 100, 100}, {0, 50, 50}}};
  return sight;
}

/// The same when it was announced that the alias is about to move.
RebuildSight Announcing() {
  RebuildSight sight = Filling();
  sight.live = Announced(sight, false, 1'000, 5'000);
  return sight;
}

TEST(RebuildDecision, TellsHowFarARebuildIs) {
  EXPECT_EQ(StageOf(Sight()), RebuildStage::kNone);
  EXPECT_EQ(StageOf(Filling()), RebuildStage::kRefilling);
  RebuildSight sight = Announcing();
  EXPECT_EQ(StageOf(sight), RebuildStage::kAnnounced);
  sight.live_seen.destination = kNext;
  EXPECT_EQ(StageOf(sight), RebuildStage::kMoved) << "the alias was moved, and nothing says so";
  sight.live = Moved(sight, "uuid-a");
  EXPECT_EQ(StageOf(sight), RebuildStage::kMoved) << "the shadow's record is still there";
  sight.shadow.reset();
  EXPECT_EQ(StageOf(sight), RebuildStage::kKept);
  sight.live->other.reset();
  EXPECT_EQ(StageOf(sight), RebuildStage::kNone);
}

TEST(RebuildDecision, TheShadowHasTheVersionsOfTheLiveIndex) {
  const auto begun = BeginShadow(Sight(), "g", "cdc.users-000002", false, "r1");
  ASSERT_TRUE(begun) << begun.error().ToString();
  const ControlRecord& shadow = begun->record;
  EXPECT_EQ(shadow.index, "cdc.users.rebuild");
  EXPECT_EQ(shadow.group, "g");
  EXPECT_EQ(shadow.incarnation, 3);
  EXPECT_EQ(shadow.key_encoding, kKeyJson);
  EXPECT_EQ(shadow.version_mode, VersionMode::kOffset);
  EXPECT_THAT(shadow.starts, ElementsAre(0, 10));
  EXPECT_THAT(shadow.snapshots_known, ElementsAre(7, 0));
  EXPECT_THAT(shadow.floors, IsEmpty()) << "no stub of the new index was ever removed";
  EXPECT_EQ(shadow.destination.backing, "cdc.users-000002");
  EXPECT_EQ(shadow.destination.uuid, "") << "it is made after this is stored";
  EXPECT_THAT(begun->offsets, ElementsAre(Optional(0), Optional(10)));
  EXPECT_EQ(shadow.refill->from, Refill::From::kTopic);
  EXPECT_EQ(shadow.refill->recipe, "r1");
}

// What was filled with the mapping that the operator has corrected since is worth nothing.
TEST(RebuildDecision, AShadowOfAnotherMappingIsNotGoneOnWith) {
  RebuildSight sight = Filling();
  EXPECT_FALSE(IsMadeOtherwise(sight, "r1"));
  EXPECT_TRUE(IsMadeOtherwise(sight, "r2"));
  sight.shadow->destination.uuid.clear();
  EXPECT_TRUE(IsMadeOtherwise(sight, "r2")) << "whether it was made yet or not";
  sight.shadow->refill->recipe.clear();
  EXPECT_FALSE(IsMadeOtherwise(sight, "r2")) << "begun by an earlier version";
  sight.shadow->refill->recipe = "r1";
  sight.shadow->refill->from = Refill::From::kFormer;
  EXPECT_FALSE(IsMadeOtherwise(sight, "r2")) << "a former index is as it was";
  EXPECT_FALSE(IsMadeOtherwise(Sight(), "r2"));
}

TEST(RebuildDecision, ARaisedIncarnationIsAnObstacleBeforeTheShadowIsMade) {
  RebuildSight sight = Filling();
  EXPECT_FALSE(RefillObstacle(sight));
  // The index is not there yet, and that is as it should be.
  sight.shadow->destination = {};
  sight.shadow_seen.destination = {};
  EXPECT_FALSE(RefillObstacle(sight));
  ++sight.live->incarnation;
  const auto raised = RefillObstacle(sight);
  ASSERT_TRUE(raised);
  EXPECT_THAT(raised->ToString(), HasSubstr("incarnation 4 now"));
  EXPECT_THAT(raised->cure, HasSubstr("--abort"));
  sight.shadow.reset();
  EXPECT_TRUE(RefillObstacle(sight)) << "given up by somebody else";
}

TEST(RebuildDecision, ATopicThatHasLostItsBeginningIsFilledByTheSourceOrNotAtAll) {
  RebuildSight sight = Sight();
  sight.live_seen.stream.partitions[1].beginning = 30;
  sight.live_seen.stream.partitions[0].note = "1;clean=1;epoch=7;version=2048";
  const auto refused = BeginShadow(sight, "g", "b", false, "r1");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().ToString(), HasSubstr("its beginning is gone"));
  EXPECT_THAT(refused.error().cure, HasSubstr("database.*"));
  const auto begun = BeginShadow(sight, "g", "b", true, "r1");
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->record.refill->from, Refill::From::kSource);
  EXPECT_THAT(begun->record.starts, ElementsAre(95, 40)) << "what the source tells comes behind";
  EXPECT_THAT(begun->offsets, ElementsAre(Optional(95), Optional(40)));
  EXPECT_THAT(begun->told, ElementsAre(CommitNote{false, 7, 2048}, CommitNote{}))
      << "an older run that comes late is passed over from the first record on";
}

TEST(RebuildDecision, AWayBackKnowsWhatTheRecordsBelowHaveTold) {
  RebuildSight sight = Filling();
  sight.live_seen.stream.partitions[1].note = "1;clean=0;epoch=9;version=4096";
  sight.live = Announced(sight, false, 1'000, 5'000);
  sight.live_seen.destination = kNext;
  sight.live = Moved(sight, kPresent.uuid);
  sight.shadow.reset();
  const auto back = BeginReturn(sight, "g", false);
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_THAT(back->offsets, ElementsAre(Optional(95), Optional(40)));
  EXPECT_THAT(back->told, ElementsAre(CommitNote{}, CommitNote{false, 9, 4096}));
}

TEST(RebuildDecision, AnotherHistoryIsRefused) {
  RebuildSight sight = Sight();
  sight.live.reset();
  EXPECT_FALSE(BeginShadow(sight, "g", "b", false, "r1")) << "no record";
  sight = Sight();
  sight.live_seen.stream.topic_id = "id-b";
  EXPECT_FALSE(BeginShadow(sight, "g", "b", false, "r1")) << "another topic";
  sight = Sight();
  sight.live_seen.version_mode = VersionMode::kHeader;
  EXPECT_FALSE(BeginShadow(sight, "g", "b", false, "r1")) << "another mode";
  sight = Sight();
  sight.live_seen.destination.uuid = "uuid-x";
  EXPECT_TRUE(BeginShadow(sight, "g", "b", false, "r1")) << "another index is what it cures";
}

TEST(RebuildDecision, TheAliasMovesOnlyWithTheSameHistory) {
  EXPECT_FALSE(HistoryObstacle(Filling()));
  RebuildSight sight = Filling();
  sight.live->incarnation = 4;
  EXPECT_THAT(HistoryObstacle(sight)->ToString(), HasSubstr("incarnation 4"));
  sight = Filling();
  sight.shadow.reset();
  EXPECT_TRUE(HistoryObstacle(sight));
  sight = Filling();
  sight.shadow_seen.destination.uuid = "uuid-x";
  EXPECT_TRUE(HistoryObstacle(sight)) << "what was filled is gone";
  sight = Filling();
  sight.live_seen.stream.partitions.push_back({0, 0, -1});
  EXPECT_TRUE(HistoryObstacle(sight)) << "keys have moved";
}

/// The running service: before the alias moves, after it, and where it did not move at all.
TEST(RebuildDecision, AServiceGoesOnWhereverItFindsTheAlias) {
  RebuildSight sight = Announcing();
  EXPECT_EQ(DecideControl(sight.live, sight.live_seen).kind, ControlDecision::Kind::kProceed);
  sight.live_seen.destination = kNext;
  const ControlDecision found = DecideControl(sight.live, sight.live_seen);
  ASSERT_EQ(found.kind, ControlDecision::Kind::kReplace) << found.failure.detail;
  EXPECT_EQ(found.record.destination, kNext);
  EXPECT_EQ(found.record.other->facts, kPresent);
  EXPECT_FALSE(found.record.other->next);
  EXPECT_THAT(found.record.floors, IsEmpty());
  EXPECT_THAT(found.record.other->floors, ElementsAre(5, 15));
  EXPECT_EQ(DecideControl(found.record, sight.live_seen).kind, ControlDecision::Kind::kProceed);
  // The former index lacks what came since: nobody may go on with it by itself.
  sight.live_seen.destination = kPresent;
  EXPECT_EQ(DecideControl(found.record, sight.live_seen).kind, ControlDecision::Kind::kHalt);
  // One that was never announced is another index.
  sight = Filling();
  sight.live_seen.destination = kNext;
  EXPECT_EQ(DecideControl(sight.live, sight.live_seen).kind, ControlDecision::Kind::kHalt);
}

TEST(RebuildDecision, WhatWasCommittedWhenTheAliasMovedIsKeptForGoingBack) {
  RebuildSight sight = Announcing();
  EXPECT_THAT(sight.live->other->offsets, ElementsAre(95, 40)) << "of the live index's group";
  sight.live_seen.destination = kNext;
  sight.live = Moved(sight, "uuid-a");
  sight.shadow.reset();
  sight.live_seen.stream = {"cdc.Users", "", "id-a", {{0, 300, 300}, {0, 90, 90}}};
  const auto back = BeginReturn(sight, "g", false);
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(back->record.destination, kPresent);
  EXPECT_EQ(back->record.refill->from, Refill::From::kFormer);
  EXPECT_THAT(back->record.floors, ElementsAre(5, 15));
  EXPECT_THAT(back->offsets, ElementsAre(Optional(95), Optional(40)));
  EXPECT_THAT(BeginReturn(sight, "g", true).error().cure, HasSubstr("hard"));
  // Given up half-way, it can be gone back to again.
  sight.shadow = back->record;
  sight.live = Announced(sight, false, 9'000, 9'000);
  EXPECT_THAT(Withdrawn(sight).other->offsets, ElementsAre(95, 40));
  EXPECT_EQ(Withdrawn(sight).other->facts, kPresent);
  // Records that it lacks are gone: there is no way back.
  sight = Announcing();
  sight.live_seen.destination = kNext;
  sight.live = Moved(sight, "uuid-a");
  sight.live_seen.stream.partitions[0].beginning = 96;
  EXPECT_THAT(BeginReturn(sight, "g", false).error().ToString(), HasSubstr("records are gone"));
}

TEST(RebuildDecision, AnIndexThatNobodyKnewIsNotKept) {
  RebuildSight sight = Announcing();
  sight.live_seen.destination = kNext;
  EXPECT_TRUE(Moved(sight, "uuid-a").other);
  EXPECT_FALSE(Moved(sight, "uuid-x").other) << "the name has another index by now";
  EXPECT_FALSE(Moved(sight, "").other) << "it is gone";
  EXPECT_EQ(Moved(sight, "").destination, kNext);
}

// Behind a rollover, what the group had committed is in an index that was never recorded.
TEST(RebuildDecision, AnIndexThatWasNotWrittenLastIsNotKept) {
  RebuildSight sight = Filling();
  sight.live_seen.destination = kPresent;
  sight.live_seen.destination.backing = "cdc.users-000009";
  sight.live_seen.destination.uuid = "uuid-rolled-over";
  sight.live = Announced(sight, false, 1'000, 2'000);
  EXPECT_THAT(sight.live->other->offsets, IsEmpty());
  EXPECT_EQ(sight.live->destination, kPresent) << "writers of the other one still halt";
  sight.live_seen.destination = kNext;
  EXPECT_EQ(StageOf(sight), RebuildStage::kMoved);
  sight.live = Moved(sight, kPresent.uuid);
  EXPECT_FALSE(sight.live->other);
  sight.shadow.reset();
  EXPECT_THAT(BeginReturn(sight, "g", false).error().ToString(), HasSubstr("no former index"));
}

TEST(RebuildDecision, WithdrawnLeavesNothingAnnounced) {
  const ControlRecord record = Withdrawn(Announcing());
  EXPECT_FALSE(record.other);
  EXPECT_EQ(record.destination, kPresent);
}

TEST(RebuildDecision, PassedIsEveryPartition) {
  const StreamFacts stream = {"t", "", "", {{0, 100, 100}, {0, 50, 49}, {0, 0, 0}}};
  EXPECT_TRUE(HasPassed(stream, {100, 49, 0}));
  EXPECT_FALSE(HasPassed(stream, {100, 50, 0}));
  EXPECT_FALSE(HasPassed(stream, {100, 49})) << "partitions were added";
  EXPECT_THAT(EndsOf(stream), ElementsAre(100, 50, 0));
  EXPECT_EQ(LagOf(stream), 1);
  EXPECT_EQ(LagOf({"t", "", "", {{10, 30, -1}}}), 20);
}

TEST(RebuildDecision, NamesTheNextIndex) {
  EXPECT_EQ(NextBackingOf("a", "a-000001"), "a-000002");
  EXPECT_EQ(NextBackingOf("a", "a-000099"), "a-000100");
  EXPECT_EQ(NextBackingOf("a", "by-hand"), "a-000002");
  EXPECT_EQ(NextBackingOf("a", "a-00x001"), "a-000002");
  EXPECT_EQ(NextBackingOf("a", ""), "a-000002");
  EXPECT_EQ(ShadowNameOf("a"), "a.rebuild");
  EXPECT_EQ(ShadowGroupOf("g", "a"), "g.rebuild.a");
}

Divergence Entry(const std::string& id, int64_t since, int64_t version) {
  Divergence entry;
  entry.id = id;
  entry.since = since;
  entry.version = version;
  return entry;
}

TEST(RebuildDecision, AWriterThatKnowsLessMayNotGoOn) {
  const std::vector<Divergence> live = {Entry("a", 10, 20), Entry("b", 10, 20)};
  EXPECT_THAT(UnknownDivergences(live, {}), IsEmpty());
  EXPECT_THAT(UnknownDivergences(live, {Entry("a", 10, 20)}), IsEmpty());
  EXPECT_EQ(UnknownDivergences(live, {Entry("c", 10, 20)}).size(), 1U);
  EXPECT_EQ(UnknownDivergences(live, {Entry("a", 9, 20)}).size(), 1U) << "an older cause";
  EXPECT_EQ(UnknownDivergences(live, {Entry("b", 10, 21)}).size(), 1U) << "a newer cause";
}

}  // namespace
}  // namespace sluice
