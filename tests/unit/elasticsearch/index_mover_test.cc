#include "adapters/elasticsearch/index_mover.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace sluice::elasticsearch {
namespace {

const AliasMove kMove = {"a", "a-000001", "a-000002", "a.rebuild", "a.frozen-1f"};

TEST(IndexMover, MovesOnlyWhereEverythingIsAsItWasSeen) {
  EXPECT_EQ(MoveBody(kMove, false),
            R"({"remove":{"index":"a-000001","alias":"a.frozen-1f","must_exist":true}},)"
            R"({"remove":{"index":"a-000001","alias":"a","must_exist":true}},)"
            R"({"remove":{"index":"a-000002","alias":"a.rebuild","must_exist":true}},)"
            R"({"add":{"index":"a-000002","alias":"a","is_write_index":true}})");
}

TEST(IndexMover, TheAliasHidesStubsWhereDeletesAreSoft) {
  EXPECT_NE(MoveBody(kMove, true).find(R"("is_write_index":true,"filter":{"bool":{"must_not":)"),
            std::string::npos);
}

TEST(IndexMover, TakesNothingFromAnIndexThatIsNotThere) {
  AliasMove move = kMove;
  move.from.clear();
  EXPECT_EQ(MoveBody(move, false),
            R"({"remove":{"index":"a-000002","alias":"a.rebuild","must_exist":true}},)"
            R"({"add":{"index":"a-000002","alias":"a","is_write_index":true}})");
}

TEST(IndexMover, ReadsWhatAnIndexIs) {
  const std::string reply =
      R"({"a-000001":{"aliases":{"a":{},"a.frozen-1f":{}},"settings":{"index":{"uuid":"u1",)"
      R"("blocks":{"write":"true"}}}}})";
  const auto backing = ReadBacking(reply, "a-000001");
  ASSERT_TRUE(backing);
  EXPECT_EQ(backing->uuid, "u1");
  EXPECT_TRUE(backing->writes_blocked);
  EXPECT_EQ(backing->aliases, (std::vector<std::string>{"a", "a.frozen-1f"}));
  const auto open = ReadBacking(
      R"({"a-000001":{"aliases":{},"settings":{"index":{"uuid":"u1","blocks":{"write":"false"}}}}})",
      "a-000001");
  ASSERT_TRUE(open);
  EXPECT_FALSE(open->writes_blocked);
  EXPECT_FALSE(ReadBacking(reply, "another"));
  for (size_t length = 0; length < reply.size(); ++length)
    EXPECT_FALSE(ReadBacking(reply.substr(0, length), "a-000001")) << length;
}

TEST(IndexMover, OnlyTheFirstBlockSaysThatNoWriteIsUnderWay) {
  EXPECT_TRUE(ReadBlocked(R"({"acknowledged":true,"shards_acknowledged":true,"indices":[]})"));
  EXPECT_FALSE(ReadBlocked(R"({"acknowledged":true,"shards_acknowledged":false,"indices":[]})"));
  EXPECT_FALSE(ReadBlocked(R"({"acknowledged":false,"shards_acknowledged":true})"));
  EXPECT_FALSE(ReadBlocked(R"({"acknowledged":true})"));
  EXPECT_FALSE(ReadBlocked("no JSON"));
}

TEST(IndexMover, AnIndexOfOtherMappingsOrSettingsHasAnotherRecipe) {
  testing::FakeClock clock;
  Settings settings;
  settings.urls = {"http://127.0.0.1:1"};
  settings.index_mappings = R"({"properties":{"a":{"type":"text"}}})";
  const std::string before = IndexMover(settings, clock).RecipeOf("a.rebuild");
  EXPECT_EQ(before.size(), 16U);
  EXPECT_EQ(IndexMover(settings, clock).RecipeOf("a.rebuild"), before);
  settings.index_mappings = R"({"properties":{"a":{"type":"keyword"}}})";
  EXPECT_NE(IndexMover(settings, clock).RecipeOf("a.rebuild"), before);
}

}  // namespace
}  // namespace sluice::elasticsearch
