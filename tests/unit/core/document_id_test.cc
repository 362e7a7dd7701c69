#include "core/operations/document_id.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/operations/sha256.h"

namespace sluice {
namespace {

using Kind = KeyPart::Kind;

std::string IdOf(const std::vector<KeyPart>& key) {
  DocumentIdBuilder builder;
  return std::string(builder.Build(key));
}

std::string IdOfText(std::string_view text) {
  return IdOf({{Kind::kText, text}});
}

TEST(DocumentId, IsThePlainTextOfOneColumn) {
  EXPECT_EQ(IdOfText("1"), "1");
  EXPECT_EQ(IdOfText("true"), "true");
  EXPECT_EQ(IdOfText("a,b"), "a,b") << "a comma separates nothing in a single column";
  EXPECT_EQ(IdOfText("a~b"), "a~b");
  EXPECT_EQ(IdOfText(std::string_view("a\0b", 3)), std::string("a\0b", 3));
  EXPECT_EQ(IdOfText("größe"), "größe");
  EXPECT_EQ(IdOf({{Kind::kJson, R"({"a":1})"}}), R"({"a":1})");
}

TEST(DocumentId, MarksNullEmptyAndALeadingTilde) {
  EXPECT_EQ(IdOf({{Kind::kNull, ""}}), "~n");
  EXPECT_EQ(IdOfText(""), "~e") << "an empty id fails the whole bulk";
  EXPECT_EQ(IdOfText("~n"), "~~n");
  EXPECT_EQ(IdOfText("~"), "~~");
  EXPECT_EQ(IdOfText("~~"), "~~~");
}

TEST(DocumentId, JoinsSeveralColumnsByCommas) {
  EXPECT_EQ(IdOf({{Kind::kText, "1"}, {Kind::kText, "2"}}), "1,2");
  EXPECT_EQ(IdOf({{Kind::kText, "a,b"}, {Kind::kText, "c"}}), "a~cb,c");
  EXPECT_EQ(IdOf({{Kind::kText, "a~b"}, {Kind::kText, "~"}}), "a~~b,~~");
  EXPECT_EQ(IdOf({{Kind::kNull, ""}, {Kind::kText, ""}}), "~n,~e");
  EXPECT_EQ(IdOf({{Kind::kJson, "[1,2]"}, {Kind::kText, "x"}}), "[1~c2],x");
}

TEST(DocumentId, IsHashedOnlyOver512Bytes) {
  DocumentIdBuilder builder;
  const std::string longest(512, 'k');
  EXPECT_EQ(builder.Build(std::vector<KeyPart>{{Kind::kText, longest}}), longest);
  EXPECT_EQ(builder.full_text(), "");
  const std::string over(513, 'k');
  EXPECT_EQ(builder.Build(std::vector<KeyPart>{{Kind::kText, over}}), "~h" + Sha256Hex(over));
  EXPECT_EQ(builder.full_text(), over);
  // Each tilde doubles: 257 of them and a comma are over the limit only when written.
  const std::string tildes(256, '~');
  const std::vector<KeyPart> key = {{Kind::kText, tildes}, {Kind::kText, "1"}};
  const std::string text = std::string(512, '~') + ",1";
  EXPECT_EQ(builder.Build(key), "~h" + Sha256Hex(text));
  EXPECT_EQ(builder.full_text(), text);
  EXPECT_EQ(builder.Build(std::vector<KeyPart>{{Kind::kText, "1"}}), "1");
  EXPECT_EQ(builder.full_text(), "") << "nothing is left of the id before";
}

TEST(DocumentId, CannotBeTakenForAHash) {
  const std::string fake = "~h" + Sha256Hex("x");
  EXPECT_EQ(IdOfText(fake), "~" + fake);
}

TEST(DocumentIdDeathTest, NeedsAKey) {
  EXPECT_DEATH(IdOf({}), "needs a key");
}

// I2 stands on this: two keys of one table never share an id. Texts are drawn from the letters that
// the grammar gives a meaning to, so that a hole in it is found.
TEST(DocumentId, IsInjectiveOverKeysOfOneTable) {
  const std::vector<std::string> letters = {"~", ",", "n", "e", "c", "h", "a", "\"", "\\", "\n"};
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const size_t columns = 1 + seed % 4;
    std::map<std::string, std::string> key_of;  // id -> the key, spelled without ambiguity
    for (int i = 0; i < 3'000; ++i) {
      std::vector<std::string> texts;
      std::vector<KeyPart> key;
      std::string spelled;
      texts.reserve(columns);
      for (size_t column = 0; column < columns; ++column) {
        const bool null = random() % 8 == 0;
        std::string& text = texts.emplace_back();
        if (!null) {
          for (uint64_t n = random() % 4; n > 0; --n) text += letters[random() % letters.size()];
          if (random() % 500 == 0) text.append(600, '~');
        }
        key.push_back({null ? Kind::kNull : Kind::kText, text});
        spelled += null ? "-1:" : std::to_string(text.size()) + ":" + text;
      }
      const std::string id = IdOf(key);
      ASSERT_FALSE(id.empty());
      ASSERT_LE(id.size(), kDocumentIdBytesMax);
      const auto [found, added] = key_of.try_emplace(id, spelled);
      ASSERT_EQ(found->second, spelled) << "two keys share the id " << id;
    }
  }
}

TEST(KeyTexts, AreThoseThatTheIdWasMadeOf) {
  std::mt19937_64 random(7);
  const std::string letters = "a,~ce";
  for (int i = 0; i < 20'000; ++i) {
    const size_t columns = 1 + random() % 3;
    KeyTexts texts(columns);
    for (auto& text : texts) {
      if (random() % 8 == 0) continue;
      text.emplace();
      for (uint64_t n = random() % 5; n > 0; --n) *text += letters[random() % letters.size()];
    }
    std::vector<KeyPart> key;
    for (const auto& text : texts) {
      key.push_back(text ? KeyPart{Kind::kText, *text} : KeyPart{Kind::kNull, {}});
    }
    DocumentIdBuilder ids;
    ASSERT_EQ(KeyTextsOf(ids.Build(key), columns), std::optional(texts));
  }
}

TEST(KeyTexts, WhatIsNoIdOfSoManyColumnsHasNone) {
  EXPECT_FALSE(KeyTextsOf("", 1));
  EXPECT_FALSE(KeyTextsOf("~h0123", 1));
  EXPECT_FALSE(KeyTextsOf("1", 2));
  EXPECT_FALSE(KeyTextsOf("1,2,3", 2));
  EXPECT_FALSE(KeyTextsOf("1,", 2));
  EXPECT_FALSE(KeyTextsOf("~n,1", 1));
  EXPECT_FALSE(KeyTextsOf("1,~n", 3));
  EXPECT_FALSE(KeyTextsOf("1,a~", 2));
}

TEST(FullKey, IsPutInFrontOfTheFields) {
  std::string out;
  PrependFullKey("k\"1\\\n", R"({"a":1})", out);
  EXPECT_EQ(out, R"({"sluice_key":"k\"1\\\u000a","a":1})");
  PrependFullKey("k", "{}", out);
  EXPECT_EQ(out, R"({"sluice_key":"k"})");
  PrependFullKey("k", "{ }", out);
  EXPECT_EQ(out, R"({"sluice_key":"k" })");
  PrependFullKey("k", R"({ "a":1})", out);
  EXPECT_EQ(out, R"({"sluice_key":"k", "a":1})");
}

}  // namespace
}  // namespace sluice
