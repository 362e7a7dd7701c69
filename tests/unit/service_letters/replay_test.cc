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
  EXPECT_THAT(world.Replay({world.LetterOf(refused)}, true),
              ElementsAre("7 written: would be tried"));
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
