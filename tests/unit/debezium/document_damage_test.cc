// Documents that were cut or damaged: never half a document, never another one.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <random>
#include <string>
#include <vector>

#include "adapters/debezium/document_decoder.h"
#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

const std::vector<std::string> kValues = {
    R"({"event":"user-created","name":"John \"J\" Doe","n":[1,2.50,{"x":null}],"id":7})",
    R"("{\"event\": \"order\", \"amount\": 100.50, \"tags\": [\"a\\n\", \"\\u00e9\"], \"x\": {}}")",
    R"({"schema":{"type":"string","optional":true},"payload":"{\"a\": {\"b\": [true, false]}}"})",
    R"({"schema":{"type":"struct","fields":[]},"payload":{"a":{"b":[1,"}"]},"id":"x"}})",
};

/// The document of a value, or the event's text.
std::string Document(DocumentDecoder& decoder, std::string_view value) {
  ChangeEvent event;
  decoder.Decode(MakeRecord("42", value), event);
  if (event.kind != EventKind::kCreate) return EventText(event);
  EXPECT_EQ(event.after.find_first_of("\r\n"), std::string_view::npos) << value;
  EXPECT_EQ(event.after.front(), '{');
  EXPECT_EQ(event.after.back(), '}');
  return std::string(event.after);
}

TEST(DocumentDamage, AValueCutAnywhereIsNoDocument) {
  DocumentDecoder decoder;
  for (const std::string& value : kValues) {
    ASSERT_EQ(Document(decoder, value).front(), '{');
    for (size_t size = 0; size < value.size(); ++size) {
      const std::vector<char> exact(value.begin(), value.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_EQ(Document(decoder, {exact.data(), exact.size()}), R"(reject bad_json key=["42"])")
          << value.substr(0, size);
    }
  }
}

void Mutate(std::mt19937_64& random, std::string& text) {
  static constexpr std::string_view kBytes = "{}[]\":,\\\n\x01 01eut\xC3";
  const size_t at = text.empty() ? 0 : random() % text.size();
  switch (random() % 4) {
    case 0: text.insert(at, 1, kBytes[random() % kBytes.size()]); break;
    case 1: text.erase(at, 1 + random() % 4); break;
    case 2: text.insert(at, text.substr(at / 2, random() % 20)); break;
    default:
      if (!text.empty()) text[at] = kBytes[random() % kBytes.size()];
      break;
  }
}

/// What another reader takes for the document; empty: it understands none.
std::string OtherReader(const std::string& value) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(value).get(element) != simdjson::SUCCESS) return {};
  simdjson::dom::object object;
  if (element.get(object) == simdjson::SUCCESS && object.size() == 2) {
    simdjson::dom::element schema;
    simdjson::dom::element payload;
    const bool both = object["schema"].get(schema) == simdjson::SUCCESS &&
                      object["payload"].get(payload) == simdjson::SUCCESS;
    if (both && (schema.is_object() || schema.is_null())) element = payload;
  }
  simdjson::dom::parser inner;
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS &&
      inner.parse(std::string(text)).get(element) != simdjson::SUCCESS)
    return {};
  return element.is_object() ? simdjson::minify(element) : std::string();
}

TEST(DocumentDamage, WhateverIsChangedAnotherReaderAgrees) {
  std::mt19937_64 random(TestSeed());
  DocumentDecoder decoder;
  int documents = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string value = kValues[random() % kValues.size()];
    for (uint64_t times = 1 + random() % 2; times > 0; --times) Mutate(random, value);
    const std::string document = Document(decoder, value);
    DocumentDecoder fresh;
    EXPECT_EQ(Document(fresh, value), document) << "what came before changes nothing: " << value;
    const std::string other = OtherReader(value);
    if (document.front() == '{' && !other.empty()) {
      ++documents;
      simdjson::dom::parser parser;
      EXPECT_EQ(simdjson::minify(parser.parse(document)), other) << value;
    }
  }
  EXPECT_GT(documents, 1'000);  // else nothing was tested beyond refusing
}

}  // namespace
}  // namespace sluice::debezium
