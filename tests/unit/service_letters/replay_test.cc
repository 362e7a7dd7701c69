#include "service/letters/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/service_letters/letters_world.h"

namespace sluice::letters {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr int64_t kFirst = int64_t{1} << 48;

TEST(Replay, WritesWithTheVersionThatTheRecordAlwaysHad) {
  LettersWorld world;
  world.Append(7, R"({"id":7,"v":"old"})");
  const int64_t refused = world.Append(7, R"({"id":7,"v":"new"})");
  world.documents["7"] = {kFirst + 1, "{}"};
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}), ElementsAre("7 written"));
  EXPECT_EQ(world.documents["7"].text, R"({"id":7,"v":"new"})");
  EXPECT_EQ(world.documents["7"].version, kFirst + refused + 1);
  EXPECT_EQ(world.healed["7"], kFirst + refused + 1) << "it is not divergent any more";
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}), ElementsAre("7 there"));
}

TEST(Replay, WritesNothingInADryRun) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}, true), ElementsAre("7 would try"));
  EXPECT_THAT(world.documents, IsEmpty());
}

TEST(Replay, GivesWayToANewerRecordOfTheLogAlsoWhereThatWasADeleteThatTheIndexHasForgotten) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  world.Append(8, R"({"id":8})");
  world.Append(7, "");
  world.Append(7, std::nullopt);
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}),
              ElementsAre("7 superseded: the log has a newer record of it at offset 3"));
  EXPECT_THAT(world.documents, IsEmpty()) << "version alone would have let it in";
}

TEST(Replay, LeavesWhatTheIndexDoesNotHaveWhereTheLogHasLostRecordsBehindIt) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  const auto letter = world.LetterOf(refused);
  world.Append(8, R"({"id":8})");
  world.log[1].reset();
  const auto told = world.Replay({letter});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], StartsWith("7 left: the index has no such document, and the log has lost"));
  EXPECT_THAT(world.documents, IsEmpty());
  world.documents["7"] = {kFirst - 5, "{}"};
  EXPECT_THAT(world.Replay({letter}), ElementsAre("7 written"))
      << "a document that is there was not deleted since";
}

TEST(Replay, TakesTheNewestLetterOfAnIdThatIsAccepted) {
  LettersWorld world;
  const int64_t good = world.Append(7, R"({"id":7,"v":"1"})");
  const int64_t bad = world.Append(7, R"({"id":7,"v":"bad"})");
  const auto older = world.LetterOf(good);
  const auto newer = world.LetterOf(bad);
  EXPECT_THAT(world.Replay({older, newer}), ElementsAre("7 refused: bad_type", "7 written"));
  EXPECT_EQ(world.documents["7"].text, R"({"id":7,"v":"1"})");
  world.documents.clear();
  const int64_t best = world.Append(7, R"({"id":7,"v":"3"})");
  EXPECT_THAT(
      world.Replay({older, newer, world.LetterOf(best)}),
      ElementsAre("7 written", "7 superseded: by the letter of its newer record at offset 2",
                  "7 superseded: by the letter of its newer record at offset 2"));
}

TEST(Replay, LeavesLettersOfAnIndexThatNobodyKnowsAndGoesOn) {
  LettersWorld world;
  auto foreign = world.LetterOf(world.Append(7, R"({"id":7})"));
  const auto own = world.LetterOf(world.Append(8, R"({"id":8})"));
  foreign.record.stream.topic = "gone";
  world.unknown = {"gone"};
  EXPECT_THAT(world.Replay({foreign, own}),
              UnorderedElementsAre(StartsWith("7 left: no topic that is there is written to index"),
                                   "8 written"));
  EXPECT_FALSE(world.documents.contains("7"));
}

TEST(Replay, CountsARecordWithTwoLettersOnce) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  EXPECT_THAT(world.Replay({world.LetterOf(refused), world.LetterOf(refused)}),
              ElementsAre("7 written"));
}

TEST(Replay, SendsADeleteOnceMoreThatCameWhileItWrote) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  const auto letter = world.LetterOf(refused);
  // Behind the look at the log: a delete that `sluice index` has applied and the node forgotten.
  world.on_scanned = [&world] { world.Append(7, ""); };
  EXPECT_THAT(world.Replay({letter}), ElementsAre("7 written"));
  EXPECT_THAT(world.documents, IsEmpty());
  EXPECT_EQ(world.deletes, 1);
  EXPECT_EQ(world.windows, 0);
}

TEST(Replay, WaitsOutLateCopiesBeforeItLooksAgain) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  world.doubts = true;
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}), ElementsAre("7 written"));
  EXPECT_EQ(world.windows, 1);
}

TEST(Replay, UndoesWhatAReplayThatEndedTooEarlyBroughtBack) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  world.documents["7"] = {kFirst + refused + 1, "{}"};
  world.Append(7, "");
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}),
              ElementsAre(StartsWith("7 superseded: the log has")));
  EXPECT_THAT(world.documents, IsEmpty());
}

TEST(Replay, FillsColumnsThatTheRecordDidNotCarryFromADocumentThatMissedNoOtherChange) {
  LettersWorld world;
  const int64_t refused =
      world.Append(7, R"({"id":7,"v":"2","big":"__debezium_unavailable_value"})");
  const auto letter = world.LetterOf(refused);
  EXPECT_THAT(world.Replay({letter}),
              ElementsAre(HasSubstr("left: it did not carry big, and the index has no document")));
  world.documents["7"] = {kFirst - 3, R"({"id":7,"v":"1","big":"B"})"};
  Divergence entry;
  entry.since = kFirst - 1;
  entry.version = letter.version;
  world.divergent["7"] = entry;
  EXPECT_THAT(world.Replay({letter}), ElementsAre(HasSubstr("may be older")));
  world.divergent["7"].since = letter.version;
  EXPECT_THAT(world.Replay({letter}), ElementsAre("7 written"));
  EXPECT_EQ(world.documents["7"].text, R"({"id":7,"v":"2","big":"B"})");
}

TEST(Replay, RefusesWhatIsOfAnotherHistory) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  world.incarnation = 2;
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}),
              ElementsAre(HasSubstr("7 left: it is of incarnation 1, and the index has 2")));
  auto letter = world.LetterOf(refused, 2);
  EXPECT_THAT(world.Replay({letter}), ElementsAre("7 written"));
  letter.index = "another";
  EXPECT_THAT(world.Replay({letter}), ElementsAre(HasSubstr("refused by index another")));
  letter = world.LetterOf(refused, 2);
  letter.original = false;
  EXPECT_THAT(world.Replay({letter}), ElementsAre(HasSubstr("a reference only")));
  letter = world.LetterOf(refused, 2);
  letter.record.value = "{";
  EXPECT_THAT(world.Replay({letter}), ElementsAre("7 refused: bad_json"));
  world.documents["7"] = {int64_t{9} << 48, "{}"};
  EXPECT_THAT(world.Replay({world.LetterOf(refused, 2)}),
              ElementsAre(HasSubstr("no record of this incarnation")));
}

PipelineSettings Applying(VersionMode mode) {
  PipelineSettings settings;
  settings.version_mode = mode;
  settings.truncate_mode = TruncateMode::kApply;
  return settings;
}

std::string Words(int64_t version, int64_t epoch) {
  return "1;" + std::to_string(version) + ";" + std::to_string(epoch);
}

// The truncate had no document to delete, so that no version is there to refuse the letter.
TEST(Replay, GivesWayToATruncateThatIsApplied) {
  for (const VersionMode mode : {VersionMode::kOffset, VersionMode::kHeader}) {
    LettersWorld world(Applying(mode));
    const int64_t refused = world.Append(7, R"({"id":7})", Words(2048, 5));
    world.AppendTruncate(Words(4096, 5));
    EXPECT_THAT(world.Replay({world.LetterOf(refused)}),
                ElementsAre("7 superseded: the log has a newer record of it at offset 1"));
    EXPECT_THAT(world.documents, IsEmpty());
  }
}

// By then `sluice verify --repair` may have deleted what the truncate had left behind.
TEST(Replay, LeavesWhatATruncateStandsBehindThatIsNotApplied) {
  for (const TruncateMode mode : {TruncateMode::kIgnore, TruncateMode::kHalt}) {
    PipelineSettings settings;
    settings.truncate_mode = mode;
    LettersWorld world(settings);
    const int64_t before = world.Append(7, R"({"id":7})");
    world.AppendTruncate();
    const int64_t behind = world.Append(8, R"({"id":8})");
    EXPECT_THAT(world.Replay({world.LetterOf(before), world.LetterOf(behind)}),
                ElementsAre(StartsWith("7 left: its table was emptied behind it, at offset 1"),
                            "8 written"));
    EXPECT_FALSE(world.documents.contains("7"));
  }
}

TEST(Replay, OfHeaderModeWritesWithTheVersionThatTheSourceGave) {
  LettersWorld world(Applying(VersionMode::kHeader));
  const int64_t refused = world.Append(7, R"({"id":7})", Words(4096, 5));
  world.incarnation = 3;  // orders nothing here
  world.documents["7"] = {2048, "{}"};
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}), ElementsAre("7 written"));
  EXPECT_EQ(world.documents["7"].version, 4096);
  EXPECT_EQ(world.healed["7"], 4096);
  world.documents["7"].version = 9000;
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}),
              ElementsAre("7 superseded: the index has version 9000"));
  const auto letter = world.LetterOf(refused);
  world.on_scanned = [&world] { world.Append(7, "", Words(8192, 5)); };
  world.documents.clear();
  EXPECT_THAT(world.Replay({letter}), ElementsAre("7 written"));
  EXPECT_THAT(world.documents, IsEmpty()) << "the delete that came meanwhile, once more";
}

// `sluice index` has passed over it, so that it stands for nothing.
TEST(Replay, OfHeaderModeDoesNotGiveWayToARecordOfAnOlderRun) {
  LettersWorld world(Applying(VersionMode::kHeader));
  const int64_t refused = world.Append(7, R"({"id":7})", Words(4096, 6));
  world.Append(7, "", Words(2048, 5));
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}), ElementsAre("7 written"));
}

TEST(Replay, OfHeaderModeLeavesAVersionThatSeveralChangesShare) {
  LettersWorld world(Applying(VersionMode::kHeader));
  const int64_t refused = world.Append(7, R"({"id":7})", Words(4096 | 1023, 6));
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}),
              ElementsAre(StartsWith("7 left: other changes of the same row have its version")));
}

// Where a stub has been removed, an older write would bring the deleted document back.
TEST(Replay, LeavesWhatIsOlderThanThePurgedStubs) {
  LettersWorld world;
  const int64_t refused = world.Append(7, R"({"id":7})");
  world.floor = refused + 1;
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}),
              ElementsAre(HasSubstr("7 left: it is older than offset 1")));
  world.floor = refused;
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}), ElementsAre("7 written"));
}

}  // namespace
}  // namespace sluice::letters
