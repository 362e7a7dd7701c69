// Two rows that the database tells apart have two keys, or the source halts.
#include "adapters/debezium/inexact_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

using Type = ColumnType;
using ::testing::HasSubstr;

/// What became of a key of one column.
struct ToldKey {
  std::string json;
  std::string halt;  ///< Empty: it is told exactly.
};

struct KeyRig {
  EncoderOptions options;
  Column column = MakeColumn("k", Type::kText);

  explicit KeyRig(Type type) : column(MakeColumn("k", type)) {}

  KeyRig& Compat() {
    options.fidelity = [](const Table&) { return Fidelity::kCompat; };
    return *this;
  }
  [[nodiscard]] Table MakeTable() const {
    Table table;
    table.schema = "public";
    table.name = "t";
    table.columns = {column};
    table.key = {0};
    return table;
  }
  [[nodiscard]] ToldKey Tell(ColumnValue value) const {
    EnvelopeEncoder encoder(options);
    ToldKey told;
    told.json = encoder.Key(MakeTable(), std::span(&value, 1)).value_or("");
    if (encoder.failure().verdict.disposition == Disposition::kHalt) {
      told.halt = encoder.failure().detail;
    }
    return told;
  }
  [[nodiscard]] std::string Halt(std::string_view text) const { return Tell(Sent(text)).halt; }
  [[nodiscard]] bool IsExact(std::string_view text) const { return Halt(text).empty(); }
};

TEST(InexactKeys, TheSentenceNamesColumnValueModeAndCure) {
  KeyRig rig(Type::kTimestamp);
  rig.options.time = TimeMode::kConnect;
  const std::string halt = rig.Halt("2026-01-01 00:00:00.000001");
  EXPECT_THAT(halt, HasSubstr("public.t"));
  EXPECT_THAT(halt, HasSubstr("column k: "));
  EXPECT_THAT(halt, HasSubstr("time.precision.mode=connect"));
  EXPECT_THAT(halt, HasSubstr("set time.precision.mode: adaptive"));
}

TEST(InexactKeys, TimesThatMillisecondsHoldGoOn) {
  for (const Type type : {Type::kTimestamp, Type::kTime}) {
    const std::string day = type == Type::kTimestamp ? "2026-01-01 " : "";
    KeyRig rig(type);
    rig.options.time = TimeMode::kConnect;
    EXPECT_TRUE(rig.IsExact(day + "10:00:00.123"));
    EXPECT_FALSE(rig.IsExact(day + "10:00:00.123001"));
    rig.options.time = TimeMode::kAdaptive;
    EXPECT_TRUE(rig.IsExact(day + "10:00:00.123001"));
    rig.options.time = TimeMode::kIsoString;
    EXPECT_TRUE(rig.IsExact(day + "10:00:00.123001"));
  }
  KeyRig zoned(Type::kTimestampTz);
  zoned.column.scale = 3;
  EXPECT_TRUE(zoned.IsExact("2026-01-01 10:00:00.123+00"));
  EXPECT_FALSE(zoned.IsExact("2026-01-01 10:00:00.1234+00"));
}

TEST(InexactKeys, MomentsBeyondTheirNumberAndInfinities) {
  KeyRig rig(Type::kTimestamp);
  rig.options.time = TimeMode::kNanoseconds;
  EXPECT_TRUE(rig.IsExact("2200-01-01 00:00:00"));
  EXPECT_TRUE(rig.IsExact("infinity"));
  EXPECT_TRUE(rig.IsExact("-infinity"));
  EXPECT_FALSE(rig.IsExact("2300-01-01 00:00:00"));
  EXPECT_FALSE(rig.IsExact("2300-01-02 00:00:00")) << "told like the one before";
  rig.options.time = TimeMode::kMicroseconds;
  EXPECT_TRUE(rig.IsExact("2300-01-01 00:00:00"));
  rig.Compat();
  EXPECT_FALSE(rig.IsExact("294247-01-10 04:00:54.775807")) << "the very number of infinity";
  KeyRig time(Type::kTime);
  time.options.time = TimeMode::kIsoString;
  EXPECT_TRUE(time.IsExact("24:00:00"));
  EXPECT_FALSE(time.Compat().IsExact("24:00:00"));
}

TEST(InexactKeys, ATimeWithZoneIsExactInUtcOrWithItsOffset) {
  KeyRig rig(Type::kTimeTz);
  EXPECT_TRUE(rig.IsExact("10:00:00+00"));
  EXPECT_FALSE(rig.IsExact("11:00:00+01"));
  EXPECT_TRUE(rig.IsExact("00:30:00+01")) << "told with its offset";
  EXPECT_FALSE(rig.Compat().IsExact("00:30:00+01"));
}

TEST(InexactKeys, DecimalsThatADoubleKeepsGoOn) {
  for (const Type type : {Type::kDecimal, Type::kNumeric, Type::kMoney}) {
    KeyRig rig(type);
    rig.column.scale = 2;
    rig.options.decimal = DecimalMode::kDouble;
    EXPECT_TRUE(rig.IsExact("0.10"));
    EXPECT_TRUE(rig.IsExact("1234567890123.45"));
    EXPECT_TRUE(rig.IsExact("-9007199254740992.00"));
    EXPECT_FALSE(rig.IsExact("9007199254740993.00")) << "told like …992";
    rig.options.decimal = DecimalMode::kPrecise;
    EXPECT_TRUE(rig.IsExact("9007199254740993.00"));
    rig.options.decimal = DecimalMode::kString;
    EXPECT_TRUE(rig.IsExact("9007199254740993.00"));
  }
  KeyRig rig(Type::kNumeric);
  rig.options.decimal = DecimalMode::kDouble;
  EXPECT_TRUE(rig.IsExact("100000000000000000000000"));
  EXPECT_TRUE(rig.IsExact("0.00000000000000000000125"));
  EXPECT_TRUE(rig.IsExact("0.0000000000000000000000"));
  EXPECT_FALSE(rig.IsExact("1" + std::string(400, '0'))) << "an infinity";
  EXPECT_FALSE(rig.IsExact("0." + std::string(400, '0') + "1")) << "zero";
  EXPECT_TRUE(rig.IsExact("NaN"));
}

TEST(InexactKeys, SpecialNumbersHaltWhereTheyAreNull) {
  KeyRig rig(Type::kNumeric);
  EXPECT_TRUE(rig.IsExact("NaN"));
  rig.options.key_schemas = true;
  EXPECT_TRUE(rig.IsExact("1.5"));
  EXPECT_THAT(rig.Halt("NaN"), HasSubstr("decimal.handling.mode: string"));
  EXPECT_FALSE(rig.IsExact("Infinity"));
  rig.column.array = true;
  EXPECT_FALSE(rig.IsExact("{NaN}"));
  rig.options.key_schemas = false;
  rig.options.value_schemas = true;
  EXPECT_EQ(rig.Tell(Sent("{NaN}")).json, R"({"k":["NaN"]})") << "by the key's own schema";
  rig.column.array = false;
  EXPECT_FALSE(rig.Compat().IsExact("NaN"));
}

TEST(InexactKeys, MoneyOfOtherDigitsThanItsSetting) {
  KeyRig rig(Type::kMoney);
  EXPECT_TRUE(rig.IsExact("$1,234.50"));
  rig.options.money_fraction_digits = 1;
  EXPECT_TRUE(rig.IsExact("$1,234.50"));
  EXPECT_THAT(rig.Halt("$1,234.51"), HasSubstr("money.fraction.digits"));
  rig.options.money_fraction_digits = 3;
  EXPECT_TRUE(rig.IsExact("¥12,000"));
  EXPECT_FALSE(rig.IsExact("¥12")) << "told like 12,000";
}

TEST(InexactKeys, IntervalsWithMonthsAsNumbers) {
  KeyRig rig(Type::kInterval);
  EXPECT_TRUE(rig.IsExact("30 days 10:30:00"));
  EXPECT_THAT(rig.Halt("1 mon"), HasSubstr("interval.handling.mode: string"));
  EXPECT_TRUE(rig.IsExact("infinity"));
  rig.options.interval = IntervalMode::kString;
  EXPECT_TRUE(rig.IsExact("1 mon"));
  KeyRig compat(Type::kInterval);
  EXPECT_FALSE(compat.Compat().IsExact("00:00:01.000001")) << "a microsecond is lost (F56)";
  EXPECT_TRUE(compat.IsExact("00:00:01"));
}

TEST(InexactKeys, ArraysWithBoundsAndWhatTheirItemsLose) {
  KeyRig rig(Type::kInt32);
  rig.column.array = true;
  EXPECT_TRUE(rig.IsExact("{1,2}"));
  EXPECT_TRUE(rig.IsExact("{{1},{2}}"));
  EXPECT_FALSE(rig.IsExact("[0:1]={1,2}"));
  EXPECT_FALSE(rig.Compat().IsExact("{{1},{2}}"));
  KeyRig times(Type::kTime);
  times.column.array = true;
  times.options.time = TimeMode::kConnect;
  EXPECT_TRUE(times.IsExact("{10:00:00}"));
  EXPECT_FALSE(times.IsExact("{10:00:00,10:00:00.000001}"));
}

TEST(InexactKeys, BitsWithZerosInFront) {
  KeyRig rig(Type::kBits);
  rig.column.length = 4;
  rig.column.type_name = "bit(4)";
  EXPECT_TRUE(rig.IsExact("0001"));
  rig.column.type_name = "bit varying(4)";
  EXPECT_TRUE(rig.IsExact("1"));
  EXPECT_FALSE(rig.IsExact("01"));
  rig.column.length = 1;
  EXPECT_TRUE(rig.IsExact("0"));
  EXPECT_FALSE(rig.IsExact(""));
}

TEST(InexactKeys, APolygonThatRepeatsItsFirstPoint) {
  KeyRig rig(Type::kPolygon);
  EXPECT_TRUE(rig.IsExact("((0,0),(1,0),(0,1))"));
  EXPECT_FALSE(rig.IsExact("((0,0),(1,0),(0,1),(0,0))"));
}

TEST(InexactKeys, WhatWasNotSentAndWhatIsReplaced) {
  KeyRig rig(Type::kText);
  EXPECT_TRUE(rig.IsExact("é"));
  EXPECT_FALSE(rig.IsExact("\xE9"));
  EXPECT_THAT(rig.Tell(Unchanged()).halt, HasSubstr("REPLICA IDENTITY FULL"));
  EXPECT_EQ(rig.Tell(Null()).halt, "");
  rig.column.default_text = "x";
  EXPECT_THAT(rig.Compat().Tell(Null()).halt, HasSubstr("compat.debezium"));
}

TEST(InexactKeys, AColumnThatDebeziumLeavesOut) {
  KeyRig rig(Type::kComposite);
  EXPECT_TRUE(rig.IsExact("(1,2)"));
  Table table = rig.Compat().MakeTable();
  table.columns.push_back(MakeColumn("n", Type::kInt32));
  table.key = {0, 1};
  EnvelopeEncoder encoder(rig.options);
  const std::array<ColumnValue, 2> row = {Sent("(1,2)"), Sent("7")};
  ASSERT_TRUE(encoder.Key(table, row));
  EXPECT_EQ(encoder.failure().verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(encoder.failure().detail, HasSubstr("column k"));
}

TEST(InexactKeys, TheHeaderOfAChangedKeyIsLookedAtToo) {
  KeyRig rig(Type::kTime);
  rig.options.time = TimeMode::kConnect;
  EnvelopeEncoder encoder(rig.options);
  const ColumnValue value = Sent("10:00:00.000001");
  const Table table = rig.MakeTable();
  (void)encoder.KeyHeader(table, std::span(&value, 1));
  EXPECT_EQ(encoder.failure().verdict.disposition, Disposition::kHalt);
}

TEST(InexactKeys, OtherColumnsMayLoseWhatTheyLose) {
  KeyRig rig(Type::kTime);
  rig.options.time = TimeMode::kConnect;
  Table table = rig.MakeTable();
  table.columns.push_back(MakeColumn("n", Type::kInt32));
  table.key = {1};
  EnvelopeEncoder encoder(rig.options);
  const std::array<ColumnValue, 2> row = {Sent("10:00:00.000001"), Sent("7")};
  (void)encoder.Key(table, row);
  (void)encoder.Value(RowOperation::kCreate, table, std::nullopt, row, {});
  EXPECT_EQ(encoder.failure().verdict.disposition, Disposition::kDone);
}

}  // namespace
}  // namespace sluice::debezium
