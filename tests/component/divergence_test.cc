// Divergent ids: what a document may lack is known, also after a crash, and no older value stands
// in for it (delivery contract, parts 5 and 6).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kFirst = int64_t{1} << 48;

void RefuseBadRows(Member& member) {
  member.index.refuse_item = [](const OwnedWrite& write) {
    return write.document.find("bad") == std::string::npos
               ? std::nullopt
               : std::optional<Failure>(
                     Words(Disposition::kReject, FailureReason::kDocumentRefused));
  };
}

uint64_t DivergentOf(const Member& member) {
  return member.stats().indices.empty() ? 0 : member.stats().indices[0].divergent;
}

/// A member that begins where the group stands, as after a crash of the one before.
std::unique_ptr<Member> Successor(Rig& rig) {
  auto member = std::make_unique<Member>(rig.world, rig.settings, 2);
  member->source.AssignTopic("t");
  return member;
}

TEST(Divergence, ARowWithoutAValueIsRememberedBeforeItIsSent) {
  Rig rig;
  Member& member = rig.Start();
  member.divergence.Hold(true);
  rig.Append("a", R"(u{"v":"2","big":"__unchanged"})");
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), "");
  EXPECT_EQ(rig.Committed(), 0);
  member.divergence.Hold(false);
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"2"})");
  EXPECT_EQ(rig.Committed(), 1);
  const Divergence* entry = rig.world.divergence.Find("t", "a");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->reason, DivergenceReason::kValueMissing);
  EXPECT_THAT(entry->fields, ElementsAre("big"));
  EXPECT_EQ(entry->stream, Rig::At(0));
  EXPECT_EQ(entry->offset, Offset{0});
  EXPECT_EQ(entry->version, kFirst + 1);
  EXPECT_EQ(DivergentOf(member), 1U);
}

TEST(Divergence, AWholeWriteHeals) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("a", R"(u{"v":"1","big":"__unchanged"})");
  rig.Append("b", R"(u{"v":"1","big":"__unchanged"})");
  member.RunFor(200);
  EXPECT_EQ(DivergentOf(member), 2U);
  rig.Append("a", R"(u{"v":"2","big":"B"})");
  rig.Append("b", "d");
  member.RunFor(200);
  EXPECT_THAT(rig.world.divergence.All("t"), IsEmpty());
  EXPECT_EQ(DivergentOf(member), 0U);
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  member.RunFor(200);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3","big":"B"})") << "filled as always";
}

// The log is read again after a crash: what a record lacks that the document has left behind is no
// cause, and bars nothing.
TEST(Divergence, AnOlderRecordThatIsReadAgainIsNone) {
  Rig rig;
  {
    const auto crashes = Successor(rig);
    crashes->RunFor(50);
    crashes->source.HoldCommits(true);
    rig.Append("a", R"(c{"v":"1","big":"B"})");
    rig.Append("a", R"(u{"v":"2","big":"__unchanged"})");
    rig.Append("a", R"(u{"v":"3"})");
    crashes->RunFor(200);
    ASSERT_EQ(rig.Document("a"), R"({"v":"3"})");
  }
  const auto next = Successor(rig);
  next->source.LimitBatch(1);
  next->RunFor(500);
  EXPECT_EQ(rig.Committed(), 3);
  EXPECT_GT(next->stats().lookups, 0U) << "each record was looked at alone";
  EXPECT_EQ(next->divergence.puts(), 0U);
  EXPECT_EQ(next->stats().unchanged_missing, 0U);
}

// One owner was far ahead; the next reads an older part of the log again, and finds a cause there
// too. What lies between the two is whole.
TEST(Divergence, RowsBetweenTwoCausesAreFilled) {
  Rig rig;
  Divergence ahead;
  ahead.index = "t";
  ahead.id = "a";
  ahead.stream = Rig::At(0);
  ahead.version = ahead.since = kFirst + 100;
  rig.world.divergence.Put(ahead);
  Member& member = rig.Start();
  rig.Append("a", R"(u{"v":"1","big":"__unchanged"})");
  member.RunFor(200);
  EXPECT_EQ(rig.world.divergence.Find("t", "a")->since, kFirst + 1);
  rig.Append("a", R"(u{"v":"2","big":"B"})");
  member.RunFor(200);
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  member.RunFor(200);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3","big":"B"})");
  member.source.LoseAll();
  member.RunFor(100);
  const auto next = Successor(rig);
  rig.Append("a", R"(u{"v":"4","big":"__unchanged"})");
  next->RunFor(200);
  EXPECT_EQ(rig.Document("a"), R"({"v":"4","big":"B"})") << "it is told by what is stored";
}

TEST(Divergence, AnIdWithADeadLetterIsNotFilledFromItsOlderDocument) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  rig.Append("a", R"(c{"v":"1","big":"old"})");
  member.RunFor(100);
  rig.Append("a", R"(u{"v":"bad","big":"new"})");
  member.RunFor(100);
  EXPECT_EQ(rig.world.divergence.Find("t", "a")->reason, DivergenceReason::kRefused);
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  member.RunFor(200);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3"})") << "not the older value";
  EXPECT_EQ(rig.Committed(), 3);
  EXPECT_EQ(rig.world.divergence.Find("t", "a")->reason, DivergenceReason::kValueMissing);
  rig.Append("a", R"(r{"v":"3","big":"new"})");
  member.RunFor(200);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3","big":"new"})");
  EXPECT_THAT(rig.world.divergence.All("t"), IsEmpty());
}

TEST(Divergence, ARecordThatWaitsBehindARefusedOneIsNotFilledEither) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  rig.Append("a", R"(c{"v":"1","big":"old"})");
  member.RunFor(100);
  member.index.HoldAnswers(true);
  rig.Append("a", R"(u{"v":"bad","big":"new"})");
  member.RunFor(50);
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  member.RunFor(50);
  member.index.HoldAnswers(false);
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3"})");
}

TEST(Divergence, ARefusedRecordIsNotTerminalBeforeItsIdIsSafe) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  member.divergence.Hold(true);
  rig.Append("a", R"(u{"v":"bad","big":"new"})");
  rig.Append("!k", "!");
  member.RunFor(500);
  EXPECT_EQ(member.letters.stored().size(), 2U);
  EXPECT_EQ(rig.Committed(), 0);
  member.divergence.Hold(false);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 2);
}

TEST(Divergence, OutlivesACrashBetweenTheWriteAndTheCommit) {
  Rig rig;
  {
    Member& member = rig.Start();
    RefuseBadRows(member);
    rig.Append("a", R"(c{"v":"1","big":"old"})");
    member.RunFor(200);
    member.source.HoldCommits(true);
    rig.Append("a", R"(u{"v":"bad","big":"new"})");
    member.RunFor(300);
    ASSERT_NE(rig.world.divergence.Find("t", "a"), nullptr);
    ASSERT_EQ(rig.Committed(), 1);
  }
  const auto next = Successor(rig);
  RefuseBadRows(*next);
  // Both records are there when it begins: the second one waits behind the first.
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  next->RunFor(500);
  EXPECT_EQ(rig.Committed(), 3);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3"})");
}

TEST(Divergence, IsKnownToTheNextOwnerBeforeItsFirstWrite) {
  Rig rig;
  {
    Member& member = rig.Start();
    RefuseBadRows(member);
    rig.Append("a", R"(c{"v":"1","big":"old"})");
    member.RunFor(100);
    rig.Append("a", R"(u{"v":"bad","big":"new"})");
    member.RunFor(300);
    ASSERT_EQ(rig.Committed(), 2);
  }
  const auto next = Successor(rig);
  next->divergence.Hold(true);
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  next->RunFor(500);
  EXPECT_EQ(next->index.requests_sent(), 0U);
  next->divergence.Hold(false);
  next->RunFor(500);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3"})");
  EXPECT_EQ(DivergentOf(*next), 1U);
}

TEST(Divergence, IsHealedByTheNextOwnerWhenTheRemovalWasLost) {
  Rig rig;
  {
    Member& member = rig.Start();
    rig.Append("a", R"(u{"v":"1","big":"__unchanged"})");
    member.RunFor(200);
    member.source.HoldCommits(true);
    member.divergence.Hold(true);
    rig.Append("a", R"(u{"v":"2","big":"B"})");
    member.RunFor(200);
    ASSERT_EQ(rig.Document("a"), R"({"v":"2","big":"B"})");
  }
  ASSERT_NE(rig.world.divergence.Find("t", "a"), nullptr) << "too long is harmless";
  const auto next = Successor(rig);
  next->RunFor(500);
  EXPECT_EQ(rig.Committed(), 2);
  EXPECT_THAT(rig.world.divergence.All("t"), IsEmpty());
}

TEST(Divergence, AnEntryThatStayedTooLongBarsNothingAndGoes) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("x", R"(c{"v":"1"})");
  rig.Append("a", R"(c{"v":"1","big":"B"})");
  member.RunFor(200);
  Divergence entry;  // of the record before: its removal was lost
  entry.index = "t";
  entry.id = "a";
  entry.stream = Rig::At(0);
  entry.version = entry.since = kFirst + 1;
  rig.world.divergence.Put(entry);
  const auto next = Successor(rig);
  rig.Append("a", R"(u{"v":"2","big":"__unchanged"})");
  next->RunFor(500);
  EXPECT_EQ(rig.Document("a"), R"({"v":"2","big":"B"})");
  EXPECT_THAT(rig.world.divergence.All("t"), IsEmpty());
}

TEST(Divergence, AValueThatAWaitingRecordCarriesStillFills) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"bad","big":"old"})");
  member.RunFor(20);
  rig.Append("a", R"(u{"v":"2","big":"B"})");
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  member.RunFor(20);
  member.index.HoldAnswers(false);
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3","big":"B"})");
  EXPECT_THAT(rig.world.divergence.All("t"), IsEmpty());
}

TEST(Divergence, ARecordThatIsNoEventMakesItsIdDivergentToo) {
  Rig rig;
  Member& member = rig.Start();
  rig.Append("a", R"(c{"v":"1","big":"old"})");
  member.RunFor(100);
  rig.Append("a", "!not json");
  rig.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  member.RunFor(300);
  EXPECT_EQ(rig.Document("a"), R"({"v":"3"})");
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].id, "a");
  EXPECT_EQ(member.letters.stored()[0].version, kFirst + 2);
}

TEST(Divergence, HoldsAndSaysWhyWhenItCannotBeStored) {
  Rig rig;
  Member& member = rig.Start();
  member.divergence.HoldOnce(Words(Disposition::kHold, FailureReason::kUnauthorized));
  rig.Append("a", R"(u{"v":"1","big":"__unchanged"})");
  member.TurnUntilQuiet();
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }));
  EXPECT_THAT(member.observer.holds(), IsEmpty()) << "it is over";
}

TEST(Divergence, HaltsWhenThereAreTooMany) {
  PipelineSettings settings = Rig::Defaults();
  settings.divergent_max_ids = 2;
  Rig rig(settings);
  Member& member = rig.Start();
  for (const char* id : {"a", "b", "c"}) rig.Append(id, R"(u{"v":"1","big":"__unchanged"})");
  member.RunFor(300);
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kHalted);
  EXPECT_THAT(member.stats().halt_reason, HasSubstr("divergent.max.ids"));
}

}  // namespace
}  // namespace sluice::testing
