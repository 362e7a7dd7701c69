// Values that are not told as they are, and how that is counted.
#include <gtest/gtest.h>

#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

using Type = ColumnType;

Column Timestamp() {
  Column column = MakeColumn("v", Type::kTimestamp);
  column.scale = 6;
  return column;
}

TEST(AlteredValues, WhatIsBeyondItsNumberIsCounted) {
  EncoderRig rig;
  rig.options().time = TimeMode::kMicroseconds;
  EXPECT_EQ(rig.Json(Timestamp(), Sent("294276-12-31 23:59:59")), "9223372036854775806");
  EXPECT_EQ(rig.clamped, 1U);
  EXPECT_EQ(rig.Json(Timestamp(), Sent("2262-04-12 00:00:00")), "9223372800000000");
  EXPECT_EQ(rig.clamped, 0U);
  EXPECT_EQ(rig.Json(Timestamp(), Sent("infinity")), "9223372036854775807");
  EXPECT_EQ(rig.clamped, 0U) << "the form has a place for it";
  rig.options().time = TimeMode::kNanoseconds;
  EXPECT_EQ(rig.Json(Timestamp(), Sent("2262-04-12 00:00:00")), "9223372036854775806");
  EXPECT_EQ(rig.clamped, 1U);
  EXPECT_EQ(rig.Json(Timestamp(), Sent("1600-01-01 00:00:00")), "-9223372036854775807");
  EXPECT_EQ(rig.clamped, 1U);
  rig.options().time = TimeMode::kIsoString;
  rig.Json(Timestamp(), Sent("294276-12-31 23:59:59"));
  EXPECT_EQ(rig.clamped, 0U);
  EXPECT_EQ(rig.Json(Type::kInterval, "290000 years"), "9151704000000000000");
  EXPECT_EQ(rig.clamped, 0U);
  EXPECT_EQ(rig.Json(Type::kInterval, "-300000 years"), "-9223372036854775808");
  EXPECT_EQ(rig.clamped, 1U);
  rig.Compat().options().time = TimeMode::kMicroseconds;
  EXPECT_EQ(rig.Json(Timestamp(), Sent("294276-12-31 23:59:59.999999")), "-9223372036853775810");
  EXPECT_EQ(rig.clamped, 1U) << "it wraps around";
}

TEST(AlteredValues, AnArrayCountsEachOfItsItems) {
  EncoderRig rig;
  rig.options().time = TimeMode::kNanoseconds;
  rig.ArrayJson(Type::kTimestamp, R"({"3000-01-01 00:00:00","2000-01-01 00:00:00",infinity})");
  EXPECT_EQ(rig.clamped, 1U);
}

TEST(AlteredValues, OfATypeThatIsGoneAreTheirTextAndCounted) {
  EncoderRig rig;
  Column column = MakeColumn("v", Type::kOther);
  column.untyped = true;
  EXPECT_EQ(rig.Json(column, Sent("{sad,\"so so\"}")), R"("{sad,\"so so\"}")");
  EXPECT_EQ(rig.counts[static_cast<size_t>(Alteration::kUntyped)], 1U);
  EXPECT_EQ(rig.Json(column, Null()), "null");
  EXPECT_EQ(rig.counts[static_cast<size_t>(Alteration::kUntyped)], 0U);
}

TEST(AlteredValues, WhatIsCountedIsItsColumnsOwnAndTakenOnce) {
  EnvelopeEncoder encoder({});
  Table table;
  table.schema = "s";
  table.name = "t";
  table.key = {0};
  table.columns = {MakeColumn("id", Type::kInt32), MakeColumn("a", Type::kInt32),
                   MakeColumn("b", Type::kText)};
  const ColumnValue odd[] = {Sent("x"), Sent("1"), Sent("\xff\xfe")};
  static_cast<void>(encoder.Key(table, Row(odd)));
  static_cast<void>(encoder.Value(RowOperation::kUpdate, table, Row(odd), Row(odd), {}));
  const AlteredValues expected = {{{"s.t", "id"}, {0, 3, 0, 0}}, {{"s.t", "b"}, {0, 0, 4, 0}}};
  EXPECT_EQ(encoder.TakeAltered(), expected);
  EXPECT_TRUE(encoder.TakeAltered().empty());
}

}  // namespace
}  // namespace sluice::debezium
