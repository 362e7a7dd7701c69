#include "adapters/elasticsearch/document_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using elasticsearch::ReadIds;
using elasticsearch::ReadPage;
using elasticsearch::ReadRemoved;
using elasticsearch::ReadStubs;
using elasticsearch::StoredStub;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ReadPage, TakesTheIdsAndWhatToGoOnWith) {
  const std::string page = R"({"_scroll_id":"s1","timed_out":false,"_shards":{"failed":0},)"
                           R"("hits":{"hits":[{"_id":"1"},{"_id":"a\"b","_version":7}]}})";
  std::string scroll = "old";
  std::vector<ScannedDocument> ids;
  bool complete = false;
  ASSERT_TRUE(ReadPage(page, scroll, complete));
  ASSERT_TRUE(ReadIds(page, ids));
  EXPECT_EQ(scroll, "s1");
  EXPECT_THAT(ids, ElementsAre(ScannedDocument{"1", 0}, ScannedDocument{"a\"b", 7}));
  EXPECT_TRUE(complete);
}

// With filter_path an empty list of hits is not there at all.
TEST(ReadPage, WithoutHitsItIsTheEnd) {
  const std::string page = R"({"_scroll_id":"s2","timed_out":false,"_shards":{"failed":0}})";
  std::string scroll;
  std::vector<ScannedDocument> ids;
  std::vector<StoredStub> stubs;
  bool complete = false;
  ASSERT_TRUE(ReadPage(page, scroll, complete));
  EXPECT_TRUE(complete);
  ASSERT_TRUE(ReadIds(page, ids));
  EXPECT_THAT(ids, IsEmpty());
  size_t hits = 0;
  ASSERT_TRUE(ReadStubs(page, stubs, hits));
  EXPECT_TRUE(stubs.empty());
}

// Ids that a shard has kept back would look like documents that are not there.
TEST(ReadPage, WithAFailedShardItIsNotTheWhole) {
  std::string scroll;
  for (const char* page : {R"({"_scroll_id":"s","timed_out":false,"_shards":{"failed":1}})",
                           R"({"_scroll_id":"s","timed_out":true,"_shards":{"failed":0}})"}) {
    bool complete = true;
    ASSERT_TRUE(ReadPage(page, scroll, complete));
    EXPECT_FALSE(complete);
  }
}

TEST(ReadPage, WhatIsNoPageIsRefused) {
  std::string scroll;
  std::vector<ScannedDocument> ids;
  std::vector<StoredStub> stubs;
  bool complete = true;
  for (const char* page : {"", "[]", R"({"hits":{"hits":[]}})"})
    EXPECT_FALSE(ReadPage(page, scroll, complete)) << page;
  EXPECT_FALSE(ReadIds(R"({"hits":{"hits":[{"_id":1}]}})", ids));
  size_t hits = 0;
  EXPECT_FALSE(ReadStubs(R"({"hits":{"hits":[{"_id":"1"}]}})", stubs, hits));
}

TEST(ReadStubs, TakesVersionAndPartition) {
  std::vector<StoredStub> stubs;
  size_t hits = 0;
  ASSERT_TRUE(ReadStubs(R"({"hits":{"hits":[{"_id":"1","_version":281474976710700,)"
                        R"("_source":{"sluice_deleted":true,"sluice_partition":2}}]}})",
                        stubs, hits));
  ASSERT_EQ(stubs.size(), 1U);
  EXPECT_EQ(stubs[0].id, "1");
  EXPECT_EQ(stubs[0].version, 281474976710700);
  EXPECT_EQ(stubs[0].partition, 2);
}

// A search finds documents of rows that have such columns; to remove them would lose rows.
TEST(ReadStubs, PassesOverWhatIsNotAStubAndNothingElse) {
  for (const char* source :
       {R"({"sluice_deleted":true,"sluice_partition":2,"id":1})", R"({"sluice_deleted":true})",
        R"({"sluice_deleted":false,"sluice_partition":2})",
        R"({"sluice_deleted":"true","sluice_partition":2})",
        R"({"sluice_deleted":true,"sluice_partition":"2"})",
        R"({"sluice_deleted":true,"sluice_partition":null})", R"({"sluice_deleted":true,"id":2})",
        "{}"}) {
    std::vector<StoredStub> stubs;
    size_t hits = 0;
    const std::string page = R"({"hits":{"hits":[{"_id":"1","_version":7,"_source":)" +
                             std::string(source) + R"(},{"_id":"2","_version":8}]}})";
    ASSERT_TRUE(ReadStubs(page, stubs, hits));
    EXPECT_TRUE(stubs.empty()) << source;
    EXPECT_EQ(hits, 2U) << "the page is not the last one";
  }
}

TEST(ReadRemoved, CountsWhatWasThereAndForgivesWhatIsGoneOrNewer) {
  size_t removed = 0;
  // The last one is the guard's.
  const std::string reply =
      R"({"items":[{"delete":{"status":200}},{"delete":{"status":404}},{"delete":{"status":409,)"
      R"("error":{"type":"version_conflict_engine_exception"}}},{"index":{"status":409}}]})";
  EXPECT_EQ(ReadRemoved(reply, 3, removed), "");
  EXPECT_EQ(removed, 1U);
  EXPECT_THAT(ReadRemoved(R"({"items":[{"delete":{"status":429,"error":{"type":"es_rejected"}}}]})",
                          1, removed),
              HasSubstr("429 es_rejected"));
  for (const char* wrong : {"", "{}", R"({"items":[]})", R"({"items":[{"index":{"status":200}}]})"})
    EXPECT_NE(ReadRemoved(wrong, 1, removed), "") << wrong;
}

}  // namespace
}  // namespace sluice::testing
