// Assignments, commits, stopping and halting.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/operations/index/plan_write.h"
#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// ---- Assignments -------------------------------------------------------------------------------

TEST(Group, StartsReadingWhenItsIndexIsReady) {
  Rig rig;
  Member& member = rig.member;
  member.index.FailNextPrepare(Words(Disposition::kHold, FailureReason::kUnreachable, "es-1"));
  member.index.FailNextPrepare(Words(Disposition::kHold, FailureReason::kUnreachable, "es-1"));
  rig.Append("a", R"(c{"v":"1"})");
  member.source.AssignTopic("t");
  member.pipeline.Turn();
  member.pipeline.Turn();
  EXPECT_EQ(member.stats().partitions[0].records, 0U);
  ASSERT_EQ(member.observer.holds().size(), 1U);
  EXPECT_THAT(member.observer.holds()[0].sentence, HasSubstr("es-1"));
  EXPECT_EQ(member.observer.holds_begun(), 1U);
  member.RunFor(300);
  EXPECT_THAT(member.observer.holds(), IsEmpty());
  EXPECT_THAT(member.observer.ready(), ::testing::ElementsAre("t"));
  EXPECT_EQ(rig.Committed(), 1);
}

TEST(Group, GoesOnFromTheCommittedPosition) {
  Rig rig;
  for (int i = 0; i < 5; ++i) rig.Append("k" + std::to_string(i), R"(c{"v":"1"})");
  rig.world.log.SetCommitted(Rig::At(0), {Offset{3}, 0});
  rig.world.cluster.Apply({WriteAction::kIndex, "t", "k0", 1, "{}"});  // it was written before
  Member& member = rig.Start();
  member.RunFor(300);
  EXPECT_EQ(rig.world.cluster.Count("t"), 3U);
  EXPECT_EQ(rig.Committed(), 5);
}

TEST(Group, DrainsBeforeItGivesPartitionsUp) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(50);
  member.source.RevokeAll();
  rig.Append("b", R"(c{"v":"1"})");
  member.RunFor(500);
  EXPECT_TRUE(member.source.revoke_pending()) << "the write is in flight";
  EXPECT_EQ(member.stats().partitions[0].records, 1U) << "nothing more is read";
  member.index.AnswerNext();
  member.RunFor(100);
  EXPECT_FALSE(member.source.revoke_pending());
  EXPECT_EQ(rig.Committed(), 1) << "committed on the way out";
  EXPECT_THAT(member.source.Owned(), IsEmpty());
}

TEST(Group, GivesPartitionsUpAtTheDeadlineWithWhatIsSettled) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(50);
  rig.Append("b", R"(c{"v":"1"})");
  member.RunFor(50);
  ASSERT_EQ(member.index.open_requests(), 2U);
  member.source.RevokeAll();
  member.index.AnswerNext();
  member.RunFor(7'000);
  EXPECT_FALSE(member.source.revoke_pending());
  EXPECT_EQ(rig.Committed(), 1) << "I1: the second one is not terminal";
  member.index.AnswerNext();
  member.RunFor(200);
  EXPECT_EQ(rig.Committed(), 1) << "not ours any more";
}

TEST(Group, CommitsNothingOfWhatIsLost) {
  Rig rig;
  Member& member = rig.Start();
  member.source.HoldCommits(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(300);
  member.source.LoseAll();
  member.RunFor(100);
  member.source.HoldCommits(false);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 0);
  member.source.AssignTopic("t");
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 1) << "read again, found there, committed";
  EXPECT_EQ(member.fate(Fate::kApplied), 2U);
}

TEST(Group, EndsItsHoldsWithThePartitionsTheyWereAbout) {
  Rig rig;
  Member& member = rig.Start();
  member.index.refuse_item = [](const OwnedWrite&) {
    return std::optional<Failure>(Words(Disposition::kHold, FailureReason::kIndexBlocked));
  };
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(50);
  ASSERT_EQ(member.observer.holds().size(), 1U);
  member.source.LoseAll();
  member.RunFor(300);
  EXPECT_THAT(member.observer.holds(), IsEmpty()) << "somebody else tries it now";
  EXPECT_EQ(member.stats().hold_reason, "");
}

TEST(Group, EndsTheHoldOfRequestsWhenNothingIsLeftToSend) {
  Rig rig;
  Member& member = rig.Start();
  member.index.FailNextRequest(Fails(Disposition::kHold, FailureReason::kUnreachable));
  rig.Append("a", R"(c{"v":"1"})");
  member.TurnUntilQuiet();
  ASSERT_EQ(member.observer.holds().size(), 1U);
  member.source.LoseAll();
  member.RunFor(300);
  EXPECT_THAT(member.observer.holds(), IsEmpty());
}

TEST(Group, KeepsGoingWithTheRestWhenSomePartitionsGo) {
  Rig rig(Rig::Defaults(), 2);
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})", 0);
  rig.Append("b", R"(c{"v":"1"})", 1);
  member.RunFor(50);
  member.source.Lose({Rig::At(0)});
  member.RunFor(50);
  member.index.HoldAnswers(false);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(0), 0);
  EXPECT_EQ(rig.Committed(1), 1);
  rig.Append("c", R"(c{"v":"1"})", 1);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(1), 2);
}

TEST(Group, SeesTheEndOfAPartitionThatStaysWhileAnotherGoes) {
  Rig rig(Rig::Defaults(), 2);
  Member& member = rig.Start();
  rig.world.log.Append(Rig::At(1), "", "h");
  rig.world.log.SkipOffsets(Rig::At(1), 2);
  member.source.Revoke({Rig::At(0)});  // heard of in the turn that reads to the end of the other
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(1), 3) << "told once, and not again before the next record";
}

TEST(Group, TriesAFailedCommitAgainWithTheNewestPosition) {
  Rig rig;
  Member& member = rig.Start();
  member.source.FailNextCommit(Words(Disposition::kRetry, FailureReason::kBrokerRefused));
  member.source.FailNextCommit(
      Words(Disposition::kHold, FailureReason::kBrokerUnauthorized, "ACL"));
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(150);
  rig.Append("b", R"(c{"v":"1"})");
  ASSERT_TRUE(member.RunUntil([&] { return !member.observer.holds().empty(); }, 2'000));
  EXPECT_EQ(member.observer.holds()[0].sentence, "ACL");
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 2; }, 2'000));
  EXPECT_THAT(member.observer.holds(), IsEmpty());
  EXPECT_EQ(member.stats().commit_failures, 2U);
}

TEST(Group, DoesNotHammerABrokerThatRefusesTheLastCommit) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  for (int i = 0; i < 10'000; ++i)
    member.source.FailNextCommit(Words(Disposition::kRetry, FailureReason::kBrokerRefused));
  member.TurnUntilQuiet();
  member.source.RevokeAll();
  member.RunFor(8'000);
  EXPECT_FALSE(member.source.revoke_pending());
  EXPECT_LE(member.source.commits_asked(), 65U) << "some ten a second";
  EXPECT_GE(member.source.commits_asked(), 20U);
}

TEST(Group, HoldsOnAnUnknownTopicUntilItIsThere) {
  Rig rig;
  Member& member = rig.member;
  member.source.Fault(
      Words(Disposition::kHold, FailureReason::kBrokerUnreachable, "topic t does not exist yet"));
  member.RunFor(200);
  ASSERT_EQ(member.observer.holds().size(), 1U);
  EXPECT_EQ(member.stats().hold_reason, "topic t does not exist yet");
  member.source.Recover();
  rig.Append("a", R"(c{"v":"1"})");
  member.source.AssignTopic("t");
  member.RunFor(300);
  EXPECT_THAT(member.observer.holds(), IsEmpty());
  EXPECT_EQ(rig.Committed(), 1);
}

// ---- Stopping ----------------------------------------------------------------------------------

TEST(Stopping, DrainsCommitsAndLeaves) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  for (int i = 0; i < 50; ++i) rig.Append("k" + std::to_string(i), R"(c{"v":"1"})");
  rig.Append("k0", R"(u{"v":"2","big":"__unchanged"})");
  member.RunFor(50);
  member.pipeline.Stop();
  rig.Append("late", R"(c{"v":"1"})");
  member.RunFor(200);
  EXPECT_FALSE(member.pipeline.ended());
  member.index.HoldAnswers(false);
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }));
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kDrained);
  EXPECT_EQ(rig.Committed(), 51) << "what was read is settled, what came later is not read";
  EXPECT_TRUE(member.source.closed());
}

TEST(Stopping, EndsAtItsDeadlineWithTheWatermarkCommitted) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(50);
  rig.Append("b", R"(c{"v":"1"})");
  member.RunFor(50);
  member.index.AnswerNext();
  member.pipeline.Stop();
  const uint64_t sent = member.index.requests_sent();
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }, 20'000));
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kTimedOut);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_EQ(member.index.requests_sent(), sent) << "what was cancelled is not sent again";
}

TEST(Stopping, WaitsForDeadLetters) {
  Rig rig;
  Member& member = rig.Start();
  member.letters.HoldAcks(true);
  rig.Append("a", "!");
  member.RunFor(50);
  member.pipeline.Stop();
  member.RunFor(200);
  EXPECT_FALSE(member.pipeline.ended());
  member.letters.HoldAcks(false);
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }));
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kDrained);
  EXPECT_EQ(rig.Committed(), 1);
}

TEST(Stopping, EndsThoughTheBrokerDoesNotAnswer) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  member.source.HoldCommits(true);
  member.RunFor(50);
  member.pipeline.Stop();
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }, 20'000));
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kTimedOut);
}

TEST(Stopping, IsPossibleBeforeAnythingWasAssigned) {
  Rig rig;
  rig.member.pipeline.Stop();
  ASSERT_TRUE(rig.member.RunUntil([&] { return rig.member.pipeline.ended(); }));
  EXPECT_EQ(rig.member.pipeline.end(), PipelineEnd::kDrained);
}

TEST(Stopping, EndsARunThatWaits) {
  Rig rig;
  Member& member = rig.member;
  member.source.AssignTopic("t");
  rig.Append("a", R"(c{"v":"1"})");
  std::stop_source stop;
  member.waiter.on_wait = [&] {
    if (member.waiter.waits() > 3) stop.request_stop();
  };
  EXPECT_EQ(member.pipeline.Run(stop.get_token()), PipelineEnd::kDrained);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_EQ(member.observer.stats().state, PipelineStats::State::kStopped);
}

// ---- Halting (I11) -----------------------------------------------------------------------------

void ExpectHalted(Rig& rig, FailureReason reason, const std::string& words, int64_t committed) {
  Member& member = rig.member;
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }, 20'000));
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kHalted);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_EQ(member.observer.halts(), 1);
  EXPECT_EQ(member.observer.halt()->reason, reason);
  EXPECT_THAT(member.observer.halt()->sentence, HasSubstr(words));
  EXPECT_EQ(member.stats().halt_reason, member.observer.halt()->sentence);
  EXPECT_EQ(member.observer.stats().state, PipelineStats::State::kHalted);
  EXPECT_EQ(rig.Committed(), committed);
}

TEST(Halting, WhereAnotherMemberIsActiveItIsRefused) {
  Rig rig;
  rig.member.source.Fault(Words(Disposition::kHalt, FailureReason::kGroupTaken, "refused: m1"));
  Member& member = rig.member;
  ASSERT_TRUE(member.RunUntil([&] { return member.pipeline.ended(); }, 20'000));
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kRefused);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_EQ(member.observer.halt()->reason, FailureReason::kGroupTaken);
  EXPECT_EQ(member.stats().halt_reason, "refused: m1");
  EXPECT_EQ(rig.Committed(), -1) << "nothing is written or committed";
}

TEST(Group, TellsWhatItIsToAGroupWithOneActiveMember) {
  Rig rig;
  Member& member = rig.member;
  member.source.Place(GroupPlace::kStandby, "m1 is active");
  member.RunFor(300);
  EXPECT_EQ(member.stats().place, GroupPlace::kStandby);
  EXPECT_EQ(member.stats().place_sentence, "m1 is active");
  member.source.Place(GroupPlace::kSole, "alone");
  rig.Start();
  EXPECT_EQ(member.stats().place, GroupPlace::kSole);
  EXPECT_THAT(member.observer.places(),
              ::testing::ElementsAre(std::pair(GroupPlace::kStandby, std::string("m1 is active")),
                                     std::pair(GroupPlace::kSole, std::string("alone"))));
}

TEST(Halting, OnATruncateNamesThePlaceAndTheChoices) {
  Rig rig;
  rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  rig.Append("", "t");
  rig.Append("b", R"(c{"v":"1"})");
  ExpectHalted(rig, FailureReason::kTruncateRefused, "partition 0, offset 1", 0);
  EXPECT_THAT(rig.member.observer.halt()->sentence, HasSubstr("truncate.mode"));
  EXPECT_EQ(rig.Document("b"), "") << "nothing behind it is written";
}

TEST(Halting, OnAnOffsetThatFitsNoVersion) {
  Rig rig;
  rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  rig.world.log.SkipOffsets(Rig::At(0), kOffsetEnd - 2);
  rig.Append("a", R"(u{"v":"2"})");
  rig.Append("a", R"(u{"v":"3"})");
  ExpectHalted(rig, FailureReason::kInternal, "does not fit into a document version", 0);
  EXPECT_EQ(rig.Document("a"), "") << "nothing is sent after a halt";
}

TEST(Halting, NotOnATruncateThatIsToBeIgnored) {
  PipelineSettings settings = Rig::Defaults();
  settings.truncate_mode = TruncateMode::kIgnore;
  Rig rig(settings);
  Member& member = rig.Start();
  rig.Append("", "t");
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_EQ(member.stats().skipped[static_cast<size_t>(SkipRule::kTruncateIgnored)], 1U);
}

TEST(Halting, OnAMissingIndexSendsNothingMore) {
  Rig rig;
  Member& member = rig.Start();
  member.index.refuse_item = [](const OwnedWrite&) {
    return std::optional<Failure>(
        Words(Disposition::kHalt, FailureReason::kIndexMissing, "no such index [t]"));
  };
  rig.Append("a", R"(c{"v":"1"})");
  rig.Append("b", R"(c{"v":"1"})");
  ExpectHalted(rig, FailureReason::kIndexMissing, "no such index [t]", 0);
  EXPECT_EQ(member.index.requests_sent(), 1U) << "going on could lose data";
}

TEST(Halting, OnARequestSendsNothingMore) {
  Rig rig;
  Member& member = rig.Start();
  member.index.FailNextRequest(Fails(Disposition::kHalt, FailureReason::kIndexMissing));
  rig.Append("a", R"(c{"v":"1"})");
  ExpectHalted(rig, FailureReason::kIndexMissing, "why", 0);
  EXPECT_EQ(member.index.requests_sent(), 1U);
}

TEST(Halting, OnAnIndexThatIsRefused) {
  Rig rig;
  rig.member.index.FailNextPrepare(
      Words(Disposition::kHalt, FailureReason::kIndexUnsuitable, "has a default pipeline"));
  rig.member.source.AssignTopic("t");
  ExpectHalted(rig, FailureReason::kIndexUnsuitable, "has a default pipeline", -1);
}

TEST(Halting, OnATruncatedLog) {
  Rig rig;
  rig.Start();
  rig.member.source.Fault(
      Words(Disposition::kHalt, FailureReason::kLogTruncated, "offset 5 is gone"));
  ExpectHalted(rig, FailureReason::kLogTruncated, "offset 5 is gone", 0);
}

TEST(Halting, OnALookup) {
  Rig rig;
  Member& member = rig.Start();
  member.index.FailNextLookup({Disposition::kHalt, FailureReason::kIndexMissing, {}});
  rig.Append("a", R"(u{"v":"1","big":"__unchanged"})");
  ExpectHalted(rig, FailureReason::kIndexMissing, "index t", 0);
}

TEST(Halting, WhileARequestIsInFlightSettlesNothingMore) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(50);
  rig.Append("", "t");
  ExpectHalted(rig, FailureReason::kTruncateRefused, "truncated", 0);
  EXPECT_EQ(member.index.requests_sent(), 1U);
}

}  // namespace
}  // namespace sluice::testing
