// The bytes of an outbox's events.
#include "adapters/debezium/outbox_encoder.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

using Type = ColumnType;
using Form = OutboxShape::Form;

/// id, aggregatetype, aggregateid, type, payload, blob, amount, at.
Table Events() {
  Table table;
  table.schema = "public";
  table.name = "events";
  table.database = "app";
  table.columns = {MakeColumn("id", Type::kUuid, "uuid"),
                   MakeColumn("aggregatetype", Type::kText, "text"),
                   MakeColumn("aggregateid", Type::kText, "text"),
                   MakeColumn("type", Type::kText, "text"),
                   MakeColumn("payload", Type::kJson, "jsonb"),
                   MakeColumn("blob", Type::kBytes, "bytea"),
                   MakeColumn("amount", Type::kNumeric, "numeric"),
                   MakeColumn("at", Type::kTimestampTz, "timestamp with time zone"),
                   MakeColumn("version", Type::kInt32, "integer"),
                   MakeColumn("ok", Type::kBoolean, "boolean")};
  table.columns[0].optional = table.columns[2].optional = false;
  table.key = {0};
  return table;
}

class OutboxEncoderTest : public ::testing::Test {
 protected:
  OutboxEncoderTest() {
    options_.logical_name = "p";
    options_.database = "app";
    shape_.key = 2;
    shape_.payload = 4;
    values_ = {Sent("11111111-0000-4000-8000-000000000001"),
               Sent("Order"),
               Sent("42"),
               Sent("created"),
               Sent(R"({"n": null, "id": 42, "lines": [{"qty": 1.50, "sku": "a"}]})"),
               Sent("\\x00ff"),
               Sent("12.50"),
               Sent("2026-03-01 10:15:30.123456+00"),
               Sent("7"),
               Sent("t")};
  }
  [[nodiscard]] Row row() const { return values_; }
  std::string Key() {
    OutboxEncoder encoder(options_);
    return std::string(encoder.Key(shape_, Events(), row()).value_or("(none)"));
  }
  std::string Value() {
    OutboxEncoder encoder(options_);
    const OutboxValue value = encoder.Event(shape_, Events(), row(), "Order");
    as_text_ = value.as_text;
    return std::string(value.bytes.value_or("(none)"));
  }
  std::string Plain(uint32_t column) {
    OutboxEncoder encoder(options_);
    return std::string(encoder.PlainText(Events(), column, row()).value_or("(none)"));
  }
  void Follow() {
    options_.fidelity = [](const Table&) { return Fidelity::kCompat; };
  }

  EncoderOptions options_;
  OutboxShape shape_;
  std::array<ColumnValue, 10> values_;
  bool as_text_ = false;
};

// The records of a real EventRouter: docs/FINDINGS.md, tests/e2e/cases/outbox.py.
TEST_F(OutboxEncoderTest, KeyAndPayloadAreTextsInQuotes) {
  EXPECT_EQ(Key(), R"("42")");
  EXPECT_EQ(Value(),
            R"("{\"n\": null, \"id\": 42, \"lines\": [{\"qty\": 1.50, \"sku\": \"a\"}]}")");
  EXPECT_FALSE(as_text_);
  values_[2] = Sent("");
  EXPECT_EQ(Key(), R"("")");
  values_[4] = Sent(R"("just a string")");
  EXPECT_EQ(Value(), R"("\"just a string\"")");
}

TEST_F(OutboxEncoderTest, ANullPayloadIsTheJsonNull) {
  values_[4] = Null();
  EXPECT_EQ(Value(), "null");
  options_.value_schemas = true;
  EXPECT_EQ(Value(), R"({"schema":{"type":"string","optional":true,"name":"io.debezium.data.Json",)"
                     R"("version":1},"payload":null})");
}

TEST_F(OutboxEncoderTest, SchemasAreThoseOfTheColumns) {
  options_.key_schemas = options_.value_schemas = true;
  EXPECT_EQ(Key(), R"({"schema":{"type":"string","optional":false},"payload":"42"})");
  values_[4] = Sent("{}");
  EXPECT_EQ(Value(), R"({"schema":{"type":"string","optional":true,"name":"io.debezium.data.Json",)"
                     R"("version":1},"payload":"{}"})");
}

TEST_F(OutboxEncoderTest, FurtherColumnsStandBesideThePayload) {
  shape_.fields = {{3, "eventType"}, {9, "ok"}};
  values_[4] = Sent("{}");
  EXPECT_EQ(Value(), R"({"payload":"{}","eventType":"created","ok":true})");
  values_[3] = Null();
  values_[4] = Null();
  EXPECT_EQ(Value(), R"({"payload":null,"eventType":null,"ok":true})");
}

TEST_F(OutboxEncoderTest, TheSchemaOfSuchAValueTellsWhatItWasRoutedByAndItsVersion) {
  options_.value_schemas = true;
  shape_.fields = {{3, "eventType"}};
  values_[4] = Sent("{}");
  constexpr const char* kFields =
      R"({"schema":{"type":"struct","fields":[{"type":"string","optional":true,)"
      R"("name":"io.debezium.data.Json","version":1,"field":"payload"},)"
      R"({"type":"string","optional":true,"field":"eventType"}],"optional":false,)"
      R"("name":"p.public.events.Order.Value")";
  constexpr const char* kPayload = R"("payload":{"payload":"{}","eventType":"created"}})";
  EXPECT_EQ(Value(), std::string(kFields) + "}," + kPayload);
  shape_.schema_version = 8;
  EXPECT_EQ(Value(), std::string(kFields) + ",\"version\":7}," + kPayload);
  values_[8] = Null();
  EXPECT_EQ(Value(), std::string(kFields) + "}," + kPayload);
}

TEST_F(OutboxEncoderTest, JsonIsToldAsJsonWhereThatIsWanted) {
  shape_.expands = true;
  EXPECT_EQ(Value(), R"({"id":42,"lines":[{"qty":1.50,"sku":"a"}]})");
  EXPECT_FALSE(as_text_);
  shape_.nulls = EmptyMember::kKept;
  EXPECT_EQ(Value(), R"({"n":null,"id":42,"lines":[{"qty":1.50,"sku":"a"}]})");
  values_[4] = Sent("[1, \"x\"]");
  EXPECT_EQ(Value(), R"([1,"x"])");
  shape_.fields = {{3, "eventType"}};
  EXPECT_EQ(Value(), R"({"payload":[1,"x"],"eventType":"created"})");
}

TEST_F(OutboxEncoderTest, WhatIsNoJsonIsToldAsATextAndSaidSo) {
  shape_.expands = true;
  for (const char* text : {"12", "\"s\"", "null", "{broken"}) {
    values_[4] = Sent(text);
    EXPECT_EQ(Value().front(), '"') << text;
    EXPECT_TRUE(as_text_) << text;
  }
  values_[4] = Null();
  EXPECT_EQ(Value(), "null");
  EXPECT_FALSE(as_text_) << "there is nothing to be expanded";
  shape_.payload = 5;
  EXPECT_EQ(Value(), R"("AP8=")");
  EXPECT_TRUE(as_text_) << "bytes are no text";
}

TEST_F(OutboxEncoderTest, AnExpandedPayloadBringsItsSchema) {
  options_.value_schemas = true;
  shape_.expands = true;
  values_[4] = Sent(R"({"id": 42})");
  EXPECT_EQ(Value(), R"({"schema":{"type":"struct","fields":[{"type":"int32","optional":true,)"
                     R"("field":"id"}],"optional":true,"name":"payload"},"payload":{"id":42}})");
  values_[4] = Sent(R"([1, "x"])");
  EXPECT_EQ(Value(), R"({"schema":{"type":"string","optional":true,"name":"io.debezium.data.Json",)"
                     R"("version":1},"payload":"[1, \"x\"]"})")
      << "no schema holds both";
  EXPECT_TRUE(as_text_);
  shape_.fields = {{3, "t"}};
  values_[4] = Sent(R"({"id": 42})");
  EXPECT_EQ(Value(), R"({"schema":{"type":"struct","fields":[{"type":"struct","fields":[)"
                     R"({"type":"int32","optional":true,"field":"id"}],"optional":true,)"
                     R"("name":"payload","field":"payload"},)"
                     R"({"type":"string","optional":true,"field":"t"}],"optional":false,)"
                     R"("name":"p.public.events.Order.Value"},)"
                     R"("payload":{"payload":{"id":42},"t":"created"}})");
}

TEST_F(OutboxEncoderTest, FollowsDebeziumInTheNumbersOfAPayload) {
  Follow();
  shape_.expands = true;
  EXPECT_EQ(Value(), R"({"id":42,"lines":[{"qty":1.5,"sku":"a"}]})");
}

TEST_F(OutboxEncoderTest, AsTextNothingIsAdded) {
  shape_.key_form = shape_.value_form = Form::kText;
  EXPECT_EQ(Key(), "42");
  EXPECT_EQ(Value(), R"({"n": null, "id": 42, "lines": [{"qty": 1.50, "sku": "a"}]})");
  shape_.payload = 5;
  EXPECT_EQ(Value(), std::string("\0\xff", 2));
  values_[2] = values_[5] = Null();
  EXPECT_EQ(Key(), "(none)");
  EXPECT_EQ(Value(), "(none)");
}

TEST_F(OutboxEncoderTest, AKeyStaysAsItIsWhileTheRestIsAskedFor) {
  shape_.key_form = shape_.value_form = Form::kText;
  OutboxEncoder encoder(options_);
  const auto key = encoder.Key(shape_, Events(), row());
  const OutboxValue value = encoder.Event(shape_, Events(), row(), "Order");
  EXPECT_EQ(encoder.PlainText(Events(), 3, row()), "created");
  EXPECT_EQ(key, "42");
  EXPECT_EQ(value.bytes->substr(0, 5), "{\"n\":");
}

TEST_F(OutboxEncoderTest, HeadersHoldValuesWithoutQuotes) {
  EXPECT_EQ(Plain(0), "11111111-0000-4000-8000-000000000001");
  EXPECT_EQ(Plain(8), "7");
  EXPECT_EQ(Plain(9), "true");
  EXPECT_EQ(Plain(6), "12.50");
  EXPECT_EQ(Plain(7), "2026-03-01T10:15:30.123456Z");
  values_[3] = Sent("a \"b\" \n Zo\xc3\xab \xf0\x9f\x98\x80");
  EXPECT_EQ(Plain(3), "a \"b\" \n Zo\xc3\xab \xf0\x9f\x98\x80");
  values_[3] = Sent("null");
  EXPECT_EQ(Plain(3), "null");
  values_[3] = Null();
  EXPECT_EQ(Plain(3), "(none)");
}

TEST_F(OutboxEncoderTest, TimesAreMilliseconds) {
  const OutboxEncoder encoder(options_);
  EXPECT_EQ(encoder.MillisOf(Events(), 7, row()), 1772360130123);
  values_[7] = Sent("2026-03-01 12:15:30.5+02");
  EXPECT_EQ(encoder.MillisOf(Events(), 7, row()), 1772360130500);
  values_[7] = Sent("1969-12-31 23:59:59+00");
  EXPECT_EQ(encoder.MillisOf(Events(), 7, row()), -1000);
  for (const ColumnValue& none : {Null(), Sent("infinity"), Sent("-infinity"), Sent("soon")}) {
    values_[7] = none;
    EXPECT_FALSE(encoder.MillisOf(Events(), 7, row()));
  }
}

TEST_F(OutboxEncoderTest, AMaskHidesWhatIsInThePayload) {
  options_.masks.push_back(
      {MaskRule::Kind::kStars, 3, "", "", [](const Table&, const Column& column) {
         return column.name == "payload" || column.name == "type";
       }});
  Table table = Events();
  table.columns[4].type = Type::kText;
  table.columns[4].type_name = "text";
  shape_.expands = true;
  OutboxEncoder encoder(options_);
  EXPECT_EQ(*encoder.Event(shape_, table, row(), "Order").bytes, R"("***")");
  EXPECT_EQ(*encoder.PlainText(table, 3, row()), "***");
}

}  // namespace
}  // namespace sluice::debezium
