#include "core/operations/source/start_decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::HasSubstr;
using Kind = StartDecision::Kind;

SourcePosition Recorded() {
  SourcePosition position;
  position.epoch = 4;
  position.system_id = "72";
  position.timeline = 1;
  position.database = "app";
  position.slot = "s";
  position.flushed = Lsn{1000};
  position.snapshot = SourcePosition::Snapshot::kDone;
  return position;
}

SourceFacts Facts() {
  SourceFacts facts;
  facts.system_id = "72";
  facts.timeline = 1;
  facts.database = "app";
  facts.wal_end = Lsn{5000};
  facts.slot = "s";
  facts.slot_exists = true;
  facts.slot_flushed = Lsn{900};
  return facts;
}

TEST(StartDecision, GoesOnFromTheRecordWhereTheSlotIsBehindIt) {
  const StartDecision decision = DecideStart(Recorded(), Facts(), SnapshotMode::kInitial);
  EXPECT_EQ(decision.kind, Kind::kStream);
  EXPECT_EQ(decision.from, Lsn{1000});
  SourceFacts equal = Facts();
  equal.slot_flushed = Lsn{1000};
  EXPECT_EQ(DecideStart(Recorded(), equal, SnapshotMode::kInitial).kind, Kind::kStream);
}

TEST(StartDecision, TheFirstStartReadsTheRowsUnlessToldNotTo) {
  SourceFacts facts = Facts();
  facts.slot_exists = false;
  EXPECT_EQ(DecideStart({}, facts, SnapshotMode::kInitial).kind, Kind::kCreateAndRead);
  EXPECT_EQ(DecideStart({}, facts, SnapshotMode::kNoData).kind, Kind::kCreateSlot);
  const StartDecision beside = DecideStart({}, Facts(), SnapshotMode::kInitial);
  EXPECT_EQ(beside.kind, Kind::kReadBeside);
  EXPECT_EQ(beside.from, Lsn{900});
  EXPECT_THAT(beside.remark, HasSubstr("rows that exist are read, and changes from 0/384 on"));
  const StartDecision without = DecideStart({}, Facts(), SnapshotMode::kNoData);
  EXPECT_EQ(without.kind, Kind::kStream);
  EXPECT_THAT(without.remark, HasSubstr("no rows are read (snapshot.mode: no_data)"));
}

TEST(StartDecision, AnUnfinishedSnapshotIsReadAnew) {
  SourcePosition recorded = Recorded();
  recorded.snapshot = SourcePosition::Snapshot::kRunning;
  EXPECT_EQ(DecideStart(recorded, Facts(), SnapshotMode::kInitial).kind, Kind::kReadBeside);
  EXPECT_EQ(DecideStart(recorded, Facts(), SnapshotMode::kInitialOnly).kind, Kind::kReadBeside);
}

TEST(StartDecision, TheRestOfAnUnfinishedSnapshotIsReadWhileStreamingWhereThatCanBe) {
  SourcePosition recorded = Recorded();
  recorded.snapshot = SourcePosition::Snapshot::kRunning;
  SourceFacts facts = Facts();
  facts.reads_while_streaming = true;
  for (const SnapshotMode mode : {SnapshotMode::kInitial, SnapshotMode::kWhenNeeded}) {
    const StartDecision decision = DecideStart(recorded, facts, mode);
    EXPECT_EQ(decision.kind, Kind::kResume);
    EXPECT_EQ(decision.from, recorded.flushed);
  }
  // These end with the snapshot, or read everything anyway.
  EXPECT_EQ(DecideStart(recorded, facts, SnapshotMode::kInitialOnly).kind, Kind::kReadBeside);
  EXPECT_EQ(DecideStart(recorded, facts, SnapshotMode::kAlways).kind, Kind::kReadBeside);
}

TEST(StartDecision, ReadsAgainOnlyWhereThatIsTheMode) {
  EXPECT_EQ(DecideStart(Recorded(), Facts(), SnapshotMode::kAlways).kind, Kind::kReadBeside);
  EXPECT_EQ(DecideStart(Recorded(), Facts(), SnapshotMode::kInitialOnly).kind, Kind::kNothing);
  EXPECT_EQ(DecideStart(Recorded(), Facts(), SnapshotMode::kWhenNeeded).kind, Kind::kStream);
}

struct Obstacle {
  const char* name;
  void (*spoil)(SourcePosition& recorded, SourceFacts& facts);
  const char* sentence;
};

class StartObstacle : public ::testing::TestWithParam<Obstacle> {};

TEST_P(StartObstacle, HaltsAndNamesTheChoices) {
  SourcePosition recorded = Recorded();
  SourceFacts facts = Facts();
  GetParam().spoil(recorded, facts);
  for (const SnapshotMode mode : {SnapshotMode::kInitial, SnapshotMode::kInitialOnly,
                                  SnapshotMode::kNoData, SnapshotMode::kAlways}) {
    const StartDecision decision = DecideStart(recorded, facts, mode);
    ASSERT_EQ(decision.kind, Kind::kHalt);
    EXPECT_EQ(decision.failure.verdict.disposition, Disposition::kHalt);
    EXPECT_THAT(decision.failure.detail, HasSubstr(GetParam().sentence));
    EXPECT_THAT(decision.failure.detail, HasSubstr("snapshot.mode to when_needed"));
    EXPECT_THAT(
        decision.failure.detail,
        HasSubstr("`sluice verify --repair` removes the documents of rows that were deleted"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, StartObstacle,
    ::testing::Values(
        Obstacle{"cluster", [](SourcePosition&, SourceFacts& f) { f.system_id = "73"; },
                 "another database cluster: system identifier 73, recorded was 72"},
        Obstacle{"database", [](SourcePosition&, SourceFacts& f) { f.database = "x"; },
                 "database x, recorded was app"},
        Obstacle{"timeline", [](SourcePosition&, SourceFacts& f) { f.timeline = 2; }, "timeline 2"},
        Obstacle{"fork",
                 [](SourcePosition&, SourceFacts& f) {
                   f.timeline = 2;
                   f.recorded_timeline_end = Lsn{999};
                 },
                 "not its past"},
        Obstacle{"restored", [](SourcePosition&, SourceFacts& f) { f.wal_end = Lsn{999}; },
                 "restored to an earlier time"},
        Obstacle{"no_slot", [](SourcePosition&, SourceFacts& f) { f.slot_exists = false; },
                 "does not exist any more"},
        Obstacle{"lost", [](SourcePosition&, SourceFacts& f) { f.slot_lost = true; }, "is lost"},
        Obstacle{"ahead", [](SourcePosition&, SourceFacts& f) { f.slot_flushed = Lsn{1001}; },
                 "ahead of 0/3E8"}),
    [](const auto& which) { return which.param.name; });

TEST(StartDecision, APromotedServerWhosePastHoldsTheRecordIsGoneOnWith) {
  SourceFacts facts = Facts();
  facts.timeline = 2;
  facts.recorded_timeline_end = Lsn{1000};
  EXPECT_EQ(DecideStart(Recorded(), facts, SnapshotMode::kInitial).kind, Kind::kStream);
}

TEST(StartDecision, WhenNeededReadsAnewInsteadOfHalting) {
  SourceFacts facts = Facts();
  facts.slot_exists = false;
  const StartDecision decision = DecideStart(Recorded(), facts, SnapshotMode::kWhenNeeded);
  EXPECT_EQ(decision.kind, Kind::kCreateAndRead);
  EXPECT_THAT(decision.remark, HasSubstr("does not exist any more"));
  EXPECT_THAT(decision.remark, HasSubstr("sluice verify --repair"));
  facts = Facts();
  facts.slot_flushed = Lsn{2000};
  EXPECT_EQ(DecideStart(Recorded(), facts, SnapshotMode::kWhenNeeded).kind, Kind::kReadBeside);
}

TEST(StartDecision, EpochsRiseAlsoWhenTheRecordIsLost) {
  EXPECT_EQ(NextEpoch(0, 1'700'000'000), 1'700'000'000);
  EXPECT_EQ(NextEpoch(4, 3), 5) << "a clock that was set back";
}

}  // namespace
}  // namespace sluice
