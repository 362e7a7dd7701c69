// What is done against late copies of writes: windows, deletes that are sent again, the lease, and
// what the owner of a partition tells the next one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;
using Effect = RequestFate::Effect;

constexpr int64_t kWindowMs = 3'000;

PipelineSettings Settings() {
  PipelineSettings settings = Rig::Defaults();
  settings.window_us = kWindowMs * 1'000;
  settings.lease_us = 1'000'000;
  settings.session_timeout_us = 1'000'000;
  return settings;
}

/// A row whose creation was sent and whose answer was lost, and then its delete.
void WriteInDoubtAndDelete(Rig& rig) {
  Member& member = rig.Start();
  member.index.FailNextRequest(
      Fails(Disposition::kInDoubt, FailureReason::kTimeout, Effect::kLater));
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(300);
  rig.Append("a", "d");
  member.RunFor(300);
}

TEST(Windows, ADeleteInOneIsSentAgainAndHoldsTheOffset) {
  Rig rig(Settings());
  WriteInDoubtAndDelete(rig);
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.Committed(), 1) << "not past the delete";
  EXPECT_EQ(rig.member.stats().deletes_remembered, 1U);
  rig.member.RunFor(kWindowMs / 2);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_GT(rig.member.stats().progress_us, rig.world.clock.NowUs() - 1'000'000)
      << "what waits for its window has not stalled";

  rig.world.cluster.ForgetDeleted(0);
  rig.world.cluster.LandAllStragglers();
  EXPECT_NE(rig.Document("a"), "") << "the late copy has brought it back";
  ASSERT_TRUE(rig.member.RunUntil([&] { return rig.Committed() == 2; }, 2 * kWindowMs));
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.member.stats().deletes_sent_again, 1U);
  EXPECT_EQ(rig.member.stats().late_copies_deleted, 1U);
  EXPECT_EQ(rig.member.fate(Fate::kApplied), 2U) << "each record once (I7)";
}

TEST(Windows, ALateCopyIsCountedThoughTheDeleteWasLostOnceMore) {
  Rig rig(Settings());
  WriteInDoubtAndDelete(rig);
  rig.world.cluster.ForgetDeleted(0);
  rig.world.cluster.LandAllStragglers();
  rig.member.index.FailNextRequest(Fails(Disposition::kInDoubt, FailureReason::kConnectionLost));
  ASSERT_TRUE(rig.member.RunUntil([&] { return rig.Committed() == 2; }, 4 * kWindowMs));
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.member.stats().deletes_sent_again, 2U);
  EXPECT_EQ(rig.member.stats().late_copies_deleted, 1U);
}

TEST(Windows, ANewerWriteMakesSendingAgainNeedless) {
  Rig rig(Settings());
  WriteInDoubtAndDelete(rig);
  rig.Append("a", R"(c{"v":"2"})");
  rig.member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 3);
  EXPECT_EQ(rig.member.stats().deletes_remembered, 0U);
  rig.world.cluster.LandAllStragglers();
  EXPECT_THAT(rig.Document("a"), HasSubstr(R"("v":"2")"));
}

TEST(Windows, ATombstoneRidesOnARememberedDelete) {
  Rig rig(Settings());
  WriteInDoubtAndDelete(rig);
  rig.AppendTombstone("a");
  rig.member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 1);
  ASSERT_TRUE(rig.member.RunUntil([&] { return rig.Committed() == 3; }, 2 * kWindowMs));
}

TEST(Windows, ADeleteOfAnotherIdIsNotHeld) {
  Rig rig(Settings());
  Member& member = rig.Start();
  rig.Append("b", R"(c{"v":"1"})");
  member.RunFor(300);
  member.index.FailNextRequest(Fails(Disposition::kInDoubt, FailureReason::kTimeout));
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(300);
  rig.Append("b", "d");
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 3);
}

TEST(Windows, WhereNoByteHadLeftNoneOpens) {
  Rig rig(Settings());
  Member& member = rig.Start();
  member.index.FailNextRequest(Fails(Disposition::kHold, FailureReason::kUnreachable));
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(300);
  rig.Append("a", "d");
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 2);
  EXPECT_EQ(member.stats().windows_open, 0U);
}

TEST(Windows, AStopDoesNotWaitForThem) {
  Rig rig(Settings());
  WriteInDoubtAndDelete(rig);
  rig.member.pipeline.Stop();
  rig.member.RunFor(500);
  ASSERT_TRUE(rig.member.pipeline.ended());
  EXPECT_EQ(rig.member.pipeline.end(), PipelineEnd::kDrained);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_EQ(rig.world.log.Note(Rig::At(0)), "1;clean=0");

  Member next(rig.world, Settings());
  next.source.AssignTopic("t");
  ASSERT_TRUE(next.RunUntil([&] { return rig.Committed() == 2; }, 2 * kWindowMs));
  EXPECT_EQ(next.stats().deletes_sent_again, 1U);
}

TEST(Windows, AfterACrashEveryDeleteIsInOne) {
  Rig rig(Settings());
  rig.world.log.CreateTopic("u", 1);
  const TopicPartition stream{"u", 0};
  {
    Member crashes(rig.world, Settings());
    crashes.source.AssignTopic("u");
    crashes.RunFor(100);
    rig.world.log.Append(stream, "a", R"(c{"v":"1"})");
    crashes.RunFor(300);
  }
  Member next(rig.world, Settings());
  next.source.AssignTopic("u");
  rig.world.log.Append(stream, "a", "d");
  next.RunFor(500);
  EXPECT_EQ(next.stats().deletes_remembered, 1U);
}

TEST(Windows, AfterAQuietHandOverNoneIs) {
  Rig rig(Settings());
  Member& member = rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(300);
  EXPECT_EQ(rig.world.log.Note(Rig::At(0)), "1;clean=0") << "while it may still send";
  member.pipeline.Stop();
  member.RunFor(500);
  EXPECT_EQ(rig.world.log.Note(Rig::At(0)), "1;clean=1");

  Member next(rig.world, Settings());
  next.source.AssignTopic("t");
  rig.Append("a", "d");
  next.RunFor(500);
  EXPECT_EQ(rig.Committed(), 2);
  EXPECT_EQ(next.stats().deletes_sent_again, 0U);
}

TEST(Lease, NothingIsSentBeforeTheFirstCommitIsAccepted) {
  Rig rig(Settings());
  rig.member.source.HoldCommits(true);
  rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  rig.member.RunFor(300);
  EXPECT_EQ(rig.member.index.requests_sent(), 0U);
  rig.member.source.HoldCommits(false);
  rig.member.RunFor(300);
  EXPECT_EQ(rig.member.index.requests_sent(), 1U);
}

TEST(Lease, EndsWhenNoCommitIsAcceptedAndSaysSo) {
  Rig rig(Settings());
  Member& member = rig.Start();
  member.RunFor(200);
  member.source.HoldCommits(true);
  member.RunFor(1'500);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(300);
  EXPECT_EQ(member.index.requests_sent(), 0U);
  EXPECT_THAT(member.stats().hold_reason, HasSubstr("another member may own the partitions"));
  member.source.HoldCommits(false);
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_EQ(member.stats().hold_reason, "");
}

TEST(Lease, OfAnIdleMemberIsRenewed) {
  Rig rig(Settings());
  Member& member = rig.Start();
  const uint64_t before = member.source.commits_asked();
  member.RunFor(10'000);
  EXPECT_GE(member.source.commits_asked() - before, 30U);
  EXPECT_LE(member.source.commits_asked() - before, 45U);
}

TEST(Lease, AGapWhileAnIndexIsMadeReadyDoesNotEndThat) {
  Rig rig(Settings());
  rig.member.index.HoldPrepared(true);
  rig.Append("a", R"(c{"v":"1"})");
  Member& member = rig.Start();
  member.RunFor(100);
  rig.world.clock.AdvanceMs(700);
  member.RunFor(100);
  member.index.HoldPrepared(false);
  member.RunFor(300);
  EXPECT_NE(rig.Document("a"), "");
}

TEST(Lease, EndsInAGap) {
  Rig rig(Settings());
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(50);
  ASSERT_EQ(member.index.open_requests(), 1U);
  member.source.HoldCommits(true);
  rig.world.clock.AdvanceMs(700);  // stopped for longer than half a session
  member.RunFor(100);
  EXPECT_EQ(member.index.open_requests(), 0U) << "what was under way is aborted";
  member.source.HoldCommits(false);
  member.index.HoldAnswers(false);
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 1);
}

}  // namespace
}  // namespace sluice::testing
