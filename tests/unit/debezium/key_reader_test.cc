#include "adapters/debezium/key_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/debezium/event_text.h"

namespace sluice::debezium {
namespace {

/// The parts as text, or the reason why there are none.
std::string Read(KeyReader& reader, std::string_view key) {
  switch (reader.Read(PartitionSlot{0}, key)) {
    case KeyShape::kColumns: break;
    case KeyShape::kNull: return "null key";
    case KeyShape::kEmpty: return "empty";
    case KeyShape::kBad: return "bad";
    case KeyShape::kBadUtf8: return "bad utf8";
  }
  std::string text;
  for (const KeyPart& part : reader.parts()) {
    if (!text.empty()) text += " | ";
    switch (part.kind) {
      case KeyPart::Kind::kText: text += "'" + std::string(part.text) + "'"; break;
      case KeyPart::Kind::kJson: text += std::string(part.text); break;
      case KeyPart::Kind::kNull: text += "NULL"; break;
    }
  }
  return text;
}

std::string Read(std::string_view key) {
  KeyReader reader;
  return Read(reader, key);
}

std::string Wrapped(std::string_view payload) {
  return R"({"schema":{"type":"struct","fields":[{"field":"id"}],"name":"shop.Key"},"payload":)" +
         std::string(payload) + "}";
}

TEST(KeyReader, ColumnsInTheirOrder) {
  EXPECT_EQ(Read(R"({"id":42})"), "'42'");
  EXPECT_EQ(Read(R"({"tenant_id":7,"id":42})"), "'7' | '42'");
  EXPECT_EQ(Read(R"({"id":42,"tenant_id":7})"), "'42' | '7'");
  EXPECT_EQ(Read(" { \"a\" : 1 ,\n\"b\" : \"x\" } "), "'1' | 'x'");
}

TEST(KeyReader, TellsTheEncoding) {
  KeyReader reader;
  const auto encoding = [&reader](std::string_view key) {
    EXPECT_EQ(reader.Read(PartitionSlot{0}, key), KeyShape::kColumns) << key;
    return reader.encoding();
  };
  const std::string wrapped = Wrapped(R"({"id":1})");
  const KeyEncoding with_schema = encoding(wrapped);
  EXPECT_EQ(with_schema,
            KeyWithSchema(R"({"type":"struct","fields":[{"field":"id"}],"name":"shop.Key"})"));
  EXPECT_EQ(encoding(Wrapped(R"({"id":2})")), with_schema) << "also when its beginning is known";
  EXPECT_EQ(encoding(R"({"id":1})"), kKeyJson);
  EXPECT_EQ(encoding(R"({"id":1,"b":"x\u0041"})"), kKeyJson);
  EXPECT_EQ(encoding("plain"), kKeyText);
  EXPECT_EQ(encoding(wrapped), with_schema);
  EXPECT_NE(encoding(R"({"schema":{"type":"int32"},"payload":{"id":1}})"), with_schema);
  EXPECT_EQ(encoding(R"({"payload":{"id":1},"schema":{"type":"int32"}})"),
            KeyWithSchema(R"({"type":"int32"})"))
      << "in either order";
}

TEST(KeyReader, ValuesAsTheyAreWritten) {
  EXPECT_EQ(Read(R"({"a":1.0,"b":1,"c":-0,"d":1E+2,"e":9223372036854775808.10})"),
            "'1.0' | '1' | '-0' | '1E+2' | '9223372036854775808.10'");
  EXPECT_EQ(Read(R"({"a":true,"b":false,"c":null,"d":"null","e":""})"),
            "'true' | 'false' | NULL | 'null' | ''");
  EXPECT_EQ(Read(R"({"a":{ "scale" : 0, "value" : "K g==" },"b":[1, [ ] ]})"),
            R"({"scale":0,"value":"K g=="} | [1,[]])");
}

TEST(KeyReader, StringsAreUnescaped) {
  EXPECT_EQ(Read(R"({"a":"q\"b\\s\/\b\f\n\r\tu\u0041\u00e9\u20ac\ud83d\ude00"})"),
            "'q\"b\\s/\b\f\n\r\tuAé€😀'");
  EXPECT_EQ(Read(R"({"a":"x\u0000y"})"), std::string("'x\0y'", 5));
  EXPECT_EQ(Read(R"({"k":"Zoë"})"), "'Zoë'");
  for (const std::string_view lone :
       {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\ud83d\ud83d")"}) {
    EXPECT_EQ(Read("{\"a\":" + std::string(lone) + "}"), "bad") << lone;
  }
}

TEST(KeyReader, TheSchemaChangesNothing) {
  for (const std::string_view payload :
       {R"({"id":42})", R"({"a":7,"b":"x\ty"})", R"({"a":{"scale":0,"value":"Kg=="}})"}) {
    EXPECT_EQ(Read(Wrapped(payload)), Read(payload));
  }
  EXPECT_EQ(Read(R"({"payload":{"id":42},"schema":null})"), "'42'");
  EXPECT_EQ(Read(Wrapped("null")), "null key");
  EXPECT_EQ(Read(Wrapped("{}")), "empty");
  EXPECT_EQ(Read(Wrapped("\"c-7\"")), "'c-7'");
  EXPECT_EQ(Read(Wrapped("42")), "'42'");
}

TEST(KeyReader, ColumnsNamedLikeTheWrapperAreColumns) {
  EXPECT_EQ(Read(R"({"schema":"public","payload":"x"})"), "'public' | 'x'");
  EXPECT_EQ(Read(R"({"schema":{},"payload":1,"id":2})"), "{} | '1' | '2'");
  EXPECT_EQ(Read(R"({"payload":5})"), "'5'");
}

TEST(KeyReader, AKnownSchemaIsComparedAndNothingElse) {
  KeyReader reader;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Read(reader, Wrapped(R"({"id":1})")), "'1'");
    EXPECT_TRUE(reader.with_schema());
    EXPECT_EQ(Read(reader, Wrapped(R"({"id":2})")), "'2'");
    EXPECT_EQ(Read(reader, Wrapped(R"({"id":2})") + " "), "'2'");
    EXPECT_EQ(Read(reader, Wrapped(R"({"id":2})") + "}"), "bad");
    EXPECT_EQ(Read(reader, Wrapped(R"({"id":2}x)")), "bad");
    EXPECT_EQ(Read(reader, Wrapped("null")), "null key");
    EXPECT_EQ(Read(reader, R"({"id":3})"), "'3'");
    EXPECT_FALSE(reader.with_schema());
  }
}

TEST(KeyReader, BareValuesAreOnePart) {
  EXPECT_EQ(Read(R"("c-7")"), "'c-7'");
  EXPECT_EQ(Read(R"("")"), "''");
  EXPECT_EQ(Read("42"), "'42'");
  EXPECT_EQ(Read("[1, 2]"), "[1,2]");
  EXPECT_EQ(Read("null"), "null key");
}

TEST(KeyReader, PlainTextIsAnIdAsItStands) {
  EXPECT_EQ(Read("abc"), "'abc'");
  EXPECT_EQ(Read("007"), "'007'");
  EXPECT_EQ(Read(" x "), "' x '");
  EXPECT_EQ(Read("a,b~c"), "'a,b~c'");
  EXPECT_EQ(Read("6f1b2c3d-0000-4000-8000-000000000003"), "'6f1b2c3d-0000-4000-8000-000000000003'");
}

TEST(KeyReader, WhatCannotIdentifyARowIsBad) {
  EXPECT_EQ(Read(""), "empty");
  EXPECT_EQ(Read("{}"), "empty");
  EXPECT_EQ(Read("Struct{id=1,name=a,b=c}"), "bad");              // ambiguous display text
  EXPECT_EQ(Read(std::string_view("\0\0\0\0\1\x54", 6)), "bad");  // Avro, or a binary integer
  EXPECT_EQ(Read("a\nb"), "bad");
  EXPECT_EQ(Read(R"({"a":1,"a":2})"), "bad");
  EXPECT_EQ(Read(R"({"a":1,"\u0061":2})"), "bad");
  for (const std::string_view key : {"{",
                                     "[",
                                     "\"",
                                     "{\"a\"}",
                                     "{\"a\":}",
                                     "{\"a\":1",
                                     "{\"a\":1}}",
                                     "{\"a\":1,}",
                                     "{a:1}",
                                     "{\"a\":01}",
                                     "{\"a\":1}x",
                                     "{\"a\":\"\x01\"}",
                                     "{\"a\":\"\\x\"}",
                                     "[1,]",
                                     "\"a\"b",
                                     "{\"a\":00}",
                                     "{\"a\":-}",
                                     "{\"a\":\"b}",
                                     "{\"a\":12 3}",
                                     "{\"\\q\":1}"}) {
    EXPECT_EQ(Read(key), "bad") << key;
  }
  EXPECT_EQ(Read("{\"a\":\"\xC3\"}"), "bad utf8");
  EXPECT_EQ(Read("\xFF"), "bad utf8");
}

TEST(KeyReader, ColumnsAndDepthAreBounded) {
  std::string key = "{";
  for (size_t i = 0; i < KeyReader::kColumnsMax + 1; ++i) {
    key += (i == 0 ? "\"c" : ",\"c") + std::to_string(i) + "\":1";
  }
  EXPECT_EQ(Read(key + "}"), "bad");
  const size_t depth = 100'000;
  EXPECT_EQ(Read("{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}"), "bad");
}

}  // namespace
}  // namespace sluice::debezium
