#include "adapters/debezium/unchanged_merger.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "adapters/debezium/unchanged_shapes.h"
#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

constexpr std::string_view kOpen = "\"__debezium_unavailable_value\"";

/// A document written with ? for each placeholder.
std::string Document(std::string_view text) {
  std::string document;
  for (const char c : text) c == '?' ? document.append(kOpen) : document.append(1, c);
  return document;
}

std::string Marked(std::string document) {
  for (size_t at = 0; (at = document.find(kOpen)) != std::string::npos;) {
    document.replace(at, kOpen.size(), "?");
  }
  return document;
}

std::vector<OpenField> OpenFields(std::string_view document) {
  UnchangedShapes shapes{std::string(kDefaultPlaceholder)};
  std::vector<UnchangedField> fields;
  EXPECT_TRUE(shapes.Find(document, fields));
  std::vector<OpenField> open;
  for (const UnchangedField& field : fields) {
    const auto name = static_cast<uint32_t>(field.name.data() - document.data());
    open.push_back({name, name + static_cast<uint32_t>(field.name.size()), field.begin, field.end});
  }
  return open;
}

std::string Fill(std::string_view document_text, std::string_view older_text) {
  const std::string document = Document(document_text);
  const std::string older = Document(older_text);
  const std::vector<OpenField> older_open =
      older_text.find('?') == std::string_view::npos ? std::vector<OpenField>{} : OpenFields(older);
  UnchangedMerger merger;
  std::string merged = "left from before";
  std::vector<OpenField> open(7);
  merger.Fill(document, OpenFields(document), older, older_open, merged, open);
  EXPECT_EQ(open, OpenFields(merged)) << merged;
  return Marked(merged);
}

std::string Strip(std::string_view text) {
  const std::string document = Document(text);
  UnchangedMerger merger;
  std::string stripped = "left from before";
  merger.Strip(document, OpenFields(document), stripped);
  return stripped;
}

TEST(UnchangedMerger, FillsAtEveryPlace) {
  const std::string_view older = R"({"a":1.0E5,"b":"x\u0041","c":{"a":[2]},"d":null})";
  EXPECT_EQ(Fill(R"({"a":?,"z":1})", older), R"({"a":1.0E5,"z":1})");
  EXPECT_EQ(Fill(R"({"y":0,"b":?,"z":1})", older), R"({"y":0,"b":"x\u0041","z":1})");
  EXPECT_EQ(Fill(R"({"y":0,"c":?})", older), R"({"y":0,"c":{"a":[2]}})");
  EXPECT_EQ(Fill(R"({"d":?,"c":?,"b":?,"a":?})", older),
            R"({"d":null,"c":{"a":[2]},"b":"x\u0041","a":1.0E5})");
  EXPECT_EQ(Fill(R"({"a":2})", older), R"({"a":2})");
}

TEST(UnchangedMerger, WhatTheOlderDocumentLacksStaysOpen) {
  EXPECT_EQ(Fill(R"({"a":?,"b":?,"c":?})", R"({"b":2})"), R"({"a":?,"b":2,"c":?})");
  EXPECT_EQ(Fill(R"({"a":?,"b":?})", R"({"a":?,"b":"q"})"), R"({"a":?,"b":"q"})");
  EXPECT_EQ(Fill(R"({"a":?})", R"({})"), R"({"a":?})");
  EXPECT_EQ(Fill(R"({"a":?})", R"({"o":{"a":1},"l":[{"a":2}]})"), R"({"a":?})");
  EXPECT_EQ(Fill(R"({"o":{"a":3},"a":?})", R"({"o":{"a":1},"a":2})"), R"({"o":{"a":3},"a":2})");
}

TEST(UnchangedMerger, AMalformedOlderDocumentGivesNothing) {
  for (const std::string_view older : {"", "[]", "null", R"({"a":1)", R"({"a":1,"b":tru})", "{"}) {
    EXPECT_EQ(Fill(R"({"a":?})", older), R"({"a":?})") << older;
  }
}

TEST(UnchangedMerger, NamesAreComparedByMeaning) {
  EXPECT_EQ(Fill(R"({"ü":?})", R"({"\u00fc":1})"), R"({"ü":1})");
  EXPECT_EQ(Fill(R"({"q\"x":?})", R"({"q\u0022x":1,"q":2})"), R"({"q\"x":1})");
  EXPECT_EQ(Fill(R"({"a":?})", R"({"A":1,"a ":2,"aa":3})"), R"({"a":?})");
}

TEST(UnchangedMerger, NoNewlineIsTakenOver) {
  EXPECT_EQ(Fill(R"({"a":?,"b":?})", "\n{\n  \"a\" : [\n 1,\n \"x y\\n\" ]\r\n,\"b\": 2\n}\n"),
            R"({"a":[1,"x y\n"],"b":2})");
}

TEST(UnchangedMerger, StripRemovesNameAndComma) {
  EXPECT_EQ(Strip(R"({"a":?})"), "{}");
  EXPECT_EQ(Strip(R"({"a":?,"b":1})"), R"({"b":1})");
  EXPECT_EQ(Strip(R"({"b":1,"a":?})"), R"({"b":1})");
  EXPECT_EQ(Strip(R"({"b":1,"a":?,"c":2})"), R"({"b":1,"c":2})");
  EXPECT_EQ(Strip(R"({"a":?,"b":?,"c":?})"), "{}");
  EXPECT_EQ(Strip(R"({"x":1,"a":?,"b":?})"), R"({"x":1})");
  EXPECT_EQ(Strip(R"({"a":?,"b":?,"x":1})"), R"({"x":1})");
  EXPECT_EQ(Strip(R"({"a":?,"x":1,"b":?})"), R"({"x":1})");
  EXPECT_EQ(Strip(R"({ "a" : ? , "x" : "a,b" , "b" : ? })"), R"({ "x" : "a,b" })");
  EXPECT_EQ(Strip(R"({"x":1})"), R"({"x":1})");
}

using Fields = std::map<std::string, std::string>;

/// The top-level fields of a document, by a reader of another make.
Fields Read(const std::string& document) {
  simdjson::dom::parser parser;
  Fields fields;
  for (const auto [name, value] : simdjson::dom::object(parser.parse(document))) {
    fields.emplace(std::string(name), simdjson::minify(value));
  }
  return fields;
}

class RandomDocuments {
 public:
  explicit RandomDocuments(uint64_t seed) : random_(seed) {}

  std::string Next(bool with_open) {
    std::string document = "{";
    for (int name = 0; name < 8; ++name) {
      if (Draw(3) == 0) continue;
      if (document.size() > 1) document += Space() + "," + Space();
      static const char* const kNames[] = {"a", "b", "ü", "q\\\"", "\\u0065", "f", "g g", ""};
      document += "\"" + std::string(kNames[name]) + "\"" + Space() + ":" + Space();
      document += with_open && Draw(3) == 0 ? std::string(kOpen) : Value(2);
    }
    return document + Space() + "}";
  }

 private:
  uint64_t Draw(uint64_t below) { return random_() % below; }
  std::string Space() { return Draw(4) == 0 ? " " : ""; }
  std::string Value(int depth) {
    switch (Draw(depth > 0 ? 6 : 4)) {
      case 0: return std::to_string(Draw(1000));
      case 1: return R"("s,\"}{\\")";
      case 2: return "null";
      case 3: return "\"é]\"";
      case 4: return "[" + Value(depth - 1) + "," + Value(depth - 1) + "]";
      default: return "{\"a\":" + Value(depth - 1) + ",\"b\":" + Value(depth - 1) + "}";
    }
  }

  std::mt19937_64 random_;
};

// The reference works on parsed documents: for each open field the older value, else nothing.
TEST(UnchangedMerger, AgreesWithAReferenceThatParses) {
  RandomDocuments documents(TestSeed());
  UnchangedMerger merger;
  std::string merged;
  std::string stripped;
  std::vector<OpenField> open;
  for (int i = 0; i < 3000; ++i) {
    const std::string document = documents.Next(true);
    const std::string older = documents.Next(true);
    merger.Fill(document, OpenFields(document), older, OpenFields(older), merged, open);
    Fields expected = Read(document);
    const Fields source = Read(older);
    size_t left_open = 0;
    for (auto& [name, value] : expected) {
      if (value != kOpen) continue;
      const auto found = source.find(name);
      if (found != source.end()) value = found->second;
      if (value == kOpen) ++left_open;
    }
    ASSERT_EQ(Read(merged), expected) << document << "\n" << older;
    ASSERT_EQ(open.size(), left_open);
    ASSERT_EQ(open, OpenFields(merged));
    merger.Strip(merged, open, stripped);
    std::erase_if(expected, [](const auto& field) { return field.second == kOpen; });
    ASSERT_EQ(Read(stripped), expected) << merged;
  }
}

}  // namespace
}  // namespace sluice::debezium
