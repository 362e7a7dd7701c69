// Versions from the headers of our own source: which record wins, whose records are passed over,
// what is believed of a stored version, and which columns were not sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;
using Effect = RequestFate::Effect;

PipelineSettings Settings() {
  PipelineSettings settings = Rig::Defaults();
  settings.version_mode = VersionMode::kHeader;
  settings.window_us = 3'000'000;
  settings.lease_us = settings.session_timeout_us = 1'000'000;
  return settings;
}

std::string Words(int64_t version, int64_t epoch, const std::string& more = "") {
  return "1;" + std::to_string(version) + ";" + std::to_string(epoch) + more;
}

Offset Tell(Rig& rig, const std::string& key, std::optional<std::string> value,
            const std::string& header) {
  return rig.world.log.Append(Rig::At(0), key, std::move(value), {{"sluice", header}});
}

int64_t StoredVersion(Rig& rig, const std::string& id) {
  const auto* stored = rig.world.cluster.Find("t", id);
  return stored == nullptr ? 0 : stored->version;
}

uint64_t Skipped(const Member& member, SkipRule rule) {
  return member.stats().skipped[static_cast<size_t>(rule)];
}

TEST(HeaderMode, TakesTheVersionFromTheHeader) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  Tell(rig, "a", R"(u{"v":"2"})", Words(4097, 7));
  Tell(rig, "b", R"(c{"v":"1"})", Words(4098, 7));
  Tell(rig, "b", "d", Words(8192, 7));
  Tell(rig, "b", std::nullopt, Words(8192, 7));
  member.RunFor(300);
  EXPECT_EQ(StoredVersion(rig, "a"), 4097);
  EXPECT_EQ(rig.Document("b"), "");
  EXPECT_EQ(rig.world.cluster.documents("t").at("b").version, 8192);
  EXPECT_EQ(rig.Committed(), 5);
  EXPECT_EQ(rig.world.log.Note(Rig::At(0)), "1;clean=0;epoch=7;version=8192");
}

TEST(HeaderMode, ARecordWithoutAVersionHalts) {
  for (const char* header : {"", "1;x;1", "0;5;1", "1;5"}) {
    Rig rig(Settings());
    Member& member = rig.Start();
    Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
    Tell(rig, "b", R"(c{"v":"1"})", header);
    member.RunFor(300);
    ASSERT_TRUE(member.observer.halt()) << header;
    EXPECT_EQ(member.observer.halt()->reason, FailureReason::kHeaderMissing);
    EXPECT_THAT(member.observer.halt()->sentence, HasSubstr("offset 1 of topic t, partition 0"));
    EXPECT_EQ(rig.Document("b"), "");
  }
  Rig rig(Settings());
  rig.Start();
  rig.AppendTombstone("a");
  rig.member.RunFor(300);
  ASSERT_TRUE(rig.member.observer.halt()) << "a tombstone as well";
  EXPECT_LE(rig.Committed(), 0);
}

TEST(HeaderMode, WhatIsNoRowNeedsNone) {
  Rig rig(Settings());
  Member& member = rig.Start();
  rig.Append("", "h");
  rig.Append("", "m");
  rig.world.log.Append(Rig::At(0), std::nullopt, std::nullopt);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 3);
}

TEST(HeaderMode, ARefusedRecordIsDivergentWithTheVersionOfItsHeader) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", "!", Words(2048, 7));
  rig.Append("b", "!");
  Tell(rig, "c", "!", Words(1024, 6));
  member.RunFor(300);
  ASSERT_EQ(member.letters.stored().size(), 2U) << "that of an older run is passed over";
  for (const StoredDeadLetter& letter : member.letters.stored()) {
    EXPECT_EQ(letter.id, letter.offset == Offset{0} ? "a" : "");
    EXPECT_EQ(letter.version, letter.offset == Offset{0} ? 2048 : 0) << "the other tells none";
  }
  ASSERT_NE(rig.world.divergence.Find("t", "a"), nullptr);
  EXPECT_EQ(rig.world.divergence.Find("t", "a")->version, 2048);
  EXPECT_EQ(rig.world.divergence.Find("t", "b"), nullptr);
  EXPECT_EQ(rig.world.divergence.Find("t", "c"), nullptr);
  Tell(rig, "a", R"(c{"v":"1"})", Words(3072, 7));
  member.RunFor(300);
  EXPECT_EQ(rig.world.divergence.Find("t", "a"), nullptr) << "healed";
  EXPECT_EQ(rig.Committed(), 4);
}

// ---- Runs of the source ------------------------------------------------------------------------

TEST(HeaderMode, ALateRecordOfAnOlderRunIsPassedOver) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 8));  // the new run tells again …
  Tell(rig, "a", "d", Words(4096, 8));
  member.RunFor(300);
  rig.world.cluster.ForgetDeleted(0);
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));  // … and the old one wakes up
  Tell(rig, "a", "d", Words(3072, 7));
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(Skipped(member, SkipRule::kStaleEpoch), 2U);
  EXPECT_EQ(member.fate(Fate::kSkipped), 2U);
  EXPECT_EQ(rig.Committed(), 5);
}

TEST(HeaderMode, ARestartKnowsTheEpochBeforeTheFirstRecord) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 8));
  Tell(rig, "a", "d", Words(4096, 8));
  member.RunFor(300);
  member.pipeline.Stop();
  member.RunFor(300);
  EXPECT_EQ(rig.world.log.Note(Rig::At(0)), "1;clean=1;epoch=8;version=4096");
  rig.world.cluster.ForgetDeleted(0);

  Member next(rig.world, Settings());
  next.source.AssignTopic("t");
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  next.RunFor(300);
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(Skipped(next, SkipRule::kStaleEpoch), 1U);
}

// The offset is held below a record of the old run while one of the new run is read already: after
// a crash the old one is read again, and must not be passed over.
TEST(HeaderMode, WhatStandsBeforeANewRunIsReadAgain) {
  Rig rig(Settings());
  {
    Member crashes(rig.world, Settings());
    crashes.source.AssignTopic("t");
    crashes.RunFor(100);
    crashes.index.HoldAnswers(true);
    Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
    crashes.RunFor(50);
    Tell(rig, "b", R"(c{"v":"1"})", Words(4096, 8));
    crashes.RunFor(500);
    EXPECT_EQ(rig.Committed(), 0);
  }
  rig.world.cluster.DropStragglers(INT64_MAX);
  Member next(rig.world, Settings());
  next.source.AssignTopic("t");
  next.RunFor(500);
  EXPECT_NE(rig.Document("a"), "");
  EXPECT_NE(rig.Document("b"), "");
  EXPECT_EQ(Skipped(next, SkipRule::kStaleEpoch), 0U);
}

// ---- Whose a stored version is -----------------------------------------------------------------

TEST(HeaderMode, ARedeliveryIsSupersededByWhatTheLogHasTold) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"2"})", Words(4096, 7));
  member.RunFor(300);
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 8));
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 2);
  EXPECT_EQ(member.fate(Fate::kSuperseded), 1U);
  EXPECT_EQ(StoredVersion(rig, "a"), 4096);
}

TEST(HeaderMode, AVersionThatIsToldLaterHoldsTheOffsetUntilThen) {
  Rig rig(Settings());
  rig.world.cluster.Apply({WriteAction::kIndex, "t", "a", 4096, R"({"v":"2"})"});
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  Tell(rig, "b", R"(c{"v":"1"})", Words(2049, 7));
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 0);
  EXPECT_THAT(member.stats().hold_reason, HasSubstr("has version 4096"));
  Tell(rig, "a", R"(u{"v":"2"})", Words(4096, 7));
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 3);
  EXPECT_EQ(member.stats().hold_reason, "");
}

TEST(HeaderMode, AVersionThatIsNeverToldHalts) {
  Rig rig(Settings());
  rig.world.cluster.Apply({WriteAction::kIndex, "t", "a", 4096, R"({"v":"2"})"});
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  member.RunFor(2'000);
  EXPECT_FALSE(member.observer.halt());
  ASSERT_TRUE(member.RunUntil([&] { return member.observer.halt().has_value(); }, 5'000));
  EXPECT_EQ(member.observer.halt()->reason, FailureReason::kForeignVersion);
  EXPECT_EQ(rig.Committed(), 0);
}

TEST(HeaderMode, AStopWithAnUntoldVersionCommitsNothingPastIt) {
  Rig rig(Settings());
  rig.world.cluster.Apply({WriteAction::kIndex, "t", "a", 4096, R"({"v":"2"})"});
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  member.RunFor(300);
  member.pipeline.Stop();
  member.RunFor(500);
  ASSERT_TRUE(member.pipeline.ended());
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kDrained);
  EXPECT_EQ(rig.Committed(), 0);
}

// ---- More changes of a row than ranks ----------------------------------------------------------

TEST(HeaderMode, TheLastOfManyChangesWithOneVersionWins) {
  constexpr int64_t kFull = 4096 | 1023;
  Rig rig(Settings());
  Member& member = rig.Start();
  for (int i = 1; i <= 3; ++i) {
    Tell(rig, "a", R"(u{"v":")" + std::to_string(i) + "\"}", Words(kFull, 7));
    member.RunFor(300);
  }
  EXPECT_THAT(rig.Document("a"), HasSubstr(R"("v":"3")"));
  for (int i = 4; i <= 6; ++i)
    Tell(rig, "a", R"(u{"v":")" + std::to_string(i) + "\"}", Words(kFull, 7));
  member.RunFor(300);
  EXPECT_THAT(rig.Document("a"), HasSubstr(R"("v":"6")"));
  EXPECT_EQ(rig.Committed(), 6);
  Tell(rig, "a", "d", Words(kFull, 7));
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.Committed(), 7);
}

TEST(HeaderMode, ALateCopyOfOneOfThemDoesNotWin) {
  constexpr int64_t kFull = 4096 | 1023;
  Rig rig(Settings());
  Member& member = rig.Start();
  member.index.FailNextRequest(
      Fails(Disposition::kInDoubt, FailureReason::kTimeout, Effect::kLater));
  Tell(rig, "a", R"(u{"v":"1"})", Words(kFull, 7));
  member.RunFor(50);
  Tell(rig, "a", R"(u{"v":"2"})", Words(kFull, 7));
  member.RunFor(1'000);
  EXPECT_EQ(rig.Committed(), 0) << "it waits until no copy is alive";
  rig.world.cluster.LandAllStragglers();
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 2; }, 6'000));
  EXPECT_THAT(rig.Document("a"), HasSubstr(R"("v":"2")"));
}

// ---- Columns that were not sent ----------------------------------------------------------------

TEST(HeaderMode, OnlyTheColumnsThatTheHeaderNamesAreFilled) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1","big":"B","text":"T"})", Words(2048, 7));
  member.RunFor(300);
  // A text that only looks like the placeholder, and one that does not look like it.
  Tell(rig, "a", R"(u{"v":"2","big":"__unchanged","text":"__unchanged"})",
       Words(4096, 7, ";u=big"));
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"2","big":"B","text":"__unchanged"})");
  Tell(rig, "a", R"(u{"v":"3","big":"?","text":"T"})", Words(6144, 7, ";u=big"));
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3","big":"B","text":"T"})");
}

TEST(HeaderMode, AColumnThatTheRowDoesNotHaveIsADeadLetter) {
  Rig rig(Settings());
  Member& member = rig.Start();
  Tell(rig, "a", R"(u{"v":"2"})", Words(4096, 7, ";u=big"));
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_EQ(member.stats().rejected[static_cast<size_t>(RejectReason::kBadHeader)], 1U);
  EXPECT_EQ(member.fate(Fate::kDeadLettered), 1U);
}

TEST(OffsetMode, TheHeaderIsBelievedWhereAValueLooksUnsent) {
  Rig rig;
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1","big":"B","text":"T"})", Words(2048, 7));
  member.RunFor(300);
  Tell(rig, "a", R"(u{"v":"2","big":"__unchanged","text":"__unchanged"})",
       Words(4096, 7, ";u=big"));
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"2","big":"B","text":"__unchanged"})");
  EXPECT_EQ(StoredVersion(rig, "a"), (int64_t{1} << 48) + 2) << "versions are the offsets'";
  Tell(rig, "a", R"(u{"v":"3","big":"__unchanged","text":"__unchanged"})", "no header of ours");
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3","big":"B","text":"__unchanged"})");
  EXPECT_EQ(rig.world.log.Note(Rig::At(0)), "1;clean=0");
}

// ---- Keys that move ----------------------------------------------------------------------------

// Versions are ordered between partitions, but a delete may be forgotten before what is older in
// the key's former partition is applied.
TEST(HeaderMode, AnotherEncodingOfKeysHaltsWhereTheyMayHaveMoved) {
  Rig rig(Settings(), 2);
  rig.member.decoder.key_encoding = kKeyJson;
  Member& member = rig.Start();
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 1);
  member.decoder.key_encoding = kKeyText;
  Tell(rig, "b", R"(c{"v":"1"})", Words(4096, 7));
  member.RunFor(300);
  ASSERT_TRUE(member.observer.halt());
  EXPECT_THAT(member.observer.halt()->sentence, HasSubstr("unless the source was stopped"));
  EXPECT_EQ(rig.Document("b"), "");
}

// ---- Refused rows ------------------------------------------------------------------------------

TEST(HeaderMode, WhatARefusedRowHadReplacedIsAppliedWithItsOwnVersion) {
  Rig rig(Settings());
  rig.world.cluster.never_accepts = [](const OwnedWrite& write) {
    return write.document.find("\"p\"") != std::string::npos;
  };
  rig.member.index.refuse_item = [](const OwnedWrite& write) -> std::optional<Failure> {
    if (write.document.find("\"p\"") == std::string::npos) return std::nullopt;
    return sluice::testing::Words(Disposition::kReject, FailureReason::kDocumentRefused);
  };
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  Tell(rig, "a", R"(c{"v":"1"})", Words(2048, 7));
  member.RunFor(50);
  Tell(rig, "a", R"(u{"v":"2"})", Words(4096, 7));
  Tell(rig, "a", R"(u{"v":"3","p":"1"})", Words(6144, 7));
  member.RunFor(50);
  member.index.HoldAnswers(false);
  member.index.AnswerAll();
  member.RunFor(1'000);
  EXPECT_EQ(rig.Document("a"), R"({"v":"2"})");
  EXPECT_EQ(StoredVersion(rig, "a"), 4096);
  EXPECT_EQ(rig.Committed(), 3);
}

}  // namespace
}  // namespace sluice::testing
