#include "adapters/debezium/delivery_decoder.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

constexpr const char* kKey = R"({"package_id":3})";
constexpr std::string_view kRow =
    R"({"id":7,"package_id":3,"customer":"acme","status":"In Transit","next_address":null})";

std::string Envelope(std::string_view row, std::string_view op = "c") {
  return R"({"before":null,"after":)" + std::string(row) + R"(,"source":{"ts_ms":5},"op":")" +
         std::string(op) + R"(","ts_ms":6})";
}

class DeliveryDecoderTest : public ::testing::Test {
 protected:
  DeliveryDecoderTest() { decoder_.Bind(PartitionSlot{0}, {"package_moviment_topic", 0}); }
  const DeliveryEvent& Read(std::optional<std::string> value,
                            std::optional<std::string> key = kKey) {
    value_ = std::move(value);
    key_ = std::move(key);
    Record record;
    if (key_) record.key = *key_;
    if (value_) record.value = *value_;
    decoder_.Read(record, event_);
    return event_;
  }
  void ExpectReject(RejectReason reason) {
    EXPECT_EQ(event_.kind, DeliveryEvent::Kind::kReject);
    EXPECT_STREQ(RejectReasonName(event_.reject), RejectReasonName(reason));
  }

  DeliveryDecoder decoder_{{}};
  DeliveryEvent event_;
  std::optional<std::string> value_;
  std::optional<std::string> key_;
};

TEST_F(DeliveryDecoderTest, ARowIsToldAsItIsToWhomItNames) {
  for (const char* op : {"c", "r", "u"}) {
    const DeliveryEvent& event = Read(Envelope(kRow, op));
    EXPECT_EQ(event.kind, DeliveryEvent::Kind::kDeliver) << op;
    EXPECT_EQ(event.destination, "acme");
    EXPECT_EQ(event.order, "3");
    EXPECT_EQ(event.body, kRow);
    EXPECT_EQ(event.source_ms, 5);
  }
}

TEST_F(DeliveryDecoderTest, AWholeNumberNamesADestinationToo) {
  EXPECT_EQ(Read(Envelope(R"({"customer":12})")).destination, "12");
}

TEST_F(DeliveryDecoderTest, DeletesAndTombstonesTellNobodyAnything) {
  Read(R"({"before":{"id":7},"after":null,"source":{"ts_ms":5},"op":"d","ts_ms":6})");
  EXPECT_EQ(event_.kind, DeliveryEvent::Kind::kSkip);
  EXPECT_EQ(event_.skip, SkipRule::kDeleted);
  Read(std::nullopt);
  EXPECT_EQ(event_.kind, DeliveryEvent::Kind::kSkip);
  EXPECT_EQ(event_.skip, SkipRule::kTombstone);
  Read(R"({"before":null,"after":null,"source":{"ts_ms":5},"op":"t","ts_ms":6})");
  EXPECT_EQ(event_.skip, SkipRule::kTruncateIgnored);
}

TEST_F(DeliveryDecoderTest, WhatCannotBeDeliveredSaysWhy) {
  Read("not json");
  ExpectReject(RejectReason::kBadJson);
  Read("{}");
  ExpectReject(RejectReason::kNotAnEnvelope);
  Read(Envelope(R"({"id":1})"));
  ExpectReject(RejectReason::kNoDestination);
  for (const char* customer : {"null", "\"\"", "true", "1.5", "{}", "[]"}) {
    Read(Envelope(R"({"customer":)" + std::string(customer) + "}"));
    ExpectReject(RejectReason::kNoDestination);
  }
  Read(Envelope(kRow), std::nullopt);
  ExpectReject(RejectReason::kNullKey);
  Read(Envelope(R"({"customer":"acme","note":"__debezium_unavailable_value"})", "u"));
  ExpectReject(RejectReason::kIncompleteRow);
}

TEST_F(DeliveryDecoderTest, DamagedRecordsAreNeverMoreThanThat) {
  const std::string whole = Envelope(kRow);
  for (size_t length = 0; length < whole.size(); ++length) {
    Read(whole.substr(0, length));
    EXPECT_NE(event_.kind, DeliveryEvent::Kind::kDeliver) << length;
  }
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    std::string text = whole;
    for (size_t changes = 1 + random() % 3; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random());
    Read(text);  // whatever it says, it says it
  }
}

}  // namespace
}  // namespace sluice::debezium
