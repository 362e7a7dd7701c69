// Rows that are read while their changes are streamed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/component/incremental_rig.h"
#include "tests/component/relay_replay.h"

namespace sluice::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RelayIncremental, PublishesTheRowsOfTheTablesThatASignalNames) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  ASSERT_TRUE(rig.Finish());
  EXPECT_THAT(rig.Written(), ElementsAre("0=r - | id=0 v=old0", "1=r - | id=1 v=old1",
                                         "2=r - | id=2 v=old2", "3=r - | id=3 v=old3"));
  EXPECT_EQ(rig.last.incremental_rows, 4U);
  EXPECT_EQ(rig.last.incremental_tables, 0U);
  EXPECT_THAT(rig.remarks, Contains(HasSubstr("signal")));
  EXPECT_THAT(rig.tables, ElementsAre("begins public.t", "ends public.t 4"));
}

TEST(RelayIncremental, HaltsBeforeARowWhoseKeyIsNotToldExactly) {
  IncrementalRig rig;
  rig.encoder.inexact_key = "1";
  rig.Start();
  rig.Signal(kExecute);
  EXPECT_FALSE(rig.Finish());
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->failure().verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(rig.Written(), ::testing::Not(Contains(HasSubstr("id=1"))));
}

TEST(RelayIncremental, TakesSignalsFromTheSignalTable) {
  IncrementalRig rig;
  Table signals;
  signals.number = 7;
  signals.schema = "public";
  signals.name = "signals";
  signals.columns.resize(3);
  rig.settings.signal_table = "public.signals";
  rig.Start();
  StoredChange row{
      ChangeKind::kInsert, &signals, std::nullopt, {{"1", "execute", "public.t"}}, true, "", ""};
  rig.log.Commit({row});
  ASSERT_TRUE(rig.Finish());
  EXPECT_EQ(rig.last.incremental_rows, 4U);
  EXPECT_EQ(rig.Written().size(), 5U) << "the signal's own record is written too";
}

TEST(RelayIncremental, ARowThatChangesBetweenTheWatermarksIsToldOnceAndAsItIsThen) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();  // found
  rig.Step();  // low
  rig.Step();  // read
  rig.log.Commit({rig.log.Update("0", "0", "new"), rig.log.Delete("1")});
  rig.Step();  // high
  EXPECT_THAT(rig.Written(), ElementsAre("0=u - | id=0 v=new", "1=d id=1 v=null | -", "1=null",
                                         "2=r - | id=2 v=old2"));
}

TEST(RelayIncremental, ALargeValueThatNoChangeHasToldIsToldAsItWasRead) {
  for (const bool before_the_rows : {true, false}) {
    IncrementalRig rig;
    rig.Start();
    rig.Signal(kExecute);
    rig.Step();
    rig.Step();                        // low
    if (!before_the_rows) rig.Step();  // read
    rig.log.Commit({rig.log.Update("0", "0", kGap), rig.log.Update("1", "1", kGap)});
    rig.log.Commit({rig.log.Update("1", "1", "new"), rig.log.Update("1", "1", kGap)});
    rig.log.Commit({rig.log.Update("2", "2", kGap), rig.log.Delete("2")});
    if (before_the_rows) rig.Step();
    rig.Step();  // high
    ASSERT_TRUE(rig.Finish());
    EXPECT_EQ(Replay(rig.publisher.log()), rig.log.rows());
  }
}

TEST(RelayIncremental, AChangeBetweenTheWatermarksCountsBeforeTheRowsAreKnownToo) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();
  rig.Step();  // low
  rig.log.Commit({rig.log.Update("0", "9", "moved")});
  rig.Step();  // read
  rig.Step();  // high
  EXPECT_THAT(rig.Written(),
              ElementsAre("0=d id=0 v=null | -", "0=null", "9=c - | id=9 v=moved",
                          "1=r - | id=1 v=old1", "2=r - | id=2 v=old2", "3=r - | id=3 v=old3"));
}

TEST(RelayIncremental, ATruncateBetweenTheWatermarksLeavesNothingToTell) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();
  rig.Step();
  rig.Step();
  rig.log.Commit({rig.log.Truncate()});
  rig.Step();
  EXPECT_THAT(rig.Written(), ElementsAre("-=t t"));
}

TEST(RelayIncremental, RowsOlderThanWhatWasStreamedAreReadAgain) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();  // found: from here on transactions are known
  rig.log.Commit({rig.log.Update("0", "0", "new")}, true);  // streamed, and not visible yet
  rig.Step();
  rig.Step();
  rig.Step();
  EXPECT_THAT(rig.Written(), ElementsAre("0=u - | id=0 v=new"));
  rig.RunFor(200);
  EXPECT_EQ(rig.last.incremental_repeated, 1U);
  EXPECT_THAT(rig.last.incremental_hold_reason, HasSubstr("running"));
  rig.log.Reveal();
  ASSERT_TRUE(rig.Finish());
  EXPECT_EQ(Replay(rig.publisher.log()), rig.log.rows());
  EXPECT_THAT(rig.last.incremental_hold_reason, IsEmpty());
}

TEST(RelayIncremental, WhatWasStreamedBeforeItBeganMayBeInvisibleToo) {
  IncrementalRig rig;
  rig.Start();
  rig.log.Commit({rig.log.Update("0", "0", "new")}, true);
  rig.RunFor(50);
  rig.Signal(kExecute);
  rig.Step();
  rig.Step();
  rig.Step();
  rig.Step();
  rig.RunFor(200);
  EXPECT_EQ(rig.last.incremental_repeated, 1U);
  rig.log.Reveal();
  ASSERT_TRUE(rig.Finish());
  EXPECT_EQ(Replay(rig.publisher.log()), rig.log.rows());
}

TEST(RelayIncremental, PausesResumesAndStops) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Signal("pause");
  rig.RunFor(3'000);
  EXPECT_THAT(rig.chunks->asked(), IsEmpty());
  EXPECT_TRUE(rig.last.incremental_paused);
  rig.Signal("resume");
  rig.Step();
  EXPECT_TRUE(rig.chunks->busy());
  rig.Signal("stop");
  ASSERT_TRUE(rig.Finish());
  EXPECT_THAT(rig.Written(), IsEmpty());
  EXPECT_EQ(rig.last.incremental_tables, 0U);
}

TEST(RelayIncremental, StopsWhatAnExpressionMeans) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();
  ASSERT_TRUE(rig.chunks->busy());
  rig.Signal("stop private.*");
  rig.RunFor(50);
  EXPECT_EQ(rig.last.incremental_tables, 1U);
  EXPECT_THAT(rig.remarks, Contains(HasSubstr("nothing to stop")));
  rig.Signal("stop public.*");
  ASSERT_TRUE(rig.Finish());
  EXPECT_THAT(rig.Written(), IsEmpty());
  EXPECT_EQ(rig.last.incremental_tables, 0U);
  EXPECT_THAT(rig.remarks, Contains(HasSubstr("nothing to stop")).Times(1));
}

TEST(RelayIncremental, SaysWhatItCannotRead) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal("execute public.other");
  rig.Signal("nonsense");
  ASSERT_TRUE(rig.Finish());
  EXPECT_THAT(rig.refusals, Contains(HasSubstr("no captured table is called public.other")));
  EXPECT_THAT(rig.tables, IsEmpty());
  EXPECT_THAT(rig.refusals, Contains(HasSubstr("not understood")));
}

TEST(RelayIncremental, TriesAgainWhatMayPass) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();
  rig.chunks->RefuseNext({{Disposition::kRetry, FailureReason::kInternal, WriteResult::kCreated},
                          "",
                          "the connection broke"});
  rig.Step();
  EXPECT_EQ(rig.last.incremental_tables, 1U);
  ASSERT_TRUE(rig.Finish());
  EXPECT_EQ(Replay(rig.publisher.log()), rig.log.rows());
}

TEST(RelayIncremental, GoesOnAfterACrashWhereWhatIsAcknowledgedEnds) {
  IncrementalRig rig(7);
  rig.Start();
  rig.Signal(kExecute);
  for (int step = 0; step < 4; ++step) rig.Step();  // found and the first chunk of three rows
  rig.RunFor(1'500);
  EXPECT_THAT(rig.positions.stored().incremental.last_key, ElementsAre("2"));
  rig.Crash(0);
  rig.Start();
  ASSERT_TRUE(rig.Finish());
  EXPECT_THAT(rig.chunks->asked().front().after, ElementsAre("2"));
  EXPECT_EQ(Replay(rig.publisher.log()), rig.log.rows());
}

TEST(RelayIncremental, RecordsAsReadOnlyWhatIsAcknowledged) {
  IncrementalRig rig(7);
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();
  rig.Step();
  rig.Step();
  rig.RunFor(1'500);  // everything is recorded, and the next record may wait a second
  rig.log.Commit({rig.log.Update("6", "6", "new")});
  rig.RunFor(5);
  rig.publisher.SetAcksPerPoll(0);
  rig.Step();  // high: the rows wait for their acknowledgements
  rig.RunFor(2'000);
  EXPECT_GT(rig.publisher.queued_records(), 0U);
  EXPECT_THAT(rig.positions.stored().incremental.last_key, IsEmpty());
  rig.publisher.SetAcksPerPoll(100);
  rig.RunFor(2'000);
  EXPECT_THAT(rig.positions.stored().incremental.last_key, ElementsAre("2"));
}

TEST(RelayIncremental, TheWantedEndIsReachedWhenWhatWasAskedForIsReadOrLeftOut) {
  for (const char* signal : {kExecute, "execute public.other"}) {
    IncrementalRig rig;
    rig.Signal(signal);
    rig.Signal("pause");
    rig.settings.stop_at = rig.log.end();
    rig.Start();
    for (int step = 0; step < 10; ++step) rig.Step();
    EXPECT_FALSE(rig.relay->ended());
    EXPECT_THAT(rig.last.incremental_hold_reason, HasSubstr("resume-snapshot"));
    rig.Signal("resume");
    for (int step = 0; step < 50 && !rig.relay->ended(); ++step) rig.Step();
    ASSERT_TRUE(rig.relay->ended());
    EXPECT_TRUE(rig.positions.stored().incremental.empty());
    EXPECT_EQ(rig.last.incremental_rows, signal == kExecute ? 4U : 0U);
  }
}

TEST(RelayIncremental, LeavesOutWhatWasAskedForAndIsRefused) {
  IncrementalRig rig;
  rig.Start();
  rig.Signal(kExecute);
  rig.Step();
  rig.chunks->RefuseNext(
      {{Disposition::kReject, FailureReason::kDatabaseRefused, WriteResult::kCreated},
       "42601",
       "no SQL"});
  ASSERT_TRUE(rig.Finish());
  EXPECT_THAT(rig.refusals, Contains(HasSubstr("no SQL")));
  EXPECT_THAT(rig.last.hold_reason, IsEmpty());
  EXPECT_THAT(rig.Written(), IsEmpty());
}

TEST(RelayIncremental, AfterAnyHistoryTheLogEndsAsTheTable) {
  const char* given = std::getenv("SLUICE_SEED");
  const uint32_t first = given != nullptr ? static_cast<uint32_t>(std::stoul(given)) : 1;
  const uint32_t last = given != nullptr ? first : 300;
  uint64_t repeated = 0;
  for (uint32_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    IncrementalRig rig(30);  // of which 8 change
    rig.publisher.SetCapacity(1 + random() % 20);
    rig.Start();
    rig.Signal(kExecute);
    for (int run = 0; run < 4; ++run) {
      if (run > 0) rig.Start();
      for (int step = 0; step < 40; ++step) {
        if (random() % 3 == 0) CommitSomething(rig.log, random, random() % 3 == 0);
        if (random() % 4 == 0) rig.log.Reveal();
        if (random() % 30 == 0) rig.Signal(random() % 2 == 0 ? "pause" : "resume");
        if (random() % 20 == 0) rig.Signal(kExecute);
        if (random() % 2 == 0) rig.chunks->Advance();
        rig.source->Stall(random() % 4 == 0);
        rig.publisher.SetAcksPerPoll(random() % 4);
        rig.RunFor(static_cast<int64_t>(random() % 400));
      }
      repeated += rig.last.incremental_repeated;
      rig.Crash(random() % 10);
    }
    rig.publisher.SetAcksPerPoll(1'000);
    rig.Start();
    rig.Signal("resume");
    rig.log.Reveal();
    ASSERT_TRUE(rig.Finish());
    ASSERT_EQ(Replay(rig.publisher.log()), rig.log.rows());
    ASSERT_EQ(ReplayByVersion(rig.publisher.log(), random), rig.log.rows());
  }
  EXPECT_GT(repeated, 0U) << "no history met rows that were too old";
}

}  // namespace
}  // namespace sluice::testing
