#include "tests/contract/destinations_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>

namespace sluice::testing {
namespace {

constexpr int kTurnsMax = 3'000;

/// What Send() borrows lives until the test ends.
std::deque<std::string>& Texts() {
  static std::deque<std::string> texts;
  return texts;
}

}  // namespace

void DestinationsContract::Send(uint64_t token, uint32_t destination, const std::string& body,
                                const std::string& key) {
  const std::string& kept_body = Texts().emplace_back(body);
  const std::string& kept_key = Texts().emplace_back(key);
  harness_->destinations().Send({token, DestinationSlot{destination}, kept_body, kept_key, 1});
}

void DestinationsContract::Await(size_t count) {
  for (int turn = 0; turn < kTurnsMax && answers_.size() < count; ++turn) {
    harness_->destinations().Poll(answers_);
    harness_->Step();
  }
  ASSERT_EQ(answers_.size(), count);
}

Disposition DestinationsContract::AnswerOf(uint64_t token) const {
  const auto found = std::find_if(answers_.begin(), answers_.end(),
                                  [token](const auto& answer) { return answer.token == token; });
  EXPECT_NE(found, answers_.end()) << token << " has no answer";
  return found == answers_.end() ? Disposition::kHalt : found->failure.verdict.disposition;
}

TEST_P(DestinationsContract, EachDeliveryIsAnsweredOnceUnderItsToken) {
  for (uint64_t token = 1; token <= 20; ++token)
    Send(token, 0, "{\"n\":" + std::to_string(token) + "}", "k" + std::to_string(token));
  Await(20);
  for (uint64_t token = 1; token <= 20; ++token) EXPECT_EQ(AnswerOf(token), Disposition::kDone);
  for (int i = 0; i < 20; ++i) harness_->destinations().Poll(answers_);
  EXPECT_EQ(answers_.size(), 20U);
  EXPECT_EQ(harness_->Found().size(), 20U);
}

TEST_P(DestinationsContract, ADeliveryArrivesAsItWasGiven) {
  Send(1, 0, "{\"a\":\"\xC3\xBC\"}", "key-1");
  Await(1);
  ASSERT_EQ(harness_->Found().size(), 1U);
  EXPECT_EQ(harness_->Found()[0].body, "{\"a\":\"\xC3\xBC\"}");
  EXPECT_EQ(harness_->Found()[0].idempotency_key, "key-1");
}

TEST_P(DestinationsContract, WhatIsRefusedIsTold) {
  Send(1, 0, "{\"bad\":1}", "k1");
  Send(2, 0, "{\"later\":1}", "k2");
  Send(3, 0, "{}", "k3");
  Await(3);
  EXPECT_EQ(AnswerOf(1), Disposition::kReject);
  EXPECT_EQ(AnswerOf(2), Disposition::kRetry);
  EXPECT_EQ(AnswerOf(3), Disposition::kDone);
  for (const DeliveryAnswer& answer : answers_) {
    EXPECT_EQ(answer.retry_after_us, answer.token == 2 ? 3'000'000 : 0);
    EXPECT_EQ(answer.token == 3, answer.failure.verdict.disposition == Disposition::kDone);
  }
}

TEST_P(DestinationsContract, OneThatNeverAnswersHoldsUpNoOther) {
  Send(1, 1, "{}", "k1");
  Send(2, 0, "{}", "k2");
  Await(1);
  EXPECT_EQ(AnswerOf(2), Disposition::kDone);
}

TEST_P(DestinationsContract, WhatIsCancelledIsAnsweredSoAndLookedAtNoMore) {
  {
    const std::string body = "{\"x\":1}";
    const std::string key = "k";
    harness_->destinations().Send({1, DestinationSlot{1}, body, key, 1});
    harness_->destinations().Poll(answers_);
    harness_->destinations().CancelAll();
  }  // what was borrowed is gone
  Await(1);
  EXPECT_EQ(AnswerOf(1), Disposition::kCancelled);
  Send(2, 0, "{}", "k2");
  Await(2);
  EXPECT_EQ(AnswerOf(2), Disposition::kDone);
}

}  // namespace sluice::testing
