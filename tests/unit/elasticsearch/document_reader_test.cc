#include "adapters/elasticsearch/document_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using elasticsearch::ReadIdPage;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ReadIdPage, TakesTheIdsAndWhatToGoOnWith) {
  std::string scroll = "old";
  std::vector<std::string> ids;
  bool complete = false;
  ASSERT_TRUE(ReadIdPage(R"({"_scroll_id":"s1","timed_out":false,"_shards":{"failed":0},)"
                         R"("hits":{"hits":[{"_id":"1"},{"_id":"a\"b"}]}})",
                         scroll, ids, complete));
  EXPECT_EQ(scroll, "s1");
  EXPECT_THAT(ids, ElementsAre("1", "a\"b"));
  EXPECT_TRUE(complete);
}

// With filter_path an empty list of hits is not there at all.
TEST(ReadIdPage, WithoutHitsItIsTheEnd) {
  std::string scroll;
  std::vector<std::string> ids;
  bool complete = false;
  ASSERT_TRUE(ReadIdPage(R"({"_scroll_id":"s2","timed_out":false,"_shards":{"failed":0}})", scroll,
                         ids, complete));
  EXPECT_THAT(ids, IsEmpty());
  EXPECT_TRUE(complete);
}

// Ids that a shard has kept back would look like documents that are not there.
TEST(ReadIdPage, APageWithAFailedShardIsNotTheWhole) {
  std::string scroll;
  std::vector<std::string> ids;
  bool complete = true;
  ASSERT_TRUE(ReadIdPage(R"({"_scroll_id":"s","timed_out":false,"_shards":{"failed":1}})", scroll,
                         ids, complete));
  EXPECT_FALSE(complete);
  ASSERT_TRUE(ReadIdPage(R"({"_scroll_id":"s","timed_out":true,"_shards":{"failed":0}})", scroll,
                         ids, complete));
  EXPECT_FALSE(complete);
}

TEST(ReadIdPage, WhatIsNoPageIsRefused) {
  std::string scroll;
  std::vector<std::string> ids;
  bool complete = true;
  EXPECT_FALSE(ReadIdPage("", scroll, ids, complete));
  EXPECT_FALSE(ReadIdPage("[]", scroll, ids, complete));
  EXPECT_FALSE(ReadIdPage(R"({"hits":{"hits":[]}})", scroll, ids, complete));
  EXPECT_FALSE(
      ReadIdPage(R"({"_scroll_id":"s","hits":{"hits":[{"_id":1}]}})", scroll, ids, complete));
}

}  // namespace
}  // namespace sluice::testing
