#include "tests/contract/dead_letters_contract.h"

#include <chrono>

namespace sluice::testing {

void DeadLettersContract::SetUp() {
  harness_ = GetParam()();
}

void DeadLettersContract::AwaitAcks(DeadLetters& letters, size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  // An acknowledgement too many would come with one of the turns that follow.
  for (int more = 0; more < 20; more += acks_.size() >= count ? 1 : 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << acks_.size() << " of " << count;
    std::vector<DeadLetterAck> acks;
    letters.Poll(acks);
    for (const DeadLetterAck& ack : acks) acks_.emplace(ack.token, ack.verdict);
    harness_->Step();
  }
  ASSERT_EQ(acks_.size(), count);
}

namespace {

DeadLetter Letter() {
  DeadLetter letter;
  letter.stream = {"cdc.public.users", 4};
  letter.offset = Offset{17};
  letter.key = "k";
  letter.value = "{\"broken\"";
  letter.stage = "decode";
  letter.reason = RejectReason::kBadJson;
  letter.attempts = 1;
  return letter;
}

TEST_P(DeadLettersContract, KeepsTheRecordsBytesAndAllThatIsSaidOfIt) {
  {
    // All of it is gone before the first Poll(): what is passed is copied.
    const std::vector<Header> own = {{"trace", "1"}, {"nothing", std::nullopt}, {"empty", ""}};
    const std::vector<Offset> replaced = {{11}, {12}};
    const std::string key = "k\n";
    const std::string value = {'{', '\0', '\xff'};
    const std::string index = "users";
    DeadLetter letter = Letter();
    letter.key = key;
    letter.value = value;
    letter.headers = own;
    letter.stage = "write";
    letter.reason = RejectReason::kDocumentRejected;
    letter.index = index;
    letter.id = "7";
    letter.version = 18;
    letter.operation = "update";
    letter.attempts = 3;
    letter.replaced = replaced;
    ASSERT_TRUE(harness_->letters().Send(1, letter));
  }
  AwaitAcks(harness_->letters(), 1);
  EXPECT_EQ(acks_.find(1)->second.disposition, Disposition::kDone);
  const std::vector<FoundDeadLetter> found = harness_->Find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].stream, (TopicPartition{"cdc.public.users", 4}));
  EXPECT_EQ(found[0].offset, Offset{17});
  EXPECT_EQ(found[0].content, DeadLetter::Content::kOriginal);
  EXPECT_EQ(found[0].key, "k\n");
  EXPECT_EQ(found[0].value, std::string({'{', '\0', '\xff'}));
  ASSERT_EQ(found[0].headers.size(), 3U);
  EXPECT_EQ(found[0].headers[0].name, "trace");
  EXPECT_EQ(found[0].headers[0].value, "1");
  EXPECT_EQ(found[0].headers[1].value, std::nullopt);
  EXPECT_EQ(found[0].headers[2].value, "");
  EXPECT_EQ(found[0].stage, "write");
  EXPECT_EQ(found[0].reason, RejectReasonName(RejectReason::kDocumentRejected));
  EXPECT_EQ(found[0].index, "users");
  EXPECT_EQ(found[0].id, "7");
  EXPECT_EQ(found[0].version, 18);
  EXPECT_EQ(found[0].operation, "update");
  EXPECT_EQ(found[0].attempts, 3U);
  EXPECT_EQ(found[0].replaced, (std::vector<Offset>{{11}, {12}}));
}

TEST_P(DeadLettersContract, KeepsNoneAndEmptyApartAndNamesAReference) {
  DeadLetter tombstone = Letter();
  tombstone.value.reset();
  DeadLetter keyless = Letter();
  keyless.key.reset();
  keyless.value = "";
  DeadLetter reference = Letter();
  reference.content = DeadLetter::Content::kReference;
  reference.key = "";
  ASSERT_TRUE(harness_->letters().Send(1, tombstone));
  ASSERT_TRUE(harness_->letters().Send(2, keyless));
  ASSERT_TRUE(harness_->letters().Send(3, reference));
  AwaitAcks(harness_->letters(), 3);
  const std::vector<FoundDeadLetter> found = harness_->Find();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].value, std::nullopt);
  EXPECT_EQ(found[1].key, std::nullopt);
  EXPECT_EQ(found[1].value, "");
  EXPECT_EQ(found[1].content, DeadLetter::Content::kOriginal);
  EXPECT_EQ(found[2].key, "");
  EXPECT_EQ(found[2].content, DeadLetter::Content::kReference);
}

TEST_P(DeadLettersContract, AcknowledgesEachLetterOnce) {
  for (uint64_t token = 1; token <= 5; ++token) {
    DeadLetter letter = Letter();
    letter.offset = Offset{static_cast<int64_t>(token)};
    ASSERT_TRUE(harness_->letters().Send(token, letter));
  }
  AwaitAcks(harness_->letters(), 5);
  for (uint64_t token = 1; token <= 5; ++token) EXPECT_EQ(acks_.count(token), 1U) << token;
  EXPECT_EQ(harness_->Find().size(), 5U);
}

TEST_P(DeadLettersContract, SaysThatItsQueueIsFullAndTakesMoreLater) {
  uint64_t sent = 0;
  while (sent < 1'000 && harness_->letters().Send(sent, Letter())) ++sent;
  EXPECT_LE(sent, DeadLettersHarness::kQueueMax);
  EXPECT_GT(sent, 0U);
  AwaitAcks(harness_->letters(), sent);
  EXPECT_TRUE(harness_->letters().Send(sent, Letter()));
  AwaitAcks(harness_->letters(), sent + 1);
  EXPECT_EQ(harness_->Find().size(), sent + 1) << "what was refused as full must not be there";
}

TEST_P(DeadLettersContract, RefusesALetterForItsSizeAndNotItsNeighbours) {
  const std::string large(DeadLettersHarness::kTooLargeBytes, 'x');
  DeadLetter too_large = Letter();
  too_large.value = large;
  ASSERT_TRUE(harness_->letters().Send(1, Letter()));
  ASSERT_TRUE(harness_->letters().Send(2, too_large));
  ASSERT_TRUE(harness_->letters().Send(3, Letter()));
  AwaitAcks(harness_->letters(), 3);
  EXPECT_EQ(acks_.find(1)->second.disposition, Disposition::kDone);
  EXPECT_EQ(acks_.find(2)->second.disposition, Disposition::kReject);
  EXPECT_EQ(acks_.find(2)->second.reason, FailureReason::kRecordTooLarge);
  EXPECT_EQ(acks_.find(3)->second.disposition, Disposition::kDone);
  EXPECT_EQ(harness_->Find().size(), 2U);
}

TEST_P(DeadLettersContract, HoldsWhatItCannotBringThere) {
  ASSERT_TRUE(harness_->cut_off().Send(9, Letter()));
  AwaitAcks(harness_->cut_off(), 1);
  EXPECT_EQ(acks_.find(9)->second.disposition, Disposition::kHold);
  EXPECT_EQ(acks_.find(9)->second.reason, FailureReason::kBrokerUnreachable);
  // What is held is sent again by the caller, here where it can arrive.
  ASSERT_TRUE(harness_->letters().Send(9, Letter()));
  AwaitAcks(harness_->letters(), 2);
  EXPECT_EQ(harness_->Find().size(), 1U);
}

}  // namespace
}  // namespace sluice::testing
