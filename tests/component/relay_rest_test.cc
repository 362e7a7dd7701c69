// What an interrupted first snapshot left, read while changes are streamed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/component/incremental_rig.h"
#include "tests/component/relay_replay.h"

namespace sluice::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The first snapshot was interrupted, and the table is left.
struct RestRig : IncrementalRig {
  explicit RestRig(int rows = 4) : IncrementalRig(rows) {
    positions.stored().snapshot = SourcePosition::Snapshot::kRunning;
    positions.stored().incremental.tables = {{"public", "t", {"id"}, "", true}};
  }
  void Refuse() {
    chunks->RefuseNext(
        {{Disposition::kReject, FailureReason::kDatabaseRefused, WriteResult::kCreated},
         "42601",
         "reading rows of public.t: syntax error at or near \"ORDER\""});
  }
};

TEST(RelayRestOfSnapshot, ATableThatIsRefusedIsTriedUntilItIsRead) {
  RestRig rig;
  rig.Start();
  for (int attempt = 0; attempt < 3; ++attempt) {
    rig.Refuse();
    rig.Step();
    rig.RunFor(200);
    EXPECT_EQ(rig.last.incremental_tables, 1U);
    EXPECT_THAT(rig.last.hold_reason, HasSubstr("public.t: syntax error"));
    EXPECT_EQ(rig.last.hold, FailureReason::kDatabaseRefused);
    EXPECT_EQ(rig.positions.stored().snapshot, SourcePosition::Snapshot::kRunning);
    rig.RunFor(5'000);
  }
  EXPECT_EQ(rig.holds.size(), 1U) << "told once, not at each attempt";
  EXPECT_THAT(rig.refusals, IsEmpty());
  EXPECT_THAT(rig.tables, Contains("snapshot done").Times(0));
  ASSERT_TRUE(rig.Finish());
  EXPECT_THAT(rig.tables, Contains("snapshot done").Times(1));
  EXPECT_THAT(rig.last.hold_reason, IsEmpty());
  EXPECT_EQ(rig.last.hold, FailureReason::kNone);
  EXPECT_EQ(rig.positions.stored().snapshot, SourcePosition::Snapshot::kDone);
  EXPECT_EQ(Replay(rig.publisher.log()), rig.log.rows());
}

TEST(RelayRestOfSnapshot, IsAskedForMoreAndMoreSeldomWhileItIsRefused) {
  RestRig rig;
  rig.Start();
  const int64_t begin_us = rig.clock.NowUs();
  while (rig.clock.NowUs() - begin_us < 100'000'000) {
    rig.Refuse();
    rig.chunks->Advance();
    rig.RunFor(100);
  }
  EXPECT_GE(rig.chunks->asked().size(), 6U);
  EXPECT_LE(rig.chunks->asked().size(), 10U);
}

TEST(RelayRestOfSnapshot, NoSignalStopsOrPausesIt) {
  RestRig rig;
  rig.Start();
  rig.Signal("stop");
  rig.Signal("pause");
  rig.Signal(kExecute);
  rig.RunFor(50);
  EXPECT_THAT(rig.remarks, Contains(HasSubstr("first snapshot")).Times(2));
  for (int step = 0; step < 20; ++step) {
    rig.Step();
    rig.RunFor(1'100);
  }
  EXPECT_EQ(rig.last.incremental_rows, 4U) << "what was asked for is paused";
  EXPECT_EQ(rig.positions.stored().snapshot, SourcePosition::Snapshot::kDone);
  rig.Signal("resume");
  ASSERT_TRUE(rig.Finish());
  EXPECT_EQ(rig.last.incremental_rows, 8U);
}

TEST(RelayRestOfSnapshot, CountsAsDoneWhenItsRowsAreAcknowledged) {
  RestRig rig(2);
  rig.publisher.SetAcksPerPoll(0);
  rig.Start();
  for (int step = 0; step < 6; ++step) rig.Step();
  rig.RunFor(3'000);
  EXPECT_GT(rig.publisher.queued_records(), 0U);
  EXPECT_EQ(rig.positions.stored().snapshot, SourcePosition::Snapshot::kRunning);
  rig.publisher.SetAcksPerPoll(100);
  rig.RunFor(3'000);
  EXPECT_EQ(rig.positions.stored().snapshot, SourcePosition::Snapshot::kDone);
}

TEST(RelayRestOfSnapshot, AfterAnyHistoryItIsDoneAndTheLogEndsAsTheTable) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    RestRig rig(30);
    rig.publisher.SetCapacity(1 + random() % 20);
    for (int run = 0; run < 4; ++run) {
      rig.Start();
      for (int step = 0; step < 40; ++step) {
        if (random() % 3 == 0) CommitSomething(rig.log, random, random() % 3 == 0);
        if (random() % 4 == 0) rig.log.Reveal();
        if (random() % 10 == 0) rig.Signal(random() % 2 == 0 ? "pause" : "stop");
        if (random() % 20 == 0) rig.Signal(kExecute);
        if (random() % 20 == 0) rig.Signal("resume");
        if (random() % 8 == 0) rig.Refuse();
        if (random() % 2 == 0) rig.chunks->Advance();
        rig.publisher.SetAcksPerPoll(random() % 4);
        rig.RunFor(static_cast<int64_t>(random() % 400));
      }
      rig.Crash(random() % 10);
    }
    rig.publisher.SetAcksPerPoll(1'000);
    rig.Start();
    rig.Signal("resume");
    rig.log.Reveal();
    ASSERT_TRUE(rig.Finish());
    ASSERT_EQ(rig.positions.stored().snapshot, SourcePosition::Snapshot::kDone);
    ASSERT_EQ(Replay(rig.publisher.log()), rig.log.rows());
    ASSERT_EQ(ReplayByVersion(rig.publisher.log(), random), rig.log.rows());
  }
}

TEST(RelayRestOfSnapshot, TheWantedEndIsReachedWhenItIsRead) {
  RestRig rig;
  rig.settings.stop_at = rig.log.end();
  rig.Start();
  rig.Refuse();
  for (int step = 0; step < 5; ++step) rig.Step();
  rig.RunFor(30'000);
  EXPECT_FALSE(rig.relay->ended()) << "the log was read, and the table was not";
  for (int step = 0; step < 50 && !rig.relay->ended(); ++step) rig.Step();
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->end(), RelayEnd::kStopped);
  EXPECT_EQ(rig.positions.stored().snapshot, SourcePosition::Snapshot::kDone);
  EXPECT_EQ(Replay(rig.publisher.log()), rig.log.rows());
}

}  // namespace
}  // namespace sluice::testing
