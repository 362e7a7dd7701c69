#include "service/verify/canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using verify::DifferingFields;
using verify::DigestOf;
using verify::JsonFields;

const JsonFields kNone;
const JsonFields kAttrs = {"attrs"};

void ExpectEqual(std::string_view a, std::string_view b, const JsonFields& fields = kNone) {
  EXPECT_EQ(DigestOf(a, fields), DigestOf(b, fields)) << a << " and " << b;
  EXPECT_THAT(DifferingFields(a, b, fields), IsEmpty()) << a << " and " << b;
}

void ExpectDifferent(std::string_view a, std::string_view b, const JsonFields& fields = kNone) {
  EXPECT_NE(DigestOf(a, fields), DigestOf(b, fields)) << a << " and " << b;
  EXPECT_FALSE(DifferingFields(a, b, fields).empty()) << a << " and " << b;
}

TEST(Canonical, NumbersAreEqualByTheirValue) {
  ExpectEqual(R"({"n":1})", R"({"n":1.0})");
  ExpectEqual(R"({"n":1e3})", R"({"n":1000})");
  ExpectEqual(R"({"n":1.0E10})", R"({"n":10000000000})");
  ExpectEqual(R"({"n":0.00120})", R"({"n":1.2e-3})");
  ExpectEqual(R"({"n":-0.0})", R"({"n":0})");
  ExpectEqual(R"({"n":0e9})", R"({"n":0})");
  ExpectEqual(R"({"n":12345678901234567890123456789})",
              R"({"n":12345678901234567890123456789.00})");
  ExpectDifferent(R"({"n":9007199254740993})", R"({"n":9007199254740992})");
  ExpectDifferent(R"({"n":1})", R"({"n":-1})");
  ExpectDifferent(R"({"n":1})", R"({"n":10})");
  ExpectDifferent(R"({"n":1e99999999999999999999})", R"({"n":1})");
}

TEST(Canonical, ANumberIsNoText) {
  ExpectDifferent(R"({"n":1})", R"({"n":"1"})");
  ExpectDifferent(R"({"n":true})", R"({"n":"true"})");
  ExpectDifferent(R"({"n":"1.0"})", R"({"n":"1"})");
}

TEST(Canonical, TextsAreEqualByTheirCharacters) {
  ExpectEqual(R"({"t":"a\u00e9\/\n"})", "{\"t\":\"a\xC3\xA9/\\n\"}");
  ExpectEqual(R"({"\u0061":1})", R"({"a":1})");
  ExpectDifferent(R"({"t":"a"})", R"({"t":"a "})");
  ExpectDifferent(R"({"t":"a"})", R"({"t":"A"})");
}

TEST(Canonical, MissingIsNotNull) {
  ExpectDifferent(R"({"a":1,"b":null})", R"({"a":1})");
  ExpectDifferent(R"({"a":1,"b":null})", R"({"a":1,"b":""})");
}

TEST(Canonical, FieldsHaveNoOrderAndItemsHave) {
  ExpectEqual(R"({"a":1,"b":[1,2],"c":{"x":1,"y":2}})",
              R"({ "c":{"y":2, "x":1},"b":[1, 2],"a":1})");
  ExpectDifferent(R"({"b":[1,2]})", R"({"b":[2,1]})");
  ExpectDifferent(R"({"b":[[1],2]})", R"({"b":[1,[2]]})");
  ExpectDifferent(R"({"b":["a","b"]})", R"({"b":["a,b"]})");
  ExpectDifferent(R"({"b":[]})", R"({"b":{}})");
}

TEST(Canonical, JsonColumnsAreComparedByWhatTheySay) {
  ExpectEqual(R"({"attrs":"{\"a\": 1.0, \"b\": [1]}"})", R"({"attrs":"{\"b\":[1],\"a\":1}"})",
              kAttrs);
  ExpectEqual(R"({"attrs":["{\"a\": 1}"]})", R"({"attrs":["{\"a\":1}"]})", kAttrs);
  ExpectDifferent(R"({"attrs":"{\"a\": 1}"})", R"({"attrs":"{\"a\": 2}"})", kAttrs);
  ExpectDifferent(R"({"attrs":"{\"a\": 1}"})", R"({"attrs":{"a":1}})", kAttrs);
  ExpectDifferent(R"({"other":"{\"a\": 1}"})", R"({"other":"{\"a\":1}"})", kAttrs);
  ExpectDifferent(R"({"attrs":"no json"})", R"({"attrs":"no  json"})", kAttrs);
}

TEST(Canonical, WhatIsNoObjectDiffersFromEveryObject) {
  EXPECT_NE(DigestOf("{\"a\":", kNone), DigestOf("{}", kNone));
  EXPECT_EQ(verify::CanonicalFields("[1]", kNone), std::nullopt);
  EXPECT_EQ(verify::CanonicalFields("{\"a\":1", kNone), std::nullopt);
}

TEST(DifferingFields, TellsWhichAndBothValues) {
  const auto fields =
      DifferingFields(R"({"a":1,"b":null,"c":"x"})", R"({"a":1.0,"c":"y","d":true})", kNone);
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].name, "b");
  EXPECT_EQ(fields[0].expected, "null");
  EXPECT_EQ(fields[0].stored, std::nullopt);
  EXPECT_EQ(fields[1].name, "c");
  EXPECT_EQ(fields[1].expected, "\"x\"");
  EXPECT_EQ(fields[1].stored, "\"y\"");
  EXPECT_EQ(fields[2].name, "d");
  EXPECT_EQ(fields[2].expected, std::nullopt);
}

TEST(TextField, IsTheTextOfOneField) {
  EXPECT_EQ(verify::TextField(R"({"a":1,"sluice_key":"x\ny"})", "sluice_key"), "x\ny");
  EXPECT_EQ(verify::TextField(R"({"sluice_key":1})", "sluice_key"), "");
  EXPECT_EQ(verify::TextField("{}", "sluice_key"), "");
}

}  // namespace
}  // namespace sluice::testing
