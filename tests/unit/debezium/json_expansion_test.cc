#include "adapters/debezium/json_expansion.h"

#include <gtest/gtest.h>

namespace sluice::debezium {
namespace {

constexpr ExpansionRules kKept = {EmptyMember::kKept, EmptyMember::kKept};

std::string Plain(std::string_view text, const ExpansionRules& rules = {}) {
  TextBuffer out;
  out.Append("x");
  if (!AppendExpanded(text, rules, out)) return out.view() == "x" ? "(text)" : "(left over)";
  return std::string(out.view().substr(1));
}

std::string Typed(std::string_view text, Fidelity fidelity = Fidelity::kCorrect,
                  const ExpansionRules& rules = {}) {
  TypedExpansion expansion;
  return ExpandTyped(text, rules, fidelity, "payload", "", expansion) ? expansion.json : "(text)";
}

std::string Schema(std::string_view text, Fidelity fidelity = Fidelity::kCorrect,
                   const ExpansionRules& rules = {}) {
  TypedExpansion expansion;
  return ExpandTyped(text, rules, fidelity, "payload", "", expansion) ? expansion.schema : "(text)";
}

TEST(JsonExpansion, ObjectsAndArraysAreToldAsTheyAreWritten) {
  EXPECT_EQ(Plain(R"({"a": 1.50, "b": [1, "x", {"c": true}], "d": {}})"),
            R"({"a":1.50,"b":[1,"x",{"c":true}],"d":{}})");
  EXPECT_EQ(Plain("  [ 1 , null , [ ] , [[]] ]\n"), "[1,null,[],[[]]]");
  EXPECT_EQ(Plain(R"({"n": 123456789012345678901234567890, "e": 1E400, "z": -0})"),
            R"({"n":123456789012345678901234567890,"e":1E400,"z":-0})");
  EXPECT_EQ(Plain(R"({"a\u0041": "\ud83d\ude00 , [ {"})"), R"({"a\u0041":"\ud83d\ude00 , [ {"})");
  EXPECT_EQ(Plain("{}"), "{}");
  EXPECT_EQ(Plain("[]"), "[]");
}

TEST(JsonExpansion, WhatIsNoObjectOrArrayStaysAText) {
  for (const char* text : {"", " ", "null", "12", "\"s\"", "true", "{", "[1,]", "{\"a\":}", "{}x",
                           "{'a':1}", "plain", "[1 2]", "{\"a\":1,}", "{\"a\":\"\n\"}"}) {
    EXPECT_EQ(Plain(text), "(text)") << text;
    EXPECT_EQ(Typed(text), "(text)") << text;
    EXPECT_EQ(Typed(text, Fidelity::kCompat), "(text)") << text;
  }
  const std::string deep(5'000, '[');
  EXPECT_EQ(Plain(deep + std::string(5'000, ']')), "(text)") << "deeper than anybody reads";
}

TEST(JsonExpansion, MembersThatSayNothingGoOrStay) {
  constexpr const char* kText = R"({"a":null,"b":[],"c":[ ],"d":{"e":null},"f":[null,[]],"g":1})";
  EXPECT_EQ(Plain(kText), R"({"d":{},"f":[null,[]],"g":1})");
  EXPECT_EQ(Plain(kText, {EmptyMember::kKept, EmptyMember::kLeftOut}),
            R"({"a":null,"d":{"e":null},"f":[null,[]],"g":1})");
  EXPECT_EQ(Plain(kText, {EmptyMember::kLeftOut, EmptyMember::kKept}),
            R"({"b":[],"c":[],"d":{},"f":[null,[]],"g":1})");
  EXPECT_EQ(Plain(kText, kKept), R"({"a":null,"b":[],"c":[],"d":{"e":null},"f":[null,[]],"g":1})");
}

TEST(TypedExpansion, ShowsTheSchemaOfEachValue) {
  EXPECT_EQ(Schema(R"({"b":true,"i":1,"l":3000000000,"d":1.5,"s":"x"})"),
            R"({"type":"struct","fields":[{"type":"boolean","optional":true,"field":"b"},)"
            R"({"type":"int32","optional":true,"field":"i"},)"
            R"({"type":"int64","optional":true,"field":"l"},)"
            R"({"type":"double","optional":true,"field":"d"},)"
            R"({"type":"string","optional":true,"field":"s"}],"optional":true,"name":"payload"})");
  EXPECT_EQ(
      Schema(R"({"o":{"x":[{"y":1}]}})"),
      R"({"type":"struct","fields":[{"type":"struct","fields":[{"type":"array","items":)"
      R"({"type":"struct","fields":[{"type":"int32","optional":true,"field":"y"}],)"
      R"("optional":true,"name":"payload.o.x"},"optional":true,"field":"x"}],)"
      R"("optional":true,"name":"payload.o","field":"o"}],"optional":true,"name":"payload"})");
  EXPECT_EQ(Schema(R"({"n":null,"a":[]})", Fidelity::kCorrect, kKept),
            R"({"type":"struct","fields":[{"type":"bytes","optional":true,"field":"n"},)"
            R"({"type":"array","items":{"type":"string","optional":true},"optional":true,)"
            R"("field":"a"}],"optional":true,"name":"payload"})");
}

TEST(TypedExpansion, ItemsGetASchemaThatHoldsThemAll) {
  EXPECT_EQ(Typed(R"({"a":[{"x":1},{"y":2.5},null]})"),
            R"({"a":[{"x":1,"y":null},{"x":null,"y":2.5},null]})");
  EXPECT_EQ(Typed(R"([{"o":{"a":1}},{"o":{"b":2}}])"),
            R"([{"o":{"a":1,"b":null}},{"o":{"a":null,"b":2}}])");
  EXPECT_EQ(Typed("[1,2.50,3000000000]"), "[1,2.50,3000000000]");
  EXPECT_EQ(Schema("[1,3000000000]"),
            R"({"type":"array","items":{"type":"int64","optional":true},"optional":true})");
  EXPECT_EQ(Typed(R"({"a":[null,[],[1]]})"), R"({"a":[null,[],[1]]})");
}

TEST(TypedExpansion, WhatNoSchemaHoldsStaysAText) {
  EXPECT_EQ(Typed(R"([1,"x"])"), "(text)");
  EXPECT_EQ(Typed(R"([{"a":1},{"a":"x"}])"), "(text)");
  EXPECT_EQ(Typed(R"({"a":[1,{"b":null}]})"), "(text)");
  EXPECT_EQ(Typed(R"({"n":12345678901234567890})"), "(text)");
}

TEST(TypedExpansion, OfEqualNamesTheLastCounts) {
  EXPECT_EQ(Typed(R"({"a":1,"b":2,"\u0061":"x"})"), R"({"a":"x","b":2})");
}

TEST(TypedExpansion, FollowsDebeziumWhereThatIsWanted) {
  constexpr auto kCompat = Fidelity::kCompat;
  EXPECT_EQ(Typed(R"({"a":1.50,"b":1e2,"s":"\u0041\/"})", kCompat),
            R"({"a":1.5,"b":100.0,"s":"A/"})");
  EXPECT_EQ(Typed("[1,2]", kCompat), "(text)");
  EXPECT_EQ(Typed(R"({"a":[1,2.5]})", kCompat), "(text)");
  EXPECT_EQ(Typed(R"({"a":[null]})", kCompat), "(text)");
  EXPECT_EQ(Typed(R"({"a":[null,2]})", kCompat), R"({"a":[null,2]})");
  EXPECT_EQ(Typed(R"( {"a":1})", kCompat), "(text)") << "its first character has to be a brace";
  EXPECT_EQ(Typed(R"({"a":[{"x":1},{"y":2}]})", kCompat),
            R"({"a":[{"x":1,"y":null},{"x":null,"y":2}]})");
}

// What EventRouter 3.7.0.Final with JsonConverter made of each. Where its task fails, or members
// are lost, ours goes on: docs/FINDINGS.md.
TEST(TypedExpansion, IsWhatTheRealRouterMakes) {
  const std::pair<const char*, const char*> kMade[] = {
      {R"({"a":1.50,"b":1e2,"n":null,"e":[],"o":{"n":null}})", R"({"a":1.5,"b":100.0,"o":{}})"},
      {"[]", "(text)"},
      {R"([1,{"b":null}])", "(text)"},
      {R"("s")", "(text)"},
      {"null", "(text)"},
      {"12", "(text)"},
      {"{broken", "(text)"},
      {"", "(text)"},
      {R"( {"a":1})", "(text)"},
      {R"({"l":[{"x":1},{"y":2}]})", R"({"l":[{"x":1,"y":null},{"x":null,"y":2}]})"},
      {R"({"l":[1,2.5]})", "(text)"},
      {R"({"l":[null,2]})", R"({"l":[null,2]})"},
      {R"({"l":[null]})", "(text)"},
      {R"({"l":[[1],[2]]})", R"({"l":[[1],[2]]})"},
      {R"({"l":[[]]})", "(text)"},
      {R"({"d":1,"d":2})", R"({"d":2})"},
  };
  for (const auto& [text, made] : kMade) EXPECT_EQ(Typed(text, Fidelity::kCompat), made) << text;
  EXPECT_EQ(Schema(R"({"l":[{"c":2.5}]})", Fidelity::kCompat),
            R"({"type":"struct","fields":[{"type":"array","items":{"type":"struct","fields":[)"
            R"({"type":"double","optional":true,"field":"c"}],"optional":true,"name":"payload.l"},)"
            R"("optional":true,"field":"l"}],"optional":true,"name":"payload"})");
  EXPECT_EQ(Typed(R"({"n":null,"e":[],"l":[{"x":null},{"x":1}]})", Fidelity::kCompat, kKept),
            R"({"n":null,"e":[],"l":[{"x":null},{"x":1}]})");
}

TEST(TypedExpansion, OnesWithManyMembersTakeNoLongerThanTheyAreLong) {
  std::string text = "{";
  for (int i = 0; i < 2'000; ++i) {
    text += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":1";
  }
  EXPECT_EQ(Typed(text + "}").size(), text.size() + 1);
}

TEST(JsonExpansion, ATextThatIsCutIsNoJson) {
  const std::string text = R"({"a":[1,{"b":"\u0041\n"}],"c":null,"d":-1.5e3})";
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(Plain(std::string_view(text).substr(0, size)), "(text)") << size;
    EXPECT_EQ(Typed(std::string_view(text).substr(0, size)), "(text)") << size;
  }
}

}  // namespace
}  // namespace sluice::debezium
