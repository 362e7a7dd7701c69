// Records become documents, and their offsets are committed behind them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Flow, KeepsDocumentsEqualToRows) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  rig.Append("b", R"(r{"v":"1"})");
  rig.Append("b", R"(u{"v":"2"})");
  rig.Append("1|x,y", R"(c{"v":"3"})");
  rig.Append("a", "d");
  rig.AppendTombstone("a");
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.Document("b"), R"({"v":"2"})");
  EXPECT_EQ(rig.Document("1,x~cy"), R"({"v":"3"})");
  EXPECT_EQ(rig.Committed(), 6);
  EXPECT_THAT(member.index.breaches(), IsEmpty());
}

TEST(Flow, CommitsNothingBeforeItsAnswer) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  rig.Append("b", "h");
  member.RunFor(1'000);
  EXPECT_EQ(rig.Committed(), 0) << "I1";
  member.index.AnswerNext();
  member.RunFor(200);
  EXPECT_EQ(rig.Committed(), 2);
}

TEST(Flow, CommitsTheEndBehindControlRecords) {
  Rig rig;
  rig.Append("a", R"(c{"v":"1"})");
  rig.world.log.SkipOffsets(Rig::At(0), 3);
  Member& member = rig.Start();
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 4) << "lag reaches zero";
}

TEST(Flow, SkipsByNamedRules) {
  Rig rig;
  Member& member = rig.Start();
  for (const char* value : {"m", "h", "x"}) rig.Append("k", value);
  rig.world.log.Append(Rig::At(0), std::nullopt, std::nullopt);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 4);
  EXPECT_EQ(member.fate(Fate::kSkipped), 4U);
  for (const SkipRule rule : {SkipRule::kMessage, SkipRule::kHeartbeat, SkipRule::kTransaction,
                              SkipRule::kNullKeyAndValue}) {
    EXPECT_EQ(member.stats().skipped[static_cast<size_t>(rule)], 1U) << SkipRuleName(rule);
  }
}

TEST(Flow, MergesAHotKeyIntoFewWrites) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  constexpr int kRecords = 10'000;
  for (int i = 0; i < kRecords; ++i) rig.Append("hot", "u{\"v\":\"" + std::to_string(i) + "\"}");
  int answers = 0;
  for (; rig.Committed() < kRecords && answers < 100; ++answers) {
    member.RunFor(100);
    if (member.index.open_requests() > 0) member.index.AnswerNext();
  }
  EXPECT_EQ(rig.Document("hot"), R"({"v":"9999"})");
  EXPECT_LE(member.index.writes_sent(), 20U) << "of " << kRecords << " records";
  EXPECT_EQ(member.fate(Fate::kApplied) + member.fate(Fate::kCoalesced), uint64_t{kRecords});
}

TEST(Flow, LingersForAFullerBody) {
  PipelineSettings settings = Rig::Defaults();
  settings.bulk_linger_us = 50'000;
  Rig rig(settings);
  Member& member = rig.Start();
  rig.Append("a", R"(c{"v":"1"})");
  member.TurnUntilQuiet();
  EXPECT_EQ(member.index.requests_sent(), 1U) << "at once when idle";
  for (int i = 0; i < 4; ++i) {
    rig.Append("k" + std::to_string(i), R"(c{"v":"1"})");
    member.TurnUntilQuiet();
    rig.world.clock.AdvanceMs(10);
  }
  EXPECT_EQ(member.index.requests_sent(), 1U);
  member.RunFor(50);
  EXPECT_EQ(member.index.requests_sent(), 2U) << "the four went out together";
}

TEST(Flow, FillsUnchangedColumns) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("a", R"(c{"v":"1","big":"B"})");
  member.RunFor(100);
  rig.Append("a", R"(u{"v":"2","big":"__unchanged"})");
  member.RunFor(100);
  EXPECT_EQ(rig.Document("a"), R"({"v":"2","big":"B"})") << "from the stored document";
  EXPECT_EQ(member.stats().unchanged_filled_lookup, 1U);

  member.index.HoldAnswers(true);
  rig.Append("a", R"(u{"v":"3","big":"C"})");
  member.RunFor(50);
  rig.Append("a", R"(u{"v":"4","big":"D"})");
  rig.Append("a", R"(u{"v":"5","big":"__unchanged"})");
  member.RunFor(50);
  member.index.HoldAnswers(false);
  member.RunFor(100);
  EXPECT_EQ(rig.Document("a"), R"({"v":"5","big":"D"})") << "from the waiting one";
  EXPECT_EQ(member.stats().unchanged_filled_waiting, 1U);
  EXPECT_EQ(member.stats().unchanged_missing, 0U);
}

TEST(Flow, LeavesOutWhatNobodyHas) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("a", R"(u{"big":"__unchanged","v":"1"})");
  rig.Append("b", R"(c{"v":"1","big":"__unchanged"})");
  member.RunFor(100);
  EXPECT_EQ(rig.Document("a"), R"({"v":"1"})") << "I6";
  EXPECT_EQ(rig.Document("b"), R"({"v":"1"})");
  EXPECT_EQ(member.stats().unchanged_missing, 2U);
}

TEST(Flow, KeepsTheFullKeyOfAHashedId) {
  Rig rig;
  Member& member = rig.Start();
  const std::string key(600, 'k');
  rig.Append(key, R"(c{"v":"1","big":"B"})");
  member.RunFor(100);
  rig.Append(key, R"(u{"v":"2","big":"__unchanged"})");
  member.RunFor(100);
  const auto& documents = rig.world.cluster.documents("t");
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_THAT(documents.begin()->first, HasSubstr("~h"));
  EXPECT_EQ(documents.begin()->second.document,
            R"({"sluice_key":")" + key + R"(","v":"2","big":"B"})");
}

// ---- What fails --------------------------------------------------------------------------------

TEST(Flow, SaysWhyItHoldsAndThatItIsOver) {
  Rig rig;
  Member& member = rig.Start();
  member.index.FailNextRequest(Fails(Disposition::kHold, FailureReason::kOverloaded));
  member.index.FailNextRequest(Fails(Disposition::kHold, FailureReason::kOverloaded));
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.TurnUntilQuiet();
  member.index.AnswerNext();
  member.RunFor(100);
  ASSERT_EQ(member.observer.holds().size(), 1U);
  EXPECT_EQ(member.observer.holds()[0].reason, FailureReason::kOverloaded);
  EXPECT_THAT(member.stats().hold_reason, HasSubstr("tried again"));
  member.index.HoldAnswers(false);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }));
  EXPECT_THAT(member.observer.holds(), IsEmpty());
  EXPECT_EQ(member.observer.holds_begun(), 1U) << "at its beginning, not at each attempt";
  member.RunFor(200);
  EXPECT_EQ(member.stats().hold_reason, "");
}

TEST(Flow, SaysThatStoredDocumentsCannotBeRead) {
  Rig rig;
  Member& member = rig.Start();
  for (int i = 0; i < 3; ++i)
    member.index.FailNextLookup({Disposition::kHold, FailureReason::kUnauthorized, {}});
  rig.Append("a", R"(u{"v":"1","big":"__unchanged"})");
  member.TurnUntilQuiet();
  ASSERT_EQ(member.observer.holds().size(), 1U);
  EXPECT_EQ(member.observer.holds()[0].reason, FailureReason::kUnauthorized);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }));
  EXPECT_THAT(member.observer.holds(), IsEmpty());
}

TEST(Flow, WritesOnceWhatWasAppliedBeforeTheConnectionBroke) {
  Rig rig;
  Member& member = rig.Start();
  int applied = 0;
  rig.world.cluster.on_apply = [&applied](const OwnedWrite&) { ++applied; };
  member.index.FailNextRequest(
      Fails(Disposition::kInDoubt, FailureReason::kConnectionLost, RequestFate::Effect::kAll));
  rig.Append("a", R"(c{"v":"1"})");
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }));
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(member.stats().indices[0].documents[static_cast<size_t>(WriteResult::kConflictEqual)],
            1U);
}

TEST(Flow, DoesNotSpinWhileACommitTakesLong) {
  Rig rig;
  Member& member = rig.member;
  member.source.AssignTopic("t");
  member.source.HoldCommits(true);
  rig.Append("a", R"(c{"v":"1"})");
  std::stop_source stop;
  member.waiter.on_wait = [&] {
    if (member.waiter.waits() == 60) member.source.HoldCommits(false);
    if (member.waiter.waits() > 70) stop.request_stop();
  };
  EXPECT_EQ(member.pipeline.Run(stop.get_token()), PipelineEnd::kDrained);
  EXPECT_LE(member.waiter.idle_waits(), 5U) << "of " << member.waiter.waits();
  EXPECT_EQ(rig.Committed(), 1);
}

TEST(Flow, DoesNotSpinWhileFullPartitionsAreGivenUp) {
  PipelineSettings settings = Rig::Defaults();
  settings.queue_max_bytes = 1;
  settings.pause_after_us = 60'000'000;
  settings.revoke_timeout_us = 600'000'000;
  Rig rig(settings);
  Member& member = rig.member;
  member.source.AssignTopic("t");
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  std::stop_source stop;
  member.waiter.on_wait = [&] {
    const uint64_t waits = member.waiter.waits();
    if (waits == 20) member.source.RevokeAll();
    if (waits == 200) member.index.HoldAnswers(false);
    if (waits > 220) stop.request_stop();
  };
  member.pipeline.Run(stop.get_token());
  EXPECT_LE(member.waiter.idle_waits(), 5U) << "of " << member.waiter.waits();
}

// A search would hide such a row as a deleted one, and `sluice purge` remove it.
TEST(Flow, ARowWithAFieldOfTheStubsHaltsBeforeItIsWritten) {
  for (const bool soft : {true, false}) {
    PipelineSettings settings = Rig::Defaults();
    settings.soft_deletes = soft;
    Rig rig(settings);
    rig.Append("a", R"(c{"v":"1"})");
    rig.Append("b", R"(c{"sluice_deleted":"1"})");
    Member& member = rig.Start();
    member.RunFor(2'000);
    EXPECT_EQ(rig.Document("b").empty(), soft);
    ASSERT_EQ(member.observer.halt().has_value(), soft);
    if (!soft) continue;
    EXPECT_EQ(member.observer.halt()->reason, FailureReason::kIndexUnsuitable);
    EXPECT_THAT(member.observer.halt()->sentence, HasSubstr("has a column sluice_deleted"));
    EXPECT_THAT(member.observer.halt()->sentence, HasSubstr("index.deletes: hard"));
    EXPECT_LE(rig.Committed(), 1);
  }
}

}  // namespace
}  // namespace sluice::testing
