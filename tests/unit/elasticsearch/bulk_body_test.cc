#include "adapters/elasticsearch/bulk_body.h"

#include <gtest/gtest.h>

#include <string>

#include "adapters/elasticsearch/plain_json.h"

namespace sluice::elasticsearch {
namespace {

DocumentWrite Index(std::string_view id, int64_t version, std::string_view document) {
  return {WriteAction::kIndex, IndexSlot{0}, id, version, document, false};
}

DocumentWrite Delete(std::string_view id, int64_t version) {
  return {WriteAction::kDelete, IndexSlot{0}, id, version, {}, false};
}

TEST(BulkBody, WritesAnActionLineAndTheDocumentUnderIt) {
  const ActionTemplate action = MakeActionTemplate("cdc.public.users");
  BulkBody body;
  body.Append(action, Index("1", 281474976710657, R"({"id":1,"email":"ada@example.com"})"));
  const size_t bytes = body.Append(action, Delete("2", 281474976710658));
  EXPECT_EQ(
      body.text(),
      "{\"index\":{\"_index\":\"cdc.public.users\",\"version_type\":\"external\",\"_id\":\"1\","
      "\"version\":281474976710657}}\n"
      "{\"id\":1,\"email\":\"ada@example.com\"}\n"
      "{\"delete\":{\"_index\":\"cdc.public.users\",\"version_type\":\"external\",\"_id\":\"2\","
      "\"version\":281474976710658}}\n");
  EXPECT_EQ(bytes, body.text().size());
  EXPECT_EQ(body.items(), 2U);
}

TEST(BulkBody, SaysWhereAnEqualVersionGivesWay) {
  const ActionTemplate action = MakeActionTemplate("i");
  BulkBody body;
  DocumentWrite write = Index("1", 1023, "{}");
  write.or_equal = true;
  body.Append(action, write);
  write = Delete("2", 1023);
  write.or_equal = true;
  body.Append(action, write);
  body.Append(action, Delete("3", 5));
  EXPECT_EQ(body.text(),
            "{\"index\":{\"_index\":\"i\",\"version_type\":\"external_gte\",\"_id\":\"1\","
            "\"version\":1023}}\n{}\n"
            "{\"delete\":{\"_index\":\"i\",\"version_type\":\"external_gte\",\"_id\":\"2\","
            "\"version\":1023}}\n"
            "{\"delete\":{\"_index\":\"i\",\"version_type\":\"external\",\"_id\":\"3\","
            "\"version\":5}}\n");
}

TEST(BulkBody, GivesEachDocumentBack) {
  const ActionTemplate action = MakeActionTemplate("i");
  BulkBody body;
  body.Append(action, Index("1", 1, R"({"a":1})"));
  body.Append(action, Delete("2", 2));
  body.Append(action, Index("3", 3, R"({"b":2})"));
  EXPECT_EQ(body.document(0), R"({"a":1})");
  EXPECT_EQ(body.document(1), "");
  EXPECT_EQ(body.document(2), R"({"b":2})");
  EXPECT_EQ(body.action(1), WriteAction::kDelete);
  EXPECT_EQ(body.version(2), 3);
}

TEST(BulkBody, EscapesIdsAndNames) {
  const ActionTemplate action = MakeActionTemplate("a\"b");
  BulkBody body;
  body.Append(action, Delete(std::string_view("x\"y\\z\n\0\x1f\x7f\xC3\xA9", 11), 1));
  EXPECT_EQ(body.text(),
            "{\"delete\":{\"_index\":\"a\\\"b\",\"version_type\":\"external\",\"_id\":"
            "\"x\\\"y\\\\z\\u000a\\u0000\\u001f\x7f\xC3\xA9\",\"version\":1}}\n");
}

TEST(BulkBody, TakesTheLongestIdAndVersion) {
  const std::string id(512, '"');
  BulkBody body;
  body.Append(MakeActionTemplate("i"), Delete(id, INT64_MAX));
  std::string escaped;
  for (int i = 0; i < 512; ++i) escaped += "\\\"";
  EXPECT_EQ(body.text(), "{\"delete\":{\"_index\":\"i\",\"version_type\":\"external\",\"_id\":\"" +
                             escaped + "\",\"version\":9223372036854775807}}\n");
}

TEST(BulkBody, WritesVersionsAndIdsOfEachLength) {
  const ActionTemplate action = MakeActionTemplate("i");
  BulkBody body;
  std::string expected;
  const auto add = [&](const std::string& id, int64_t version) {
    body.Append(action, Delete(id, version));
    expected += R"({"delete":{"_index":"i","version_type":"external","_id":")" + id +
                R"(","version":)" + std::to_string(version) + "}}\n";
  };
  for (int64_t ten = 1; ten <= 1'000'000'000'000'000'000; ten *= 10) {
    for (const int64_t version : {ten, ten - 1 + (ten == 1), ten + 1, ten / 3 + 1, ten * 9 - 1}) {
      add("1", version);
    }
    if (ten == 1'000'000'000'000'000'000) break;
  }
  add("1", INT64_MAX);
  for (int64_t digits = 0; digits < 100'000'000; digits += 7'919)
    add("1", 281'474'900'000'000 + digits);
  for (int64_t four = 0; four < 10'000; ++four) add("1", 2'300'000'000 + four * 10'001);
  for (size_t size = 1; size <= 40; ++size) {
    std::string id;
    while (id.size() < size) id.push_back(static_cast<char>('a' + id.size() % 26));
    add(id, 1);
  }
  EXPECT_EQ(body.text(), expected);
}

TEST(BulkBody, GrowsWithoutLosingWhatIsThere) {
  const ActionTemplate action = MakeActionTemplate("i");
  BulkBody body;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string document = "{\"n\":" + std::to_string(i) + "}";
    body.Append(action, Index(std::to_string(i), i + 1, document));
    expected += "{\"index\":{\"_index\":\"i\",\"version_type\":\"external\",\"_id\":\"" +
                std::to_string(i) + "\",\"version\":" + std::to_string(i + 1) + "}}\n" + document +
                "\n";
  }
  EXPECT_EQ(body.text(), expected);
}

TEST(BulkBody, KeepsItsMemoryWhenClearedButNotThatOfOneHugeDocument) {
  const ActionTemplate action = MakeActionTemplate("i");
  BulkBody body;
  body.Append(action, Index("1", 1, "{}"));
  const size_t capacity = body.capacity();
  body.Clear();
  EXPECT_EQ(body.capacity(), capacity);
  EXPECT_EQ(body.items(), 0U);
  EXPECT_EQ(body.text(), "");
  body.Append(action, Index("1", 1, "{\"a\":\"" + std::string(20'000'000, 'x') + "\"}"));
  body.Clear();
  EXPECT_EQ(body.capacity(), 0U);
}

TEST(BulkBody, AddsAGuardForEachIndexThatHasOnlyDeletes) {
  const ActionTemplate actions[] = {MakeActionTemplate("a"), MakeActionTemplate("b"),
                                    MakeActionTemplate("c")};
  BulkBody body;
  const auto add = [&](uint32_t index, bool deletes) {
    body.Append(actions[index], {deletes ? WriteAction::kDelete : WriteAction::kIndex,
                                 IndexSlot{index}, "1", 1, deletes ? "" : "{}"});
  };
  add(0, true);
  add(1, false);
  add(2, true);
  add(1, true);
  add(2, true);
  const std::string before(body.text());
  body.AddGuards([&](IndexSlot index) -> const ActionTemplate& { return actions[index.value]; });
  const std::string tail = R"(","_id":"~guard","if_seq_no":9007199254740991,"if_primary_term":1}})"
                           "\n{}\n";
  EXPECT_EQ(body.text(),
            before + R"({"index":{"_index":"a)" + tail + R"({"index":{"_index":"c)" + tail);
  EXPECT_EQ(body.guards(), (std::vector<uint32_t>{0, 4}));
  EXPECT_EQ(body.items(), 5U);
  body.Clear();
  add(0, false);
  body.AddGuards([&](IndexSlot index) -> const ActionTemplate& { return actions[index.value]; });
  EXPECT_TRUE(body.guards().empty()) << "what was seen before is forgotten";
}

TEST(BulkBodyDeathTest, RefusesADocumentThatWouldInjectAnAction) {
  BulkBody body;
  EXPECT_DEATH(body.Append(MakeActionTemplate("i"), Index("1", 1, "{\"a\":\n1}")),
               "a document is one line");
}

TEST(JsonEscape, LeavesPlainTextAlone) {
  EXPECT_TRUE(IsPlainJson("plain \xC3\xA9 text"));
  EXPECT_TRUE(IsPlainJson(""));
  EXPECT_FALSE(IsPlainJson("with \" quote"));
  EXPECT_FALSE(IsPlainJson("with \\ backslash"));
  EXPECT_FALSE(IsPlainJson("with \t tab"));
  for (size_t size = 1; size <= 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        EXPECT_EQ(IsPlainJson(text), byte >= 0x20 && byte != '"' && byte != '\\')
            << byte << " at " << at << " of " << size;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::elasticsearch
