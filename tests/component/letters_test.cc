// Dead letters: nothing is dropped, and an offset moves past a refused record only when its letter
// is safe (I1, I7).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kBad(2'000, 'x');
const std::string kBadRow = "c{\"bad\":\"" + kBad + "\"}";

void RefuseBadRows(Member& member) {
  member.index.refuse_item = [](const OwnedWrite& write) {
    return write.document.find("bad") == std::string::npos
               ? std::nullopt
               : std::optional<Failure>(
                     Failure{{Disposition::kReject, FailureReason::kDocumentRefused, {}},
                             "document_parsing_exception",
                             "no such field"});
  };
}

TEST(Letters, KeepTheOriginalBytesOfARecordThatIsNotUnderstood) {
  Rig rig;
  Member& member = rig.Start();
  member.letters.HoldAcks(true);
  rig.Append("a", R"(c{"v":"1"})");
  rig.world.log.Append(Rig::At(0), "key", "!not json", {{"h", "1"}, {"null", std::nullopt}});
  rig.Append("b", R"(c{"v":"1"})");
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 1) << "I1: the letter is not acknowledged";
  member.letters.HoldAcks(false);
  member.RunFor(200);
  EXPECT_EQ(rig.Committed(), 3);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  const StoredDeadLetter& letter = member.letters.stored()[0];
  EXPECT_EQ(letter.stream, Rig::At(0));
  EXPECT_EQ(letter.offset, Offset{1});
  EXPECT_EQ(letter.content, DeadLetter::Content::kOriginal);
  EXPECT_EQ(letter.key, "key");
  EXPECT_EQ(letter.value, "!not json");
  ASSERT_EQ(letter.headers.size(), 2U);
  EXPECT_EQ(letter.headers[1].value, std::nullopt);
  EXPECT_EQ(letter.stage, "decode");
  EXPECT_EQ(letter.reason, RejectReason::kBadJson);
  EXPECT_EQ(member.fate(Fate::kDeadLettered), 1U);
}

TEST(Letters, NameWhatTheIndexRefused) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  rig.Append("a", kBadRow);
  member.RunFor(300);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  const StoredDeadLetter& letter = member.letters.stored()[0];
  EXPECT_EQ(letter.value, kBadRow) << "the record, not the document";
  EXPECT_EQ(letter.stage, "write");
  EXPECT_EQ(letter.index, "t");
  EXPECT_EQ(letter.id, "a");
  EXPECT_EQ(letter.version, (int64_t{1} << 48) + 1);
  EXPECT_EQ(letter.operation, "create");
  EXPECT_EQ(letter.reason, RejectReason::kDocumentRejected);
  EXPECT_EQ(letter.error_type, "document_parsing_exception");
  EXPECT_EQ(letter.attempts, 1U);
  ASSERT_EQ(member.observer.rejected().size(), 1U);
  EXPECT_EQ(rig.Committed(), 1);
}

TEST(Letters, NameEveryOffsetThatTheRefusedOneReplaced) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  member.index.HoldAnswers(true);
  rig.Append("a", R"(c{"v":"1"})");
  member.RunFor(50);
  rig.Append("a", R"(u{"v":"2"})");
  rig.Append("a", R"(u{"v":"3"})");
  rig.Append("a", kBadRow);
  member.RunFor(50);
  member.index.HoldAnswers(false);
  member.RunFor(300);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].offset, Offset{3});
  EXPECT_THAT(member.letters.stored()[0].replaced, ElementsAre(Offset{1}, Offset{2}));
}

TEST(Letters, AreBisectedOutOfARefusedRequest) {
  Rig rig;
  Member& member = rig.Start();
  member.index.HoldAnswers(true);
  for (int i = 0; i < 9; ++i) rig.Append("k" + std::to_string(i), R"(c{"v":"1"})");
  rig.Append("poison", R"(c{"v":"1"})");
  for (int i = 0; i < 100 && rig.Committed() < 10; ++i) {
    member.RunFor(50);
    while (member.index.open_requests() > 0) {
      bool poisoned = false;
      for (const OwnedWrite& write : member.index.open_request(0).writes) {
        poisoned |= write.id == "poison";
      }
      member.index.AnswerNext(poisoned ? Fails(Disposition::kSplit, FailureReason::kBadRequest)
                                       : RequestFate{});
    }
  }
  EXPECT_EQ(rig.Committed(), 10);
  EXPECT_EQ(rig.world.cluster.Count("t"), 9U);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].id, "poison");
  EXPECT_EQ(member.letters.stored()[0].error_detail, "why") << "the request's own words";
}

TEST(Letters, FallBackToAReferenceWhenTheBrokerRefusesTheSize) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  member.letters.SetMaxBytes(100);
  rig.Append("a", kBadRow);
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 1);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  const StoredDeadLetter& letter = member.letters.stored()[0];
  EXPECT_EQ(letter.content, DeadLetter::Content::kReference);
  EXPECT_EQ(letter.key, "a");
  EXPECT_EQ(letter.value, std::nullopt);
  EXPECT_EQ(member.stats().dead_letter_references, 1U);
}

TEST(Letters, StayAReferenceAfterTheBrokerWasAway) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  member.letters.SetMaxBytes(100);
  rig.Append("a", kBadRow);
  member.letters.FailNext({Disposition::kReject, FailureReason::kRecordTooLarge, {}});
  member.letters.FailNext({Disposition::kHold, FailureReason::kBrokerUnreachable, {}});
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }, 5'000))
      << "the refused document must not take the value's place: it is as large";
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].key, "a");
}

TEST(Letters, GoWithoutTheirKeyWhenEvenThatIsTooLarge) {
  Rig rig;
  Member& member = rig.Start();
  member.letters.SetMaxBytes(100);
  rig.Append(std::string(300, 'k'), "!");
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }, 5'000));
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].key, std::nullopt);
  EXPECT_EQ(member.letters.stored()[0].offset, Offset{0}) << "the reference is enough";
}

TEST(Letters, HoldTheRefusedWriteWhenTheLogHasLostTheRecord) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  member.archive.SetGone(true);
  rig.Append("a", kBadRow);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 1);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].content, DeadLetter::Content::kReference);
  EXPECT_EQ(member.letters.stored()[0].value, "{\"bad\":\"" + kBad + "\"}");
}

TEST(Letters, GoWithoutTheRefusedWriteWhenThatIsTooLarge) {
  Rig rig;
  Member& member = rig.Start();
  RefuseBadRows(member);
  member.archive.SetGone(true);
  member.letters.SetMaxBytes(100);
  rig.Append("a", kBadRow);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }, 5'000));
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].value, std::nullopt);
}

TEST(Letters, AreSentAgainUntilTheyAreSafeAndSayWhy) {
  Rig rig;
  Member& member = rig.Start();
  for (int i = 0; i < 5; ++i)
    member.letters.FailNext({Disposition::kHold, FailureReason::kBrokerRefused, {}});
  rig.Append("a", "!");
  member.TurnUntilQuiet();
  member.RunFor(20);
  ASSERT_FALSE(member.observer.holds().empty());
  EXPECT_EQ(member.observer.holds()[0].reason, FailureReason::kBrokerRefused);
  EXPECT_THAT(member.observer.holds()[0].sentence, HasSubstr("dead-letter topic"));
  EXPECT_EQ(rig.Committed(), 0);
  ASSERT_TRUE(member.RunUntil([&] { return rig.Committed() == 1; }));
  EXPECT_THAT(member.observer.holds(), IsEmpty());
  EXPECT_EQ(member.letters.stored().size(), 1U);
}

TEST(Letters, WaitForTheArchive) {
  Rig rig;
  Member& member = rig.Start();
  member.archive.SetTrouble(Verdict{Disposition::kHold, FailureReason::kBrokerUnreachable, {}});
  rig.Append("a", "!");
  member.RunFor(500);
  EXPECT_EQ(rig.Committed(), 0);
  ASSERT_EQ(member.observer.holds().size(), 1U);
  member.archive.SetTrouble(std::nullopt);
  member.RunFor(300);
  EXPECT_EQ(rig.Committed(), 1);
  EXPECT_THAT(member.observer.holds(), IsEmpty());
}

TEST(Letters, AreNotWhereATopicDrains) {
  PipelineSettings settings = Rig::Defaults();
  settings.rejected_max_ppm = 500;  // five of ten thousand
  Rig rig(settings);
  Member& member = rig.Start();
  RefuseBadRows(member);
  for (int i = 0; i < 100; ++i) rig.Append("k" + std::to_string(i), kBadRow);
  member.RunFor(500);
  EXPECT_EQ(member.pipeline.end(), PipelineEnd::kHalted);
  EXPECT_EQ(member.observer.halt()->reason, FailureReason::kTooManyRejected);
  const std::string sentence = member.stats().halt_reason;
  EXPECT_THAT(sentence, HasSubstr("6 of the last 10000 records were refused"));
  EXPECT_THAT(sentence, HasSubstr("max_share allows 5"));
  EXPECT_THAT(sentence, HasSubstr("topic t, partition 0, offset 5"));
  EXPECT_THAT(sentence, HasSubstr("document_parsing_exception"));
  EXPECT_LE(member.letters.stored().size(), 5U);
  EXPECT_LE(rig.Committed(), 5);
}

TEST(Letters, RefuseADocumentOverItsLimitBeforeItIsSent) {
  PipelineSettings settings = Rig::Defaults();
  settings.document_max_bytes = 500;
  Rig rig(settings);
  Member& member = rig.Start();
  rig.Append("a", kBadRow);
  member.RunFor(300);
  EXPECT_EQ(member.index.requests_sent(), 0U);
  ASSERT_EQ(member.letters.stored().size(), 1U);
  EXPECT_EQ(member.letters.stored()[0].reason, RejectReason::kDocumentTooLarge);
  EXPECT_EQ(member.letters.stored()[0].stage, "plan");
  EXPECT_EQ(rig.Committed(), 1);
}

}  // namespace
}  // namespace sluice::testing
