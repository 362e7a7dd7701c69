// Values of each type in each mode, where the golden records do not show them.

#include <gtest/gtest.h>

#include "tests/unit/debezium/encoder_rig.h"

namespace sluice::debezium {
namespace {

using Type = ColumnType;

Column Decimal(int32_t scale) {
  Column column = MakeColumn("v", Type::kDecimal, "numeric");
  column.precision = 40;
  column.scale = scale;
  return column;
}

Column Timed(Type type, int32_t scale) {
  Column column = MakeColumn("v", type);
  column.scale = scale;
  return column;
}

TEST(EncoderNumbers, FloatsAreJavas) {
  EncoderRig rig;
  const std::pair<const char*, const char*> doubles[] = {
      {"0", "0.0"},
      {"-0", "-0.0"},
      {"1", "1.0"},
      {"-2.5", "-2.5"},
      {"9999999", "9999999.0"},
      {"10000000", "1.0E7"},
      {"0.001", "0.001"},
      {"0.0009", "9.0E-4"},
      {"1e+300", "1.0E300"},
      {"5e-324", "4.9E-324"},
      {"2e-323", "2.0E-323"},
      {"123456.75", "123456.75"},
      {"1.2345678901234567e+19", "1.2345678901234567E19"},
      {"2.2250738585072014e-308", "2.2250738585072014E-308"},
      {"1.7976931348623157e+308", "1.7976931348623157E308"},
      {"12.50", "12.5"},
      {"NaN", "\"NaN\""},
      {"Infinity", "\"Infinity\""},
      {"-Infinity", "\"-Infinity\""}};
  for (const auto& [text, json] : doubles) EXPECT_EQ(rig.Json(Type::kFloat64, text), json) << text;
  const std::pair<const char*, const char*> floats[] = {{"1e-45", "1.4E-45"},
                                                        {"0.1", "0.1"},
                                                        {"16777216", "1.6777216E7"},
                                                        {"3.14", "3.14"},
                                                        {"1234567.9", "1234567.9"}};
  for (const auto& [text, json] : floats) EXPECT_EQ(rig.Json(Type::kFloat32, text), json) << text;
}

TEST(EncoderNumbers, IntegersFitIn64Bits) {
  EncoderRig rig;
  EXPECT_EQ(rig.Json(Type::kInt64, "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(rig.Json(Type::kInt64, "9223372036854775808"), "\"9223372036854775808\"");
  EXPECT_EQ(rig.unparsed, 1U);
}

TEST(EncoderNumbers, DecimalsAreTheirUnscaledBytes) {
  EncoderRig rig;
  const auto json = [&rig](const char* text, int32_t scale) {
    return rig.Json(Decimal(scale), Sent(text));
  };
  EXPECT_EQ(json("0.00", 2), "\"AA==\"");
  EXPECT_EQ(json("1.27", 2), "\"fw==\"");
  EXPECT_EQ(json("1.28", 2), "\"AIA=\"");
  EXPECT_EQ(json("-1.28", 2), "\"gA==\"");
  EXPECT_EQ(json("-1.29", 2), "\"/38=\"");
  EXPECT_EQ(json("1.5", 2), "\"AJY=\"");     // zeros are filled
  EXPECT_EQ(json("12300", -2), "\"ew==\"");  // and taken away
  EXPECT_EQ(json("1.234", 2), "\"1.234\"");  // never rounded
  EXPECT_EQ(rig.unparsed, 1U);
  // 2^64, 2^128 - 1, -2^127: at the edges of words.
  EXPECT_EQ(json("18446744073709551616", 0), "\"AQAAAAAAAAAA\"");
  EXPECT_EQ(json("340282366920938463463374607431768211455", 0), "\"AP////////////////////8=\"");
  EXPECT_EQ(json("-170141183460469231731687303715884105728", 0), "\"gAAAAAAAAAAAAAAAAAAAAA==\"");
  EXPECT_EQ(json("999999999999999999", 0), "\"DeC2s6dj//8=\"");
  EXPECT_EQ(json("1000000000000000000", 0), "\"DeC2s6dkAAA=\"");
}

TEST(EncoderNumbers, NotANumberHasAStatedForm) {
  struct Case {
    DecimalMode mode;
    bool compat;
    bool schema;
    const char* nan;
    const char* infinity;
  };
  const Case cases[] = {{DecimalMode::kPrecise, false, false, "\"NaN\"", "\"-Infinity\""},
                        {DecimalMode::kPrecise, false, true, "null", "null"},
                        {DecimalMode::kPrecise, true, false, "null", "null"},
                        {DecimalMode::kDouble, false, false, "\"NaN\"", "\"-Infinity\""},
                        {DecimalMode::kDouble, true, false, "\"NaN\"", "\"-Infinity\""},
                        {DecimalMode::kString, false, false, "\"NaN\"", "\"-Infinity\""},
                        {DecimalMode::kString, true, false, "\"NAN\"", "\"NEGATIVE_INFINITY\""}};
  for (const Case& one : cases) {
    EncoderRig rig;
    rig.options().decimal = one.mode;
    rig.options().value_schemas = one.schema;
    if (one.compat) rig.Compat();
    EXPECT_EQ(rig.Json(Type::kNumeric, "NaN"), one.nan);
    EXPECT_EQ(rig.Json(Decimal(2), Sent("-Infinity")), one.infinity);
  }
}

TEST(EncoderNumbers, ModesOfDecimals) {
  EncoderRig rig;
  rig.options().decimal = DecimalMode::kString;
  EXPECT_EQ(rig.Json(Type::kNumeric, "1.500"), "\"1.500\"");
  EXPECT_EQ(rig.Json(Type::kMoney, "-$1,234.56"), "\"-1234.56\"");
  rig.options().decimal = DecimalMode::kDouble;
  EXPECT_EQ(rig.Json(Type::kNumeric, "1.500"), "1.5");
  EXPECT_EQ(rig.Json(Type::kNumeric, "1" + std::string(400, '0')), "\"Infinity\"");
  EXPECT_EQ(rig.Json(Type::kMoney, "$0.10"), "0.1");
}

TEST(EncoderNumbers, MoneyInOtherLocales) {
  EncoderRig rig;
  rig.options().decimal = DecimalMode::kString;
  EXPECT_EQ(rig.Json(Type::kMoney, "1.234,56 €"), "\"1234.56\"");
  EXPECT_EQ(rig.Json(Type::kMoney, "($5.00)"), "\"-5.00\"");
  EXPECT_EQ(rig.Json(Type::kMoney, "¥1,234"), "\"1234\"");
  rig.options().decimal = DecimalMode::kPrecise;
  rig.options().money_fraction_digits = 1;
  EXPECT_EQ(rig.Json(Type::kMoney, "$1.25"), "\"DQ==\"");   // 13: a half goes up
  EXPECT_EQ(rig.Json(Type::kMoney, "-$9.96"), "\"nA==\"");  // -100
}

TEST(EncoderTimes, ModesOfTimes) {
  const std::pair<TimeMode, std::vector<const char*>> expected[] = {
      // date, time(3), time(6), timestamp(3), timestamp(6)
      {TimeMode::kAdaptive,
       {"20512", "45296789", "45296789012", "1772282096789", "1772282096789012"}},
      {TimeMode::kAdaptiveTimeMicroseconds,
       {"20512", "45296789000", "45296789012", "1772282096789", "1772282096789012"}},
      {TimeMode::kConnect, {"20512", "45296789", "45296789", "1772282096789", "1772282096789"}},
      {TimeMode::kIsoString,
       {"\"2026-02-28Z\"", "\"12:34:56.789Z\"", "\"12:34:56.789012Z\"",
        "\"2026-02-28T12:34:56.789Z\"", "\"2026-02-28T12:34:56.789012Z\""}},
      {TimeMode::kMicroseconds,
       {"20512", "45296789000", "45296789012", "1772282096789000", "1772282096789012"}},
      {TimeMode::kNanoseconds,
       {"20512", "45296789000000", "45296789012000", "1772282096789000000",
        "1772282096789012000"}}};
  for (const auto& [mode, values] : expected) {
    EncoderRig rig;
    rig.options().time = mode;
    EXPECT_EQ(rig.Json(Type::kDate, "2026-02-28"), values[0]);
    EXPECT_EQ(rig.Json(Timed(Type::kTime, 3), Sent("12:34:56.789")), values[1]);
    EXPECT_EQ(rig.Json(Timed(Type::kTime, 6), Sent("12:34:56.789012")), values[2]);
    EXPECT_EQ(rig.Json(Timed(Type::kTimestamp, 3), Sent("2026-02-28 12:34:56.789")), values[3]);
    EXPECT_EQ(rig.Json(Timed(Type::kTimestamp, 6), Sent("2026-02-28 12:34:56.789012")), values[4]);
  }
}

TEST(EncoderTimes, NothingWrapsUnlessCompatible) {
  EncoderRig rig;
  EncoderRig compat;
  compat.Compat();
  const char* const last = "294276-12-31 23:59:59.999999";
  EXPECT_EQ(rig.Json(Type::kTimestamp, last), "9223372036854775806");
  EXPECT_EQ(compat.Json(Type::kTimestamp, last), "-9223372036853775810");
  EXPECT_EQ(rig.Json(Type::kTimestamp, "infinity"), "9223372036854775807");
  EXPECT_EQ(rig.Json(Type::kDate, "infinity"), "2147483647");
  EXPECT_EQ(rig.Json(Type::kDate, "-infinity"), "-2147483648");
  EXPECT_EQ(compat.Json(Type::kDate, "-infinity"), "-2147472691");
  EXPECT_EQ(rig.Json(Type::kTimeTz, "00:30:00+01"), "\"00:30:00+01:00\"");
  EXPECT_EQ(compat.Json(Type::kTimeTz, "00:30:00+01"), "\"23:30:00Z\"");
  EXPECT_EQ(rig.Json(Type::kTimeTz, "24:00:00-14"), "\"24:00:00-14:00\"");
  EXPECT_EQ(rig.Json(Type::kTimeTz, "12:00:00.5+05:30:10"), "\"06:29:50.5Z\"");
  rig.options().time = compat.options().time = TimeMode::kNanoseconds;
  EXPECT_EQ(rig.Json(Type::kTimestamp, "0001-01-01 00:00:00"), "-9223372036854775807");
  EXPECT_EQ(compat.Json(Type::kTimestamp, "2262-04-12 00:00:00"), "9223372036854775807");
  EXPECT_EQ(rig.Json(Type::kTimestamp, "2262-04-11 00:00:00"), "9223286400000000000");
  rig.options().time = compat.options().time = TimeMode::kIsoString;
  EXPECT_EQ(rig.Json(Type::kTime, "24:00:00"), "\"24:00:00Z\"");
  EXPECT_EQ(compat.Json(Type::kTime, "24:00:00"), "\"00:00:00Z\"");
  EXPECT_EQ(rig.Json(Type::kTimestamp, "-infinity"), "\"-infinity\"");
}

TEST(EncoderTimes, MomentsOfOtherZonesMoveToUtc) {
  EncoderRig rig;
  EXPECT_EQ(rig.Json(Type::kTimestampTz, "2026-01-01 00:30:00+01"),
            "\"2025-12-31T23:30:00.000000Z\"");
  EXPECT_EQ(rig.Json(Type::kTimestampTz, "2024-02-29 23:00:00.5-01:30"),
            "\"2024-03-01T00:30:00.500000Z\"");
  EXPECT_EQ(rig.Json(Type::kTimestampTz, "0001-01-01 00:00:00+00 BC"),
            "\"0000-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(rig.Json(Timed(Type::kTimestampTz, 0), Sent("2026-01-01 00:00:00+00")),
            "\"2026-01-01T00:00:00Z\"");
}

TEST(EncoderTimes, Intervals) {
  EncoderRig rig;
  EncoderRig compat;
  compat.Compat();
  EXPECT_EQ(rig.Json(Type::kInterval, "1 mon"), "2629800000000");
  EXPECT_EQ(rig.Json(Type::kInterval, "-1 days +00:00:01"), "-86399000000");
  EXPECT_EQ(rig.Json(Type::kInterval, "-00:00:00.5"), "-500000");
  EXPECT_EQ(rig.Json(Type::kInterval, "infinity"), "9223372036854775807");
  // Beyond 2^53 a double loses microseconds.
  EXPECT_EQ(rig.Json(Type::kInterval, "9999 years 00:00:00.000001"), "315544442400000001");
  EXPECT_EQ(compat.Json(Type::kInterval, "9999 years 00:00:00.000001"), "315544442400000000");
  rig.options().interval = IntervalMode::kString;
  EXPECT_EQ(rig.Json(Type::kInterval, "1 year 2 mons -3 days +04:05:06.5"),
            "\"P1Y2M-3DT4H5M6.5S\"");
  EXPECT_EQ(rig.Json(Type::kInterval, "-00:00:00.000001"), "\"P0Y0M0DT0H0M-0.000001S\"");
}

TEST(EncoderTexts, AreEscapedAsJacksonDoes) {
  EncoderRig rig;
  EXPECT_EQ(rig.Json(Type::kText, "a\"\\/\b\f\n\r\t\x01\x1f\x7f"),
            "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\x7f\"");
  EXPECT_EQ(rig.Json(Type::kText, "é 😀 עב"), "\"é \\uD83D\\uDE00 עב\"");
  EXPECT_EQ(rig.Json(Type::kText, "a\xFF\xC3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(rig.Json(Type::kText, "\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  // A special byte at every place of a block.
  for (size_t place = 0; place < 40; ++place) {
    std::string text(40, 'x');
    text[place] = '"';
    std::string json = text;
    json.insert(place, "\\");
    EXPECT_EQ(rig.Json(Type::kText, text), "\"" + json + "\"") << place;
  }
  const std::string huge(10'000, 'y');
  EXPECT_EQ(rig.Json(Type::kText, huge), "\"" + huge + "\"");
}

TEST(EncoderBytes, InEachMode) {
  EncoderRig rig;
  EXPECT_EQ(rig.Json(Type::kBytes, "\\xfbff00"), "\"+/8A\"");
  rig.options().binary = BinaryMode::kBase64UrlSafe;
  EXPECT_EQ(rig.Json(Type::kBytes, "\\xfbff00fb"), "\"-_8A-w==\"");
  rig.options().binary = BinaryMode::kHex;
  EXPECT_EQ(rig.Json(Type::kBytes, "\\xFBff00"), "\"fbff00\"");
  EXPECT_EQ(rig.Json(Type::kBytes, "\\xf"), "\"\\\\xf\"");
  EXPECT_EQ(rig.unparsed, 1U);
}

TEST(EncoderContainers, ArraysOfSeveralDimensionsAreNested) {
  EncoderRig rig;
  EXPECT_EQ(rig.ArrayJson(Type::kInt32, "{{1,2},{3,NULL}}"), "[[1,2],[3,null]]");
  EXPECT_EQ(rig.ArrayJson(Type::kInt32, "[0:1]={7,8}"), "[7,8]");
  EXPECT_EQ(rig.ArrayJson(Type::kInt32, "{}"), "[]");
  EXPECT_EQ(rig.ArrayJson(Type::kText, R"({"a\"b\\",NULL,"NULL",""})"),
            R"(["a\"b\\",null,"NULL",""])");
  EXPECT_EQ(rig.ArrayJson(Type::kBox, "{(1,1),(0,0);(2,2),(1,1)}").substr(0, 9), "[{\"wkb\":\"");
  EXPECT_EQ(rig.unparsed, 0U);
  EXPECT_EQ(rig.ArrayJson(Type::kMoney, "{$1.00}"), "[\"ZA==\"]");
  EXPECT_EQ(rig.Compat().ArrayJson(Type::kMoney, "{$1.00}"), "(left out)");
  EXPECT_EQ(rig.ArrayJson(Type::kInt32, "{{1,2},{3,NULL}}"), "[null,null]");
}

TEST(EncoderContainers, RowTypesAndHstores) {
  EncoderRig rig;
  EXPECT_EQ(rig.Json(Type::kComposite, R"((1,"a ""b"" \\",,""))"),
            R"("[\"1\",\"a \\\"b\\\" \\\\\",null,\"\"]")");
  EXPECT_EQ(rig.Json(Type::kOther, "as it is"), "\"as it is\"");
  EXPECT_EQ(rig.Json(Type::kHstore, R"("b"=>"1", "a"=>NULL)"), R"("{\"b\":\"1\",\"a\":null}")");
  rig.options().hstore = HstoreMode::kMap;
  EXPECT_EQ(rig.Json(Type::kHstore, R"("b"=>"1", "a"=>NULL)"), R"({"b":"1","a":null})");
  rig.Compat();
  EXPECT_EQ(rig.Json(Type::kHstore, R"("b"=>"1", "a"=>NULL)"), R"({"a":null,"b":"1"})");
  EXPECT_EQ(rig.Json(Type::kComposite, "(1,2)"), "(left out)");
  rig.options().unknown_types = true;
  EXPECT_EQ(rig.Json(Type::kComposite, "(1,2)"), "\"KDEsMik=\"");
}

TEST(EncoderShapes, GeometryAndVectors) {
  EncoderRig rig;
  EXPECT_EQ(rig.Json(Type::kLine, "{1,-2.5,3}"), R"({"a":1.0,"b":-2.5,"c":3.0})");
  EXPECT_EQ(rig.Json(Type::kCircle, "<(1.5,-2),5>"),
            R"({"center":{"x":1.5,"y":-2.0,"wkb":"AQEAAAAAAAAAAAD4PwAAAAAAAADA","srid":null},)"
            R"("radius":5.0})");
  EXPECT_EQ(rig.Json(Type::kPath, "[(0,0),(1,0)]"),
            R"({"wkb":"AQIAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAAA=","srid":null,)"
            R"("extensions":{"type":"path","closed":"false"}})");
  EXPECT_EQ(rig.Json(Type::kVector, "[1,2.5,-3]"), "[1.0,2.5,-3.0]");
  EXPECT_EQ(rig.Json(Type::kSparseVector, "{1:1.5,3:2}/5"),
            R"({"dimensions":5,"vector":[[1,1.5],[3,2.0]]})");
  // POINT(1 2) with reference system 4326.
  EXPECT_EQ(rig.Json(Type::kGeography, "0101000020E6100000000000000000F03F0000000000000040"),
            R"({"wkb":"AQEAACDmEAAAAAAAAAAA8D8AAAAAAAAAQA==","srid":4326})");
  EXPECT_EQ(rig.unparsed, 0U);
}

TEST(EncoderValues, WhatIsNoValueOfItsTypeIsToldAsItsText) {
  EncoderRig rig;
  for (const Type type : {Type::kInt32, Type::kBoolean, Type::kFloat64, Type::kNumeric, Type::kDate,
                          Type::kTimestampTz, Type::kInterval, Type::kPoint, Type::kHstore}) {
    EXPECT_EQ(rig.Json(type, "no\n"), "\"no\\n\"");
    EXPECT_EQ(rig.unparsed, 1U);
  }
  EXPECT_EQ(rig.Json(Type::kInt32, "007"), "\"007\"");
}

TEST(EncoderCompat, TypesThatDebeziumCannotReadAreNull) {
  EncoderRig rig;
  rig.Compat();
  Column name = MakeColumn("v", Type::kText, "name");
  EXPECT_EQ(rig.Json(name, Sent("a")), "null");
  rig.options().unknown_types = true;
  EXPECT_EQ(rig.Json(name, Sent("a")), "\"a\"");
  for (const Type type :
       {Type::kBox, Type::kLineSegment, Type::kPath, Type::kPolygon, Type::kCircle, Type::kLine}) {
    EXPECT_EQ(rig.ArrayJson(type, "{\"[(0,0),(1,2)]\"}"), "null");
  }
  Column bits = MakeColumn("v", Type::kBits, "bit(4)[]");
  bits.array = true;
  bits.length = 4;
  EXPECT_EQ(rig.Json(bits, Sent("{1010}")), "null");
  EXPECT_EQ(rig.Schema(bits),
            R"({"type":"bytes","optional":true,"name":"io.debezium.data.Bits","version":1,)"
            R"("parameters":{"length":"4"},"field":"v"})");
  bits.type_name = "bit varying(4)[]";
  EXPECT_EQ(rig.Json(bits, Sent("{1010}")), "(left out)");
}

TEST(EncoderCompat, ArraysOfDomainsAreUnknown) {
  EncoderRig rig;
  Column column = MakeColumn("v", Type::kInt32, "positive[]");
  column.array = column.domain_items = true;
  EXPECT_EQ(rig.Json(column, Sent("{1,2}")), "[1,2]");
  rig.Compat();
  EXPECT_EQ(rig.Json(column, Sent("{1,2}")), "(left out)");
  rig.options().unknown_types = true;
  EXPECT_EQ(rig.Json(column, Sent("{1,2}")), "[\"MQ==\",\"Mg==\"]");
}

TEST(EncoderCompat, UntouchedBytesAreNullInBase64) {
  const Column column = MakeColumn("v", Type::kBytes);
  for (const BinaryMode mode : {BinaryMode::kBase64, BinaryMode::kBase64UrlSafe}) {
    EncoderRig rig;
    rig.options().binary = mode;
    EXPECT_EQ(rig.Json(column, Unchanged()), "\"__debezium_unavailable_value\"");
    EXPECT_EQ(rig.Compat().Json(column, Unchanged()), "null");
  }
  EncoderRig rig;
  rig.options().binary = BinaryMode::kHex;
  EXPECT_EQ(rig.Compat().Json(column, Unchanged()), "\"__debezium_unavailable_value\"");
}

}  // namespace
}  // namespace sluice::debezium
