#include "adapters/debezium/document_decoder.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/debezium/event_text.h"
#include "tests/unit/debezium/golden_records.h"

namespace sluice::debezium {
namespace {

using Text = std::optional<std::string_view>;

DocumentOptions With(DocumentIdentity identity, EventFormat format = EventFormat::kAuto) {
  DocumentOptions options;
  options.identity = identity;
  options.format = format;
  return options;
}

/// The event and its document; `header` is the record's header `id`.
std::string Decode(Text key, Text value, DocumentOptions options = {}, Text header = {}) {
  DocumentDecoder decoder(options);
  decoder.Bind(PartitionSlot{3}, {"outbox.event.user", 7});
  Record record = MakeRecord(key, value, 3);
  record.offset = Offset{1234};
  ChangeEvent event;
  decoder.Decode(record, event);
  if (event.wants_id) decoder.SetId(header, event);
  const std::string after(event.after);
  event.after = {};
  return EventText(event) + (after.empty() ? "" : " " + after);
}

/// What becomes of a value.
std::string Value(std::string_view value, EventFormat format = EventFormat::kAuto) {
  return Decode("42", value, With(DocumentIdentity::kKey, format));
}

const std::string kCreated = R"(create key=["42"] )";

TEST(DocumentDecoder, AnObjectIsTheDocumentByteForByte) {
  EXPECT_EQ(Value(R"({"event":"user-created","n":1.50,"x":{"y":[1, 2]}})"),
            kCreated + R"({"event":"user-created","n":1.50,"x":{"y":[1, 2]}})");
  EXPECT_EQ(Value("{}"), kCreated + "{}");
  EXPECT_EQ(Value(" {\"a\":1}\r\n"), kCreated + "{\"a\":1}");
}

TEST(DocumentDecoder, AnUnchangedObjectLiesInTheRecord) {
  const std::string value = R"( {"a":[1, {"b":"c"}]} )";
  DocumentDecoder decoder;
  ChangeEvent event;
  decoder.Decode(MakeRecord("42", value), event);
  EXPECT_EQ(event.after.data(), value.data() + 1) << "no copy";
  EXPECT_EQ(event.after.size(), value.size() - 2);
}

TEST(DocumentDecoder, NewlinesBetweenTokensAreTakenOut) {
  EXPECT_EQ(Value("{\n \"a\": [1,\r\n 2],\t\"b\": \"x y\"\n}"),
            kCreated + R"({"a":[1,2],"b":"x y"})");
  EXPECT_EQ(Value(R"("{\n \"a\": 1\n}")"), kCreated + R"({"a":1})");
}

TEST(DocumentDecoder, AStringThatHoldsAnObjectIsThatObject) {
  EXPECT_EQ(Value(R"("{\"name\": \"Zo\u00eb\", \"n\": 1.50}")"),
            kCreated + "{\"name\": \"Zo\xC3\xAB\", \"n\": 1.50}");
  EXPECT_EQ(Value(R"("  {\"a\":\"x\\\"y\\n\"} ")"), kCreated + R"({"a":"x\"y\n"})");
  EXPECT_EQ(Value(R"("{\"a\":\"\\uD83D\\uDE00\"}")"), kCreated + R"({"a":"\uD83D\uDE00"})");
}

TEST(DocumentDecoder, OtherJsonIsNoDocument) {
  for (const char* value :
       {"1", "-1.5e3", "true", "[1,2]", R"([{"a":1}])", R"("just a text")", R"("")", R"("  ")",
        R"("12")", R"("[1]")", R"("\"twice in a string\"")", R"("\"{\\\"a\\\":1}\"")"}) {
    EXPECT_EQ(Value(value), R"(reject not_a_document key=["42"])") << value;
  }
}

TEST(DocumentDecoder, WhatIsNoJsonIsRefused) {
  for (const char* value : {"",
                            " ",
                            "{",
                            "}",
                            R"({"a":1)",
                            R"({"a":1}})",
                            R"({"a":1},)",
                            R"({"a":1} {"b":2})",
                            "nul",
                            R"({a:1})",
                            R"({"a" 1})",
                            R"({"a":1,})",
                            R"({"a":[1})",
                            "plain text",
                            R"("{\"a\":1")",
                            R"("{\"a\":1}} ")",
                            R"("\uD83D")",
                            R"({"a":"x)",
                            "{\"a\":\"\x01\"}",
                            R"("unclosed)",
                            R"("{\"a\":\"\u0001\"}")"}) {
    EXPECT_EQ(Value(value), R"(reject bad_json key=["42"])") << value;
  }
  EXPECT_EQ(Value("{\"a\":\"\xFF\"}"), R"(reject bad_utf8 key=["42"])");
  EXPECT_EQ(Value("\"\xC3\""), R"(reject bad_utf8 key=["42"])");
}

TEST(DocumentDecoder, ANullIsNoDocumentAndNoDeleteEither) {
  for (const char* value : {"null", " null ", R"("null")", R"({"schema":null,"payload":null})"}) {
    EXPECT_EQ(Value(value), "skip no_document") << value;
  }
}

TEST(DocumentDecoder, NoValueDeletesTheDocumentOfTheKey) {
  EXPECT_EQ(Decode("\"42\"", std::nullopt), R"(tombstone key=["42"])");
  EXPECT_EQ(Decode(std::nullopt, std::nullopt), "skip null_key_and_value");
  EXPECT_EQ(Decode("null", std::nullopt), "skip null_key_and_value");
  EXPECT_EQ(Decode("", std::nullopt), "reject empty_key");
}

TEST(DocumentDecoder, TheKeyIsTheSameHoweverItWasConverted) {
  const std::string wrapped = R"({"schema":{"type":"string","optional":false},"payload":"42"})";
  for (const std::string& key : {std::string("42"), std::string("\"42\""), wrapped}) {
    EXPECT_EQ(Decode(key, "{}"), kCreated + "{}") << key;
  }
  EXPECT_EQ(Decode("c-7", "{}"), R"(create key=["c-7"] {})");
  EXPECT_EQ(Decode("\"\"", "{}"), R"(create key=[""] {})");
}

TEST(DocumentDecoder, ADocumentNeedsAKey) {
  EXPECT_EQ(Decode(std::nullopt, "{}"), "reject null_key");
  EXPECT_EQ(Decode("null", "{}"), "reject null_key");
  EXPECT_EQ(Decode("", "{}"), "reject empty_key");
  EXPECT_EQ(Decode("\x01\x02", "{}"), "reject bad_key");
  EXPECT_EQ(Decode("{\"a\":1", "{}"), "reject bad_key");
  EXPECT_EQ(Decode("\xFF", "{}"), "reject bad_utf8");
  EXPECT_EQ(Decode(std::nullopt, "{"), "reject bad_json");
}

TEST(DocumentDecoder, ASchemaIsTakenOffAsOfEnvelopes) {
  const std::string schema = R"({"schema":{"type":"string","optional":true},"payload":)";
  const std::string text = schema + R"("{\"a\":1}"})";
  const std::string object = R"({"payload":{"a":1},"schema":{"type":"struct","fields":[]}})";
  EXPECT_EQ(Value(text), kCreated + R"({"a":1})");
  EXPECT_EQ(Value(object), kCreated + R"({"a":1})");
  EXPECT_EQ(Value(schema + "12}"), R"(reject not_a_document key=["42"])");
  EXPECT_EQ(Value(schema + R"({"a" 1}})"), R"(reject bad_json key=["42"])");
  EXPECT_EQ(Value(R"({"schema":null,"payload":{"a":1},"more":1})"),
            kCreated + R"({"schema":null,"payload":{"a":1},"more":1})")
      << "a document that has such fields beside others";

  EXPECT_EQ(Value(object, EventFormat::kSchemaless), kCreated + object);
  EXPECT_EQ(Value(text, EventFormat::kWithSchema), kCreated + R"({"a":1})");
  EXPECT_EQ(Value(R"({"a":1})", EventFormat::kWithSchema), R"(reject not_a_document key=["42"])");
  EXPECT_EQ(Value(R"("{}")", EventFormat::kWithSchema), R"(reject not_a_document key=["42"])");
}

TEST(DocumentDecoder, AnEnvelopeIsADocumentLikeAnother) {
  const std::string envelope = R"({"before":null,"after":{"id":1},"source":{},"op":"d"})";
  EXPECT_EQ(Value(envelope), kCreated + envelope);
  EXPECT_EQ(Value(R"({"ts_ms":5})"), kCreated + R"({"ts_ms":5})") << "and no heartbeat";
}

TEST(DocumentDecoder, DepthIsTheIndexsToRefuse) {
  const std::string deep = "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_EQ(Value(deep), kCreated + deep);
}

TEST(DocumentDecoder, AnEventIsFoundByItsHeader) {
  const auto by_header = [](Text value, Text header, Text key = "\"42\"") {
    return Decode(key, value, With(DocumentIdentity::kHeader), header);
  };
  const std::string id = "11111111-0000-4000-8000-000000000001";
  for (const std::string& header :
       {id, "\"" + id + "\"", R"({"schema":{"type":"string"},"payload":")" + id + "\"}"}) {
    EXPECT_EQ(by_header("{}", header), "create key=[\"" + id + "\"] {}") << header;
  }
  EXPECT_EQ(by_header("{}", "7", std::nullopt), R"(create key=["7"] {})") << "a key plays no part";
  for (const Text header : {Text(), Text(""), Text("null"), Text("{}"), Text("\x01")}) {
    EXPECT_EQ(by_header("{}", header), "reject missing_id") << header.value_or("none");
  }
  EXPECT_EQ(by_header("{}", "\xFF"), "reject bad_utf8");
  EXPECT_EQ(by_header("[]", id), "reject not_a_document") << "the key is not its id";
  EXPECT_EQ(by_header(std::nullopt, id), "skip no_document") << "no event that could be deleted";
  EXPECT_EQ(by_header("null", id), "skip no_document");
}

TEST(DocumentDecoder, ARecordIsFoundByItsPosition) {
  const auto by_position = [](Text key, Text value) {
    return Decode(key, value, With(DocumentIdentity::kPosition));
  };
  EXPECT_EQ(by_position("\"42\"", "{}"), R"(create key=["outbox.event.user-7-1234"] {})");
  EXPECT_EQ(by_position(std::nullopt, R"("{}")"), R"(create key=["outbox.event.user-7-1234"] {})");
  EXPECT_EQ(by_position("\"42\"", std::nullopt), "skip no_document");
  EXPECT_EQ(by_position("\"42\"", "12"), "reject not_a_document");
}

TEST(DocumentDecoder, TheEncodingOfKeysIsToldWhereAKeyDecidesThePartition) {
  const auto encoding = [](DocumentIdentity identity) {
    DocumentDecoder decoder(With(identity));
    decoder.Bind(PartitionSlot{0}, {"t", 0});
    ChangeEvent event;
    decoder.Decode(MakeRecord("\"42\"", "{}"), event);
    if (event.wants_id) decoder.SetId("7", event);
    return event.key_encoding;
  };
  EXPECT_EQ(encoding(DocumentIdentity::kKey), kKeyJson);
  EXPECT_EQ(encoding(DocumentIdentity::kHeader), kKeyJson) << "another would move the event";
  EXPECT_EQ(encoding(DocumentIdentity::kPosition), kKeyUnknown);
}

TEST(DocumentDecoder, TheTimeIsTheRecords) {
  DocumentDecoder decoder;
  ChangeEvent event;
  Record record = MakeRecord("1", "{}");
  record.timestamp_ms = 1795225757894;
  decoder.Decode(record, event);
  EXPECT_EQ(event.source_ms, 1795225757894);
  record.timestamp_ms = -1;
  decoder.Decode(record, event);
  EXPECT_EQ(event.source_ms, 0) << "unknown";
}

TEST(DocumentDecoder, NothingOfTheLastEventRemains) {
  DocumentDecoder decoder(With(DocumentIdentity::kHeader));
  ChangeEvent event;
  decoder.Decode(MakeRecord("1", "{}"), event);
  ASSERT_TRUE(event.wants_id);
  decoder.Decode(MakeRecord("1", "12"), event);
  EXPECT_FALSE(event.wants_id);
  EXPECT_EQ(EventText(event), "reject not_a_document");
}

/// What a real event router has written (tests/golden), event by event.
std::vector<std::string> Golden(const std::string& name, DocumentIdentity identity) {
  DocumentDecoder decoder(With(identity));
  std::vector<std::string> lines;
  for (const OwnedRecord& record : ReadGolden(GoldenFolder() / name)) {
    if (!record.stream.topic.starts_with("outbox.event.")) continue;
    ChangeEvent event;
    decoder.Decode(MakeRecord(record.key, record.value), event);
    std::optional<std::string_view> id;
    for (const Header& header : record.headers)
      if (header.name == kEventIdHeader) id = header.value;
    if (event.wants_id) decoder.SetId(id, event);
    const std::string after(event.after);
    event.after = {};
    event.source_ms = 0;
    lines.push_back(record.stream.topic + " " + EventText(event) + " " + after);
  }
  return lines;
}

TEST(DocumentDecoder, UnderstandsWhatARealEventRouterWrites) {
  EXPECT_EQ(Golden("cdcout-15-outbox.jsonl", DocumentIdentity::kKey),
            (std::vector<std::string>{
                "outbox.event.Customer create key=[\"c-7\"] {\"name\": \"Zo\xC3\xAB\"}",
                "outbox.event.Order create key=[\"42\"] "
                R"({"n": null, "id": 42, "lines": [{"qty": 1.50, "sku": "a"}]})",
                "outbox.event.Order skip no_document ",
                "outbox.event.Order reject not_a_document key=[\"42\"] ",
                "outbox.event.Order reject not_a_document key=[\"\"] ",
                "outbox.event.Order create key=[\"43\"] {\"id\": 43}",
                "outbox.event.Order create key=[\"44\"] {\"id\": 44}",
            }));
  const auto by_header = Golden("cdcout-15-outbox.jsonl", DocumentIdentity::kHeader);
  ASSERT_EQ(by_header.size(), 7U);
  EXPECT_EQ(by_header[0],
            "outbox.event.Customer create key=[\"11111111-0000-4000-8000-000000000002\"] "
            "{\"name\": \"Zo\xC3\xAB\"}");
}

TEST(DocumentDecoder, UnderstandsAnOlderEventRouterToo) {
  int documents = 0;
  for (const std::string& line : Golden("debezium-2.7-cdcout.jsonl", DocumentIdentity::kHeader)) {
    if (line.find(" create key=[\"11111111-") != std::string::npos) ++documents;
  }
  EXPECT_GE(documents, 3);
}

}  // namespace
}  // namespace sluice::debezium
