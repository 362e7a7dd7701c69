// A table that was emptied: every older document goes, no newer one, and the record is terminal
// only when all of them are known to be gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;
using Effect = RequestFate::Effect;

PipelineSettings Settings(VersionMode mode = VersionMode::kHeader) {
  PipelineSettings settings = Rig::Defaults();
  settings.version_mode = mode;
  settings.truncate_mode = TruncateMode::kApply;
  settings.window_us = 3'000'000;
  settings.lease_us = settings.session_timeout_us = 1'000'000;
  return settings;
}

std::vector<Header> Version(int64_t version) {
  return {{"sluice", "1;" + std::to_string(version) + ";7"}};
}

void Tell(Rig& rig, std::optional<std::string> key, const std::string& value, int64_t version,
          int32_t partition = 0) {
  rig.world.log.Append(Rig::At(partition), std::move(key), value, Version(version));
}

/// `count` rows a0, a1, … with versions from `version` on, each 1024 above the one before.
void TellRows(Rig& rig, int count, int64_t version, int32_t partition = 0) {
  for (int i = 0; i < count; ++i)
    Tell(rig, "a" + std::to_string(i) + "p" + std::to_string(partition), R"(c{"v":"1"})",
         version + 1024 * i, partition);
}

void RefuseRowsWithP(Member& member) {
  member.index.refuse_item = [](const OwnedWrite& write) -> std::optional<Failure> {
    if (write.document.find("\"p\"") == std::string::npos) return std::nullopt;
    return Words(Disposition::kReject, FailureReason::kDocumentRefused);
  };
}

/// A truncate of nine rows; the first page of them is deleted, the deletes of the next are not
/// answered.
void DeleteTheFirstPage(Rig& rig, Member& member) {
  ASSERT_EQ(rig.world.cluster.Count("t"), 9U);
  member.index.HoldAnswers(true);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  member.RunFor(50);
  ASSERT_EQ(member.index.open_requests(), 1U);
  member.index.AnswerNext();
  member.RunFor(300);
  ASSERT_EQ(member.index.open_requests(), 1U);
  ASSERT_EQ(rig.world.cluster.Count("t"), 6U) << "in the middle";
}

TEST(Truncate, DeletesEveryOlderDocumentAndNoNewerOne) {
  Rig rig(Settings());
  Member& member = rig.Start();
  TellRows(rig, 20, 1024);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  Tell(rig, "b", R"(c{"v":"2"})", 1024 * 100 + 1);
  Tell(rig, "a3p0", R"(c{"v":"2"})", 1024 * 101);
  member.RunFor(1'000);
  EXPECT_EQ(rig.world.cluster.Count("t"), 2U);
  EXPECT_NE(rig.Document("b"), "");
  EXPECT_THAT(rig.Document("a3p0"), HasSubstr(R"("v":"2")"));
  EXPECT_EQ(rig.Committed(), 23);
  EXPECT_EQ(rig.world.cluster.documents("t").at("a7p0").version, 1024 * 100);
  EXPECT_EQ(member.stats().truncates, 1U);
  EXPECT_EQ(member.fate(Fate::kApplied) + member.fate(Fate::kCoalesced), 23U) << "each once (I7)";
}

// What was created behind the truncate may have been compacted away.
TEST(Truncate, FillsNoColumnFromBeforeIt) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1","big":"B"})", 1024);
  Tell(rig, "b", R"(c{"v":"1","big":"B"})", 1024);
  member.RunFor(300);
  member.source.HoldRecords(true);
  Tell(rig, "b", R"(u{"v":"2","big":"B2"})", 2048);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  for (const char* id : {"a", "b"})
    rig.world.log.Append(Rig::At(0), id, R"(u{"v":"3","big":"__unchanged"})",
                         {{"sluice", "1;" + std::to_string(1024 * 101) + ";7;u=big"}});
  member.source.HoldRecords(false);
  member.RunFor(1'000);
  for (const char* id : {"a", "b"}) {
    EXPECT_EQ(rig.Document(id), R"({"v":"3"})") << id;
    EXPECT_NE(rig.world.divergence.Find("t", id), nullptr) << id;
  }
  EXPECT_EQ(rig.Committed(), 6);
}

TEST(Truncate, InOffsetModeOfATopicWithOnePartition) {
  Rig rig(Settings(VersionMode::kOffset));
  Member& member = rig.Start();
  for (int i = 0; i < 7; ++i) rig.Append("a" + std::to_string(i), R"(c{"v":"1"})");
  rig.world.log.Append(Rig::At(0), std::nullopt, "t");
  rig.Append("a1", R"(c{"v":"2"})");
  member.RunFor(1'000);
  EXPECT_EQ(rig.world.cluster.Count("t"), 1U);
  EXPECT_EQ(rig.Committed(), 9);
}

TEST(Truncate, InOffsetModeOfSeveralPartitionsHalts) {
  Rig rig(Settings(VersionMode::kOffset), 2);
  Member& member = rig.Start();
  rig.world.log.Append(Rig::At(0), std::nullopt, "t");
  member.RunFor(300);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_EQ(member.observer.halt()->reason, FailureReason::kTruncateRefused);
  EXPECT_THAT(member.observer.halt()->sentence, HasSubstr("one of several partitions"));
}

TEST(Truncate, AHaltNamesApplyOnlyWhereItWorks) {
  for (const auto mode : {VersionMode::kOffset, VersionMode::kHeader}) {
    PipelineSettings settings = Settings(mode);
    settings.truncate_mode = TruncateMode::kHalt;
    Rig rig(settings, 2);
    Member& member = rig.Start();
    Tell(rig, std::nullopt, "t", 4096);
    member.RunFor(300);
    ASSERT_TRUE(member.observer.halt());
    EXPECT_THAT(member.observer.halt()->sentence,
                HasSubstr(mode == VersionMode::kHeader ? "set it to apply"
                                                       : "set it to ignore to go on, and then "
                                                         "`sluice verify --repair`"));
  }
}

TEST(Truncate, WhereVersionsCannotTellBeforeFromAfterHalts) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, std::nullopt, "t", 4096 | 1023);
  member.RunFor(300);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_THAT(member.observer.halt()->sentence, HasSubstr("more than a thousand times"));
}

TEST(Truncate, ReadsNothingMeanwhileAndHoldsTheOffset) {
  Rig rig(Settings());
  Member& member = rig.Start();
  TellRows(rig, 5, 1024);
  member.RunFor(300);
  member.scan.Hold(true);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  member.RunFor(100);
  Tell(rig, "b", R"(c{"v":"2"})", 1024 * 101);
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 5);
  EXPECT_EQ(rig.Document("b"), "");
  member.scan.Hold(false);
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 7);
  EXPECT_NE(rig.Document("b"), "");
  EXPECT_EQ(rig.world.cluster.Count("t"), 1U);
}

TEST(Truncate, WaitsUntilTheRecordsBeforeItAreTerminal) {
  Rig rig(Settings());
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  TellRows(rig, 2, 1024);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  member.RunFor(300);
  EXPECT_EQ(member.scan.begun(), 0);
  member.index.HoldAnswers(false);
  member.index.AnswerAll();
  member.RunFor(300);
  EXPECT_EQ(member.scan.begun(), 1);
  EXPECT_EQ(rig.world.cluster.Count("t"), 0U);
  EXPECT_EQ(rig.Committed(), 3);
}

// A copy of an older write that lands after the scan would stay for ever.
TEST(Truncate, WaitsUntilNoLateCopyCanBeAlive) {
  Rig rig(Settings());
  rig.world.copies_live_us = 3'000'000;
  Member& member = rig.Start();
  member.index.FailNextRequest(
      Fails(Disposition::kInDoubt, FailureReason::kTimeout, Effect::kLater));
  Tell(rig, "a", R"(c{"v":"1"})", 1024);
  member.RunFor(100);
  Tell(rig, "a", R"(u{"v":"2"})", 2048);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  member.RunFor(1'000);
  EXPECT_EQ(member.scan.begun(), 0);
  EXPECT_THAT(member.stats().hold_reason, HasSubstr("late copy"));
  rig.world.cluster.LandAllStragglers();
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 3; }, 8'000));
  EXPECT_EQ(rig.world.cluster.Count("t"), 0U);
  member.RunFor(200);
  EXPECT_EQ(member.stats().hold_reason, "");
}

// They share a worker. What of theirs is in doubt is none of the truncate's business either.
TEST(Truncate, OtherTablesGoOnWhileItWaits) {
  Rig rig(Settings());
  rig.world.log.CreateTopic("o", 1);
  Member& member = rig.member;
  member.source.Assign({Rig::At(0), {"o", 0}});
  member.RunFor(50);
  const RequestFate lost = Fails(Disposition::kInDoubt, FailureReason::kTimeout);
  member.index.FailNextRequest(lost);
  Tell(rig, "a", R"(c{"v":"1"})", 1024);
  member.RunFor(100);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  member.RunFor(100);
  ASSERT_THAT(member.stats().hold_reason, HasSubstr("the table behind topic t waits"));
  Tell(rig, "b", R"(c{"v":"2"})", 1024 * 101);
  constexpr int kRows = 25;
  for (int i = 0; i < kRows; ++i) {
    member.index.FailNextRequest(lost);
    rig.world.log.Append({"o", 0}, "k" + std::to_string(i), R"(c{"v":"1"})", Version(1024 * i + 1));
    member.RunFor(100);
  }
  EXPECT_EQ(rig.world.cluster.Count("o"), size_t{kRows});
  EXPECT_EQ(rig.world.log.Committed({"o", 0})->next.value, kRows);
  EXPECT_EQ(rig.Committed(), 1) << "the truncate holds its own offset";
  EXPECT_EQ(rig.Document("b"), "") << "nothing of its own table is read";
  EXPECT_EQ(member.scan.begun(), 0);
  // Its window is over before those of the other table are.
  EXPECT_TRUE(member.RunUntil([&] { return rig.Committed() == 3; }, 1'500));
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_NE(rig.Document("b"), "");
}

TEST(Truncate, OfAPartitionThatComesMeanwhileNothingIsReadEither) {
  Rig rig(Settings(), 2);
  Member& member = rig.member;
  member.source.Assign({Rig::At(0)});
  member.RunFor(50);
  member.scan.Hold(true);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  Tell(rig, "x", R"(c{"v":"2"})", 1024 * 101, 1);
  member.RunFor(100);
  member.source.Assign({Rig::At(1)});
  member.RunFor(500);
  EXPECT_EQ(rig.Document("x"), "");
  member.scan.Hold(false);
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(0), 1);
  EXPECT_NE(rig.Document("x"), "");
  EXPECT_EQ(rig.Committed(1), 1);
}

TEST(Truncate, ADeleteOfUnknownOutcomeIsSentAgain) {
  Rig rig(Settings());
  Member& member = rig.Start();
  TellRows(rig, 8, 1024);
  member.RunFor(300);
  member.index.FailNextRequest(
      Fails(Disposition::kInDoubt, FailureReason::kTimeout, Effect::kFirstHalf));
  Tell(rig, std::nullopt, "t", 1024 * 100);
  member.RunFor(200);
  EXPECT_EQ(rig.Committed(), 8);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 9; }, 8'000));
  EXPECT_EQ(rig.world.cluster.Count("t"), 0U);
}

TEST(Truncate, AScanThatFailsIsTriedAgainAndSaysWhy) {
  Rig rig(Settings());
  Member& member = rig.Start();
  TellRows(rig, 8, 1024);
  member.RunFor(300);
  member.scan.Hold(true);
  member.scan.FailNext(Words(Disposition::kHold, FailureReason::kUnreachable, "no node"));
  Tell(rig, std::nullopt, "t", 1024 * 100);
  member.RunFor(100);
  member.scan.Hold(false);
  member.pipeline.Turn();
  member.RunFor(300);
  EXPECT_EQ(rig.world.cluster.Count("t"), 0U);
  EXPECT_EQ(rig.Committed(), 9);
  EXPECT_FALSE(member.observer.halt());
}

TEST(Truncate, AfterACrashInTheMiddleItIsDoneAnew) {
  Rig rig(Settings());
  {
    Member crashes(rig.world, Settings());
    crashes.source.AssignTopic("t");
    crashes.RunFor(100);
    TellRows(rig, 9, 1024);
    crashes.RunFor(300);
    DeleteTheFirstPage(rig, crashes);
    EXPECT_EQ(rig.Committed(), 9);
  }
  Tell(rig, "a1p0", R"(c{"v":"2"})", 1024 * 101);
  Member next(rig.world, Settings());
  next.source.AssignTopic("t");
  ASSERT_TRUE(next.RunUntil([&] { return rig.Committed() == 11; }, 10'000));
  EXPECT_EQ(rig.world.cluster.Count("t"), 1U);
  EXPECT_NE(rig.Document("a1p0"), "");
}

TEST(Truncate, WhenItsPartitionMovesTheNextOwnerDoesIt) {
  Rig rig(Settings());
  Member& member = rig.Start();
  TellRows(rig, 9, 1024);
  member.RunFor(300);
  DeleteTheFirstPage(rig, member);
  member.source.LoseAll();
  member.RunFor(50);
  member.index.HoldAnswers(false);
  member.index.AnswerAll();
  member.source.AssignTopic("t");
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 10; }, 10'000));
  EXPECT_EQ(rig.world.cluster.Count("t"), 0U);
}

// A newer row that the index refuses has not replaced the delete.
TEST(Truncate, IsWhatARefusedNewerRowFallsBackTo) {
  Rig rig(Settings());
  RefuseRowsWithP(rig.member);
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", 1024);
  member.RunFor(300);
  member.scan.Hold(true);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  Tell(rig, "a", R"(c{"v":"2","p":"1"})", 1024 * 101);
  member.index.HoldAnswers(true);
  member.RunFor(100);
  ASSERT_EQ(member.index.open_requests(), 1U) << "the newer row is on its way";
  member.scan.Hold(false);
  member.RunFor(100);
  member.index.HoldAnswers(false);
  member.index.AnswerAll();
  member.RunFor(1'000);
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.Committed(), 3);
}

// What the listing found has gone on meanwhile: the row behind the truncate fills what comes next.
TEST(Truncate, DoesNotStandBetweenARefusedRowsPredecessorAndItsDocument) {
  Rig rig(Settings());
  RefuseRowsWithP(rig.member);
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", 1024);
  member.RunFor(300);
  member.scan.Hold(true);
  member.index.HoldAnswers(true);
  member.source.HoldRecords(true);
  Tell(rig, std::nullopt, "t", 1024 * 100);
  Tell(rig, "a", R"(c{"v":"2","big":"B"})", 1024 * 101);
  rig.world.log.Append(Rig::At(0), "a", R"(u{"v":"3","big":"__unchanged"})",
                       {{"sluice", "1;" + std::to_string(1024 * 102) + ";7;u=big"}});
  Tell(rig, "a", R"(u{"v":"4","p":"1"})", 1024 * 103);
  member.source.HoldRecords(false);
  member.RunFor(100);
  member.index.AnswerNext();
  member.RunFor(100);
  ASSERT_EQ(rig.Document("a"), R"({"v":"2","big":"B"})");
  ASSERT_EQ(member.index.open_requests(), 1U) << "the row that will be refused";
  member.scan.Hold(false);
  member.RunFor(100);
  member.index.HoldAnswers(false);
  member.index.AnswerAll();
  member.RunFor(1'000);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3","big":"B"})");
  EXPECT_EQ(rig.Committed(), 5);
}

// ---- Several partitions ------------------------------------------------------------------------

TEST(Truncate, EachPartitionAppliesItsOwnCopy) {
  Rig rig(Settings(), 3);
  Member& member = rig.Start();
  for (int32_t partition = 0; partition < 3; ++partition) TellRows(rig, 6, 1024, partition);
  for (int32_t partition = 0; partition < 3; ++partition)
    Tell(rig, std::nullopt, "t", 1024 * 100, partition);
  for (int32_t partition = 0; partition < 3; ++partition)
    Tell(rig, "b" + std::to_string(partition), R"(c{"v":"2"})", 1024 * 101, partition);
  member.RunFor(1'000);
  EXPECT_EQ(rig.world.cluster.Count("t"), 3U);
  for (int32_t partition = 0; partition < 3; ++partition) EXPECT_EQ(rig.Committed(partition), 8);
  EXPECT_EQ(member.stats().truncates, 3U);
}

// The first partition's truncate deletes documents whose own partition is far behind: its older
// rows then meet the truncate's version, which is held until that partition tells it too.
TEST(Truncate, APartitionThatIsBehindStillEndsRight) {
  Rig rig(Settings(), 2);
  Member first(rig.world, Settings(), 2);
  first.source.Assign({Rig::At(0)});
  Member second(rig.world, Settings(), 3);
  second.source.Assign({Rig::At(1)});
  const auto run = [&](int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 10) {
      first.TurnUntilQuiet();
      second.TurnUntilQuiet();
      rig.world.clock.AdvanceMs(10);
    }
  };
  run(100);
  Tell(rig, "x", R"(c{"v":"1"})", 1024, 1);
  run(300);
  ASSERT_NE(rig.Document("x"), "");
  Tell(rig, std::nullopt, "t", 1024 * 100, 0);
  run(300);
  EXPECT_EQ(rig.Document("x"), "") << "deleted early, by the other partition's copy";
  Tell(rig, "x", R"(u{"v":"2"})", 2048, 1);
  run(500);
  EXPECT_EQ(rig.Committed(1), 1) << "1024 * 100 is a version that this partition has not told";
  Tell(rig, std::nullopt, "t", 1024 * 100, 1);
  Tell(rig, "y", R"(c{"v":"1"})", 1024 * 101, 1);
  run(1'000);
  EXPECT_EQ(rig.Committed(1), 4);
  EXPECT_EQ(rig.Document("x"), "");
  EXPECT_NE(rig.Document("y"), "");
}

// A truncate whose partition was lost has left its delete on the way, which is not there yet.
TEST(Truncate, WaitsForTheDeleteThatAnotherPartitionsCopyHasSent) {
  Rig rig(Settings(), 2);
  Member& member = rig.Start();
  Tell(rig, "x", R"(c{"v":"1"})", 1024, 1);
  member.RunFor(300);
  member.index.HoldAnswers(true);
  Tell(rig, std::nullopt, "t", 1024 * 100, 0);
  Tell(rig, std::nullopt, "t", 1024 * 100, 1);
  member.RunFor(500);
  member.source.Lose({Rig::At(0)});
  member.RunFor(1'000);
  ASSERT_NE(rig.Document("x"), "") << "the delete was not answered yet";
  EXPECT_EQ(rig.Committed(1), 1);
  member.index.HoldAnswers(false);
  member.index.AnswerAll();
  member.RunFor(1'000);
  EXPECT_EQ(rig.Document("x"), "");
  EXPECT_EQ(rig.Committed(1), 2);
}

TEST(Truncate, LeavesARowOfAnotherPartitionThatIsOnItsWayToThatPartition) {
  Rig rig(Settings(), 2);
  Member& member = rig.Start();
  Tell(rig, "x", R"(c{"v":"1"})", 1024, 1);
  member.RunFor(300);
  member.index.HoldAnswers(true);
  Tell(rig, "x", R"(u{"v":"2"})", 2048, 1);
  member.RunFor(50);
  Tell(rig, std::nullopt, "t", 1024 * 100, 0);
  member.RunFor(300);
  member.index.HoldAnswers(false);
  member.index.AnswerAll();
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(0), 1);
  Tell(rig, std::nullopt, "t", 1024 * 100, 1);
  member.RunFor(1'000);
  EXPECT_EQ(rig.Document("x"), "");
  EXPECT_EQ(rig.Committed(1), 3);
}

}  // namespace
}  // namespace sluice::testing
