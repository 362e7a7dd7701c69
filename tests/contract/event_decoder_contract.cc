#include "tests/contract/event_decoder_contract.h"

#include <vector>

#include "core/operations/index/plan_write.h"

namespace sluice::testing {

void EventDecoderContract::SetUp() {
  harness_ = GetParam()();
  decoder().Bind(kSlot, {"t", 0});
}

const ChangeEvent& EventDecoderContract::Decode(std::optional<std::string> key,
                                                std::optional<std::string> value) {
  key_ = std::move(key);
  value_ = std::move(value);
  Record record;
  record.partition = kSlot;
  if (key_) record.key = *key_;
  if (value_) record.value = *value_;
  decoder().Decode(record, event_);
  return event_;
}

TEST_P(EventDecoderContract, AWholeDocumentIsToldWithItsKey) {
  const ChangeEvent& event = Decode(harness_->Key("a"), harness_->Value(R"({"v":"1"})"));
  ASSERT_EQ(PlanOf(event.kind), Plan::kWrite);
  EXPECT_EQ(ActionOf(event.kind), WriteAction::kIndex);
  EXPECT_EQ(event.after, R"({"v":"1"})");
  EXPECT_FALSE(event.wants_id);
  EXPECT_TRUE(event.unchanged.empty());
  ASSERT_EQ(event.key.size(), 1U);
  EXPECT_EQ(event.key.front().kind, KeyPart::Kind::kText);
  EXPECT_EQ(event.key.front().text, "a");
}

TEST_P(EventDecoderContract, NoValueIsATombstoneOfItsKey) {
  const ChangeEvent& event = Decode(harness_->Key("a"), std::nullopt);
  EXPECT_EQ(event.kind, EventKind::kTombstone);
  EXPECT_TRUE(event.after.empty());
  ASSERT_EQ(event.key.size(), 1U);
  EXPECT_EQ(event.key.front().text, "a");
}

TEST_P(EventDecoderContract, NeitherKeyNorValueIsSkipped) {
  EXPECT_EQ(Decode(std::nullopt, std::nullopt).kind, EventKind::kSkip);
  EXPECT_EQ(event_.skip, SkipRule::kNullKeyAndValue);
}

TEST_P(EventDecoderContract, ADocumentWithoutAKeyIsRefused) {
  EXPECT_EQ(Decode(std::nullopt, harness_->Value(R"({"v":"1"})")).kind, EventKind::kReject);
  EXPECT_EQ(event_.reject, RejectReason::kNullKey);
  EXPECT_TRUE(event_.key.empty());
}

TEST_P(EventDecoderContract, WhatIsNotUnderstoodIsRefusedWithItsKey) {
  EXPECT_EQ(Decode(harness_->Key("a"), "!").kind, EventKind::kReject);
  EXPECT_EQ(event_.reject, RejectReason::kBadJson);
  EXPECT_TRUE(event_.after.empty());
  ASSERT_EQ(event_.key.size(), 1U);
  EXPECT_EQ(event_.key.front().text, "a");
}

TEST_P(EventDecoderContract, NothingOfTheLastRecordRemains) {
  Decode(harness_->Key("a"), harness_->Value(R"({"v":"1","w":"2"})"));
  Decode(std::nullopt, "!");
  EXPECT_EQ(event_.kind, EventKind::kReject);
  EXPECT_TRUE(event_.key.empty());
  EXPECT_TRUE(event_.after.empty());
  Decode(harness_->Key("b"), harness_->Value(R"({"v":"3"})"));
  EXPECT_EQ(event_.key.front().text, "b");
  EXPECT_EQ(event_.after, R"({"v":"3"})");
}

TEST_P(EventDecoderContract, ColumnsThatItDoesNotHaveCannotBeUnchanged) {
  Decode(harness_->Key("a"), harness_->Value(R"({"v":"1"})"));
  EXPECT_TRUE(decoder().SetUnchanged({}, event_));
  EXPECT_TRUE(event_.unchanged.empty());
  const std::vector<std::string> names = {"w"};
  EXPECT_FALSE(decoder().SetUnchanged(names, event_));
}

TEST_P(EventDecoderContract, ASlotMayBeBoundAgain) {
  Decode(harness_->Key("a"), harness_->Value(R"({"v":"1"})"));
  decoder().Bind(kSlot, {"t", 0});
  decoder().Bind(PartitionSlot{5}, {"t", 1});
  EXPECT_EQ(Decode(harness_->Key("a"), harness_->Value(R"({"v":"2"})")).after, R"({"v":"2"})");
}

}  // namespace sluice::testing
