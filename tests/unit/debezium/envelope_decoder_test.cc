#include "adapters/debezium/envelope_decoder.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

using Text = std::optional<std::string_view>;

std::string Decode(Text key, Text value, DecoderOptions options = {}) {
  EnvelopeDecoder decoder(std::move(options));
  ChangeEvent event;
  decoder.Decode(MakeRecord(key, value), event);
  return EventText(event);
}

/// `after` of an event that has one, else the event's text.
std::string After(std::string_view value) {
  EnvelopeDecoder decoder;
  ChangeEvent event;
  decoder.Decode(MakeRecord("{\"id\":1}", value), event);
  return event.after.empty() ? EventText(event) : std::string(event.after);
}

constexpr std::string_view kKey = R"({"id":42})";
constexpr std::string_view kSource =
    R"("source":{"version":"3.7.0.Final","name":"shop","ts_ms":1772360130123,"snapshot":"false"})";

std::string Envelope(std::string_view op, std::string_view before, std::string_view after) {
  return R"({"before":)" + std::string(before) + R"(,"after":)" + std::string(after) + "," +
         std::string(kSource) + R"(,"transaction":null,"op":")" + std::string(op) +
         R"(","ts_ms":1772360130300,"ts_us":1772360130300112,"ts_ns":1772360130300112000})";
}

TEST(EnvelopeDecoder, EachOperationHasItsKind) {
  const std::string row = R"({"id":42})";
  const std::string tail = R"( key=["42"] source_ms=1772360130123)";
  const std::string after = " after=9:" + [&] {
    char hex[17];
    std::snprintf(hex, sizeof(hex), "%016llx", static_cast<unsigned long long>(HashText(row)));
    return std::string(hex);
  }();
  EXPECT_EQ(Decode(kKey, Envelope("c", "null", row)), "create" + tail + after);
  EXPECT_EQ(Decode(kKey, Envelope("r", "null", row)), "read" + tail + after);
  EXPECT_EQ(Decode(kKey, Envelope("u", row, row)), "update" + tail + after);
  EXPECT_EQ(Decode(kKey, Envelope("d", row, "null")), "delete" + tail);
  EXPECT_EQ(Decode(kKey, Envelope("d", "null", "null")), "delete" + tail);
  EXPECT_EQ(Decode(std::nullopt, Envelope("t", "null", "null")),
            "truncate source_ms=1772360130123");
  EXPECT_EQ(Decode(kKey, std::nullopt), R"(tombstone key=["42"])");
}

TEST(EnvelopeDecoder, RecordsWithoutARowAreSkippedByTheirShape) {
  EXPECT_EQ(Decode(R"({"serverName":"shop"})", R"({"ts_ms":1772360130300})"), "skip heartbeat");
  EXPECT_EQ(Decode(R"({"id":"751:1"})",
                   R"({"status":"BEGIN","id":"751:1","event_count":null,"data_collections":null,)"
                   R"("ts_ms":1772360130300})"),
            "skip transaction");
  EXPECT_EQ(Decode(R"({"prefix":"app"})",
                   R"({"op":"m","ts_ms":1,"source":{"ts_ms":1},"transaction":null,)"
                   R"("message":{"prefix":"app","content":"eyJhIjoxfQ=="}})"),
            "skip message");
  EXPECT_EQ(Decode(std::nullopt, std::nullopt), "skip null_key_and_value");
}

// A table may have such columns, and a flattening transform may stand before Kafka. None of its
// rows may vanish as a "transaction", delete a document or stop everything as a "truncate".
TEST(EnvelopeDecoder, FlattenedRowsAreNoEnvelopesWhateverTheirColumns) {
  for (const std::string_view row : {
           R"({"id":"7","status":"BEGIN","total":3})",
           R"({"id":"7","status":"BEGIN"})",
           R"({"id":7,"status":"END","event_count":1})",
           R"({"id":7,"status":"paid"})",
           R"({"ts_ms":"2026-01-01"})",
           R"({"ts_ms":1,"id":2})",
           R"({"id":7,"op":"d"})",
           R"({"id":7,"op":"t"})",
           R"({"id":7,"op":"m"})",
           R"({"id":7,"op":"d","source":"import"})",
           R"({"id":7,"op":"t","before":"2026-01-01"})",
           R"({"schema":"a","payload":"b"})",
           R"({})",
       }) {
    EXPECT_EQ(Decode(kKey, row), R"(reject not_an_envelope key=["42"])") << row;
  }
}

TEST(EnvelopeDecoder, JsonNullIsANullToo) {
  for (const std::string_view null :
       {"null", " null\n", R"({"schema":null,"payload":null})",
        R"({"schema":{"type":"string","optional":true},"payload":null})",
        R"({"payload":null,"schema":null})"}) {
    EXPECT_EQ(Decode(kKey, null), R"(tombstone key=["42"])") << null;
    EXPECT_EQ(Decode(null, null), "skip null_key_and_value") << null;
    EXPECT_EQ(Decode(null, Envelope("c", "null", "{}")), "reject null_key") << null;
    EXPECT_EQ(Decode(null, std::nullopt), "skip null_key_and_value") << null;
  }
}

TEST(EnvelopeDecoder, ARowWithoutAKeyIsRefused) {
  EXPECT_EQ(Decode(std::nullopt, Envelope("c", "null", "{}")), "reject null_key");
  EXPECT_EQ(Decode(std::nullopt, Envelope("u", "null", "{}")), "reject null_key");
  EXPECT_EQ(Decode(std::nullopt, Envelope("d", "{}", "null")), "reject null_key");
  EXPECT_EQ(Decode("{}", Envelope("d", "{}", "null")), "reject empty_key");
  EXPECT_EQ(Decode("", std::nullopt), "reject empty_key");
  EXPECT_EQ(Decode("{\"id\":", Envelope("d", "{}", "null")), "reject bad_key");
  EXPECT_EQ(Decode("{\"id\":\"\xFF\"}", std::nullopt), "reject bad_utf8");
}

TEST(EnvelopeDecoder, OtherOperationsAreUnknown) {
  for (const std::string_view op :
       {"\"x\"", "\"C\"", "\"cc\"", "\"\"", "1", "null", "{}", "[\"c\"]", "\"\\u0063\""}) {
    const std::string value = "{\"after\":{\"id\":1},\"op\":" + std::string(op) + "}";
    EXPECT_EQ(Decode(kKey, value), R"(reject unknown_operation key=["42"])") << op;
  }
}

TEST(EnvelopeDecoder, ARowNeedsAnObjectAfter) {
  for (const std::string_view after : {"null", "1", "\"{}\"", "[{}]", "true"}) {
    EXPECT_EQ(Decode(kKey, Envelope("c", "null", after)), R"(reject missing_after key=["42"])")
        << after;
  }
  EXPECT_EQ(Decode(kKey, R"({"op":"u","source":{}})"), R"(reject missing_after key=["42"])");
}

TEST(EnvelopeDecoder, MalformedValuesAreBadJson) {
  const std::string good = Envelope("c", "null", R"({"id":1})");
  for (const std::string& value : {
           std::string(),
           std::string(" "),
           std::string("text"),
           std::string("\0\0\0\0\1", 5),
           good + "x",
           good + "{}",
           good + "}",
           "[" + good,
           good.substr(1),
           Envelope("c", "null", R"({"a":[})"),
           Envelope("c", "null", R"({"a":[}])"),
           Envelope("c", "null", R"({"a":{]})"),
           Envelope("c", "null", R"({"a":1}})"),
           Envelope("c", "null", R"({"a":"b)"),
           Envelope("c", "null", "{\"a\":\"line\nline\"}"),
           Envelope("c", "null", "{\"a\":\"\\\n\"}"),
           Envelope("c", "null", "{\"a\":\x01 1}"),
           Envelope("c", "null", "{\"a\":\\\"}\"}"),
           std::string(R"({"op":"c","after":{"id":1},})"),
           std::string(R"({"op":"c" "after":{"id":1}})"),
           std::string(R"({"op":"c","after"{"id":1}})"),
           std::string(R"({"op":"c","after":{"id":1},"ts_ms":01})"),
           std::string(R"({"op":"c","after":{"id":1},"ts_ms":1.})"),
           std::string(R"({"op":"c","after":{"id":1},"ts_ms":tru})"),
           std::string(R"({"op":"c","after":{"id":1},1:2})"),
           std::string(R"({"schema":{},"payload":{"op":"c","after":{"id":1}})"),
           std::string(R"({"schema":{},"payload":{"op":"c",}})"),
       }) {
    EXPECT_EQ(Decode(kKey, value), R"(reject bad_json key=["42"])") << value;
  }
}

TEST(EnvelopeDecoder, ValidJsonOfAnotherKindIsNoEnvelope) {
  for (const std::string_view value : {"[]", "[1,2]", "\"text\"", "12", "true", "[{\"op\":\"c\"}]",
                                       R"({"schema":{},"payload":12})"}) {
    EXPECT_EQ(Decode(kKey, value), R"(reject not_an_envelope key=["42"])") << value;
  }
}

TEST(EnvelopeDecoder, TextMustBeUtf8) {
  for (const std::string_view bad :
       {"\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    const std::string row = "{\"a\":\"" + std::string(bad) + "\"}";
    EXPECT_EQ(Decode(kKey, Envelope("c", "null", row)), R"(reject bad_utf8 key=["42"])");
    EXPECT_EQ(Decode(kKey, "\"" + std::string(bad) + "\""), R"(reject bad_utf8 key=["42"])");
  }
  EXPECT_EQ(After(Envelope("c", "null", "{\"a\":\"Zoë 😀\"}")), "{\"a\":\"Zoë 😀\"}");
}

// Two equal names mean whatever a reader makes of them, so neither may decide what is written.
TEST(EnvelopeDecoder, AMemberThatStandsTwiceIsBadJson) {
  for (const std::string_view value : {
           R"({"op":"c","op":"d","after":{"id":1},"source":{}})",
           R"({"op":"c","after":{"id":1},"after":{"id":2}})",
           R"({"op":"d","before":null,"before":null,"source":{}})",
           R"({"schema":null,"payload":null,"payload":{"op":"c","after":{}}})",
       }) {
    EXPECT_EQ(Decode(kKey, value), R"(reject bad_json key=["42"])") << value;
  }
}

TEST(EnvelopeDecoder, TheRowIsForwardedByteForByte) {
  for (const std::string_view row : {
           R"({})",
           R"({"n":1.0E300,"m":-0.0,"big":12345678901234567890.123,"e":1e400})",
           R"({"s":"a\"}\\","t":"\\\"","u":"\u0000\ud83d\ude00","v":"{[}]"})",
           R"({"a":[1,{"b":[[],{}]}],"before":{"op":"d"},"after":null})",
           R"({"a" : 1 , "b":	2})",
           R"({"dup":1,"dup":2})",
       }) {
    EXPECT_EQ(After(Envelope("c", "null", row)), row);
  }
}

TEST(EnvelopeDecoder, NewlinesBetweenTokensAreTakenOutOfTheRow) {
  EXPECT_EQ(After(Envelope("c", "null", "{\n \"a\" : [ 1,\r\n 2 ],\t\"b\":\"x \\n y\" }\n")),
            R"({"a":[1,2],"b":"x \n y"})");
  EXPECT_EQ(After("\n" + Envelope("u", "null", R"({"a": 1})") + "\r\n"), R"({"a": 1})");
}

TEST(EnvelopeDecoder, MembersMayComeInAnyOrderAndSpelling) {
  const std::string expected = Decode(kKey, Envelope("c", "null", R"({"id":1})"));
  const std::string source(kSource);
  EXPECT_EQ(Decode(kKey, R"({"op":"c",)" + source + R"(,"after":{"id":1}})"), expected);
  EXPECT_EQ(
      Decode(kKey, R"({ "extra":[1,{}] , "after" : {"id":1} , )" + source + R"(, "op" : "c" })"),
      expected);
  EXPECT_EQ(Decode(kKey, "{\"schema\":{\"a\":[{}]},\"payload\":" +
                             Envelope("c", "null", R"({"id":1})") + "}"),
            expected);
  EXPECT_EQ(Decode(kKey, "{ \"payload\" : " + Envelope("c", "null", R"({"id":1})") +
                             ",\n\"schema\" : null }"),
            expected);
}

TEST(EnvelopeDecoder, TheFormatMayBeFixed) {
  const std::string bare = Envelope("c", "null", R"({"id":1})");
  const std::string wrapped = R"({"schema":{"type":"struct"},"payload":)" + bare + "}";
  DecoderOptions schemaless;
  schemaless.format = EventFormat::kSchemaless;
  DecoderOptions with_schema;
  with_schema.format = EventFormat::kWithSchema;
  EXPECT_EQ(Decode(kKey, bare, schemaless), Decode(kKey, bare));
  EXPECT_EQ(Decode(kKey, wrapped, with_schema), Decode(kKey, bare));
  EXPECT_EQ(Decode(kKey, wrapped, schemaless), R"(reject not_an_envelope key=["42"])");
  EXPECT_EQ(Decode(kKey, bare, with_schema), R"(reject not_an_envelope key=["42"])");
}

TEST(EnvelopeDecoder, SourceGivesTimeAndSnapshotMark) {
  const auto decode = [](std::string_view source) {
    return Decode(kKey, R"({"op":"d","before":null,"source":)" + std::string(source) + "}");
  };
  EXPECT_EQ(decode(R"({"ts_ms":5,"snapshot":"first"})"), R"(delete key=["42"] source_ms=5 first)");
  EXPECT_EQ(decode(R"({"snapshot":"first","ts_ms":5})"), R"(delete key=["42"] source_ms=5 first)");
  EXPECT_EQ(decode(R"({"snapshot":"first_in_data_collection","ts_ms":-5})"),
            R"(delete key=["42"] source_ms=-5 first)");
  EXPECT_EQ(decode(R"({"snapshot":"last","ts_ms":null})"), R"(delete key=["42"])");
  EXPECT_EQ(decode(R"({"snapshot":null,"ts_ms":99999999999999999999})"), R"(delete key=["42"])");
  EXPECT_EQ(decode(R"({"x":{"ts_ms":1,"snapshot":"first"},"ts_ms":7})"),
            R"(delete key=["42"] source_ms=7)");
  EXPECT_EQ(decode("{}"), R"(delete key=["42"])");
}

// The decoder compares with what the partition's last record began with. Whatever came before, a
// record must mean the same as to a fresh decoder.
TEST(EnvelopeDecoder, WhatCameBeforeChangesNothing) {
  const std::string schema_a = R"({"schema":{"name":"a","fields":[{"field":"id"}]},"payload":)";
  const std::string schema_b = R"({"schema":{"name":"b","fields":[]},"payload":)";
  const std::string row = Envelope("u", "null", R"({"id":1})");
  const std::string values[] = {
      schema_a + row + "}",
      schema_a + row + "}",
      schema_a + "null}",
      schema_a + row + " }\n",
      schema_a + row + ",\"x\":1}",
      schema_a + row + "}}",
      schema_a + row,
      schema_b + row + "}",
      schema_a + R"({"ts_ms":1}})",
      schema_a + Envelope("c", "null", "{\n\"id\":1}") + "}",
      "{\"payload\":" + row + ",\"schema\":null}",
      row,
      R"({"op":"d","source":{"name":"shop","ts_ms":12,"snapshot":"first"}})",
      R"({"op":"d","source":{"name":"shop","ts_ms":13,"snapshot":"last"}})",
      R"({"op":"d","source":{"name":"shop","ts_ms":14}})",
      R"({"op":"d","source":{"name":"shop","ts_ms":"15","snapshot":"first"}})",
      R"({"op":"d","source":{"name":"shop","ts_ms":16,"db":"x","snapshot":"first"}})",
  };
  EnvelopeDecoder decoder;
  for (int round = 0; round < 3; ++round) {
    for (const std::string& value : values) {
      ChangeEvent event;
      decoder.Decode(MakeRecord(kKey, value), event);
      EXPECT_EQ(EventText(event), Decode(kKey, value)) << value;
    }
  }
}

TEST(EnvelopeDecoder, NothingOfTheLastEventRemains) {
  EnvelopeDecoder decoder;
  ChangeEvent event;
  decoder.Decode(MakeRecord(kKey, Envelope("c", "null", R"({"a":"__debezium_unavailable_value"})")),
                 event);
  ASSERT_EQ(event.unchanged.size(), 1U);
  decoder.Decode(MakeRecord("{}", Envelope("c", "null", "{\"a\":1}")), event);
  EXPECT_EQ(EventText(event), "reject empty_key");
  decoder.Decode(MakeRecord(kKey, std::nullopt), event);
  EXPECT_EQ(EventText(event), R"(tombstone key=["42"])");
}

TEST(EnvelopeDecoder, DeepAndWideRowsAreFramed) {
  const std::string deep = "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_EQ(After(Envelope("c", "null", deep)), deep);
  std::string wide = "{\"a\":[";
  for (int i = 0; i < 20000; ++i) wide += "{},";
  wide += "{}]}";
  EXPECT_EQ(After(Envelope("c", "null", wide)), wide);
}

// ---- What the source itself tells of columns that it did not send ------------------------------

/// "name=value" of each unchanged column as the row spells them; "no" where a name is not there.
std::string Unchanged(const std::string& row, const std::vector<std::string>& names) {
  EnvelopeDecoder decoder;
  ChangeEvent event;
  const std::string value = Envelope("u", "null", row);
  decoder.Decode(MakeRecord(kKey, value), event);
  if (!decoder.SetUnchanged(names, event)) return "no";
  std::string text;
  for (const UnchangedField& field : event.unchanged) {
    text += std::string(text.empty() ? "" : " ") + std::string(field.name) + "=" +
            std::string(event.after.substr(field.begin, field.end - field.begin));
  }
  return text;
}

TEST(EnvelopeDecoder, BelievesTheSourceAndNotTheLookOfAValue) {
  const std::string row =
      R"({"id":42,"a":"__debezium_unavailable_value","b":{"x":[1,"}"]},"c": null })";
  EXPECT_EQ(Unchanged(row, {"b"}), R"(b={"x":[1,"}"]})");
  EXPECT_EQ(Unchanged(row, {"c", "a"}), R"(a="__debezium_unavailable_value" c=null)");
  EXPECT_EQ(Unchanged(row, {}), "");
}

TEST(EnvelopeDecoder, FindsNamesHoweverTheRowSpellsThem) {
  const std::string row = R"({"\u0061,b":1,"q\"uote":2,"tab\t":3,"gr\u00fc\u00df":4,"€":5})";
  EXPECT_EQ(Unchanged(row, {"a,b"}), R"(\u0061,b=1)");
  EXPECT_EQ(Unchanged(row, {"q\"uote", "tab\t"}), R"(q\"uote=2 tab\t=3)");
  EXPECT_EQ(Unchanged(row, {"gr\xC3\xBC\xC3\x9F", "\xE2\x82\xAC"}), R"(gr\u00fc\u00df=4 €=5)");
}

TEST(EnvelopeDecoder, RefusesANameThatTheRowDoesNotHave) {
  EXPECT_EQ(Unchanged(R"({"id":42,"a":1})", {"b"}), "no");
  EXPECT_EQ(Unchanged(R"({"id":42,"a":1})", {"a", "A"}), "no");
  EXPECT_EQ(Unchanged(R"({})", {"a"}), "no");
}

}  // namespace
}  // namespace sluice::debezium
