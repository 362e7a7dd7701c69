// Destinations: created, checked, refused, on the real server.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/elasticsearch/live.h"

namespace sluice::elasticsearch {
namespace {

using Destinations = LiveTest;

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Destinations, AreAnAliasOntoABackingIndex) {
  PrepareHere();
  EXPECT_TRUE(live.index.cluster().known);
  EXPECT_FALSE(live.index.cluster().version.empty());
  const Response made = raw.Ask("GET", "/" + name + "?flat_settings=true");
  EXPECT_TRUE(Has(made.body, "\"" + name + "-000001\"")) << made.body;
  EXPECT_TRUE(Has(made.body, "\"" + name + "\":{\"is_write_index\":true}")) << made.body;
  EXPECT_TRUE(Has(made.body, R"("index.gc_deletes":"15m")")) << made.body;
  EXPECT_TRUE(Has(made.body, "\"date_detection\":false")) << made.body;
}

TEST_F(Destinations, MapTextsAsWordsAndWhole) {
  PrepareHere();
  ASSERT_EQ(
      live.One(Index("1", 1, R"({"email":"ada@example.com","day":"2024-01-31","price":0.1,"n":1})"))
          .result,
      WriteResult::kCreated);
  const std::string mapping = raw.Ask("GET", "/" + name + "/_mapping").body;
  for (const char* field : {"email", "day"})
    EXPECT_TRUE(Has(mapping, "\"" + std::string(field) +
                                 R"(":{"type":"text","fields":{"keyword":{"type":"keyword",)"
                                 R"("ignore_above":8191}}})"))
        << mapping;
  EXPECT_TRUE(Has(mapping, R"("price":{"type":"double"})")) << mapping;
  EXPECT_TRUE(Has(mapping, R"("n":{"type":"long"})")) << mapping;
  // A second row whose text is no date is as good as the first, and the longest text is no error.
  EXPECT_EQ(live.One(Index("2", 2, R"({"day":"yesterday"})")).result, WriteResult::kCreated);
  std::string longest;
  while (longest.size() < 40'000) longest += "\xF0\x9F\x98\x80";
  EXPECT_EQ(live.One(Index("3", 3, "{\"email\":\"" + longest + "\"}")).result,
            WriteResult::kCreated);
  raw.Ask("POST", "/" + name + "/_refresh");
  const auto count = [this](const std::string& query) {
    return raw
        .Ask("POST", "/" + name + "/_search?filter_path=hits.total.value",
             "{\"query\":" + query + "}")
        .body;
  };
  EXPECT_EQ(count(R"({"match":{"email":"ada"}})"), R"({"hits":{"total":{"value":1}}})")
      << "found by a word of it";
  EXPECT_EQ(count(R"({"term":{"email.keyword":"ada@example.com"}})"),
            R"({"hits":{"total":{"value":1}}})");
}

TEST_F(Destinations, TakeOwnSettingsAndMappings) {
  Settings settings = LiveSettings();
  settings.index_settings = R"({"number_of_shards":2,"index":{"refresh_interval":"7s"}})";
  settings.index_mappings = R"({"properties":{"n":{"type":"keyword"}}})";
  Live own(settings);
  ASSERT_EQ(own.Prepare(name).failure.verdict.disposition, Disposition::kDone);
  const std::string made = raw.Ask("GET", "/" + name + "?flat_settings=true").body;
  EXPECT_TRUE(Has(made, R"("index.number_of_shards":"2")")) << made;
  EXPECT_TRUE(Has(made, R"("index.refresh_interval":"7s")")) << made;
  EXPECT_TRUE(Has(made, R"("index.gc_deletes":"15m")")) << made;
  EXPECT_TRUE(Has(made, R"("n":{"type":"keyword"})")) << made;
}

TEST_F(Destinations, AreRefusedWithTheServersWordsWhenSettingsAreWrong) {
  Settings settings = LiveSettings();
  settings.index_mappings = R"({"properties":{"n":{"type":"no_such_type"}}})";
  Live own(settings);
  const PrepareResult result = own.Prepare(name);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_TRUE(Has(result.failure.detail, "no_such_type")) << result.failure.detail;
}

TEST_F(Destinations, AreCreatedOnceByManyWhoWantThemAtOnce) {
  std::vector<std::unique_ptr<Live>> members;
  for (int i = 0; i < 8; ++i) members.push_back(std::make_unique<Live>());
  std::vector<IndexSlot> slots;
  for (const auto& member : members) slots.push_back(member->index.Prepare(name));
  // All turn a little in each round, so that their requests are on the way together.
  for (int round = 0; round < 400; ++round)
    for (const auto& member : members) {
      member->index.Poll(member->batches, member->lookups, member->prepared);
      member->waiter.Wait(std::chrono::milliseconds(1));
    }
  for (size_t i = 0; i < members.size(); ++i) {
    const PrepareResult result = members[i]->AwaitPrepared(slots[i]);
    EXPECT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
    const DocumentWrite write{WriteAction::kIndex, slots[i], "x", static_cast<int64_t>(i) + 1,
                              "{}"};
    EXPECT_EQ(members[i]->One(write).disposition, Disposition::kDone);
  }
}

TEST_F(Destinations, ThatAreAnIndexAreRefused) {
  ASSERT_EQ(raw.Ask("PUT", "/" + name).status, 200);
  const PrepareResult result = live.Prepare(name);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(result.failure.verdict.reason, FailureReason::kIndexUnsuitable);
  EXPECT_TRUE(Has(result.failure.detail, "not an alias")) << result.failure.detail;
}

TEST_F(Destinations, WithoutAWriteIndexAreRefused) {
  const std::string body =
      R"({"settings":{"index.gc_deletes":"15m"},"aliases":{")" + name + "\":{}}}";
  ASSERT_EQ(raw.Ask("PUT", "/" + name + "-000001", body).status, 200);
  ASSERT_EQ(raw.Ask("PUT", "/" + name + "-000002", body).status, 200);
  EXPECT_TRUE(Has(live.Prepare(name).failure.detail, "is_write_index"));
  // With one it works, lookups too, which no alias on several indices answers.
  ASSERT_EQ(raw.Ask("POST", "/_aliases",
                    R"({"actions":[{"add":{"index":")" + name + R"(-000002","alias":")" + name +
                        R"(","is_write_index":true}}]})")
                .status,
            200);
  Live second;
  const PrepareResult result = second.Prepare(name);
  ASSERT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
  EXPECT_EQ(second.One({WriteAction::kIndex, result.index, "1", 1, "{\"a\":1}"}).result,
            WriteResult::kCreated);
  EXPECT_EQ(second.Read(result.index, "1").document, "{\"a\":1}");
}

TEST_F(Destinations, WhoseBackingIndexHasNoAliasAreRefused) {
  ASSERT_EQ(raw.Ask("PUT", "/" + name + "-000001").status, 200);
  const PrepareResult result = live.Prepare(name);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_TRUE(Has(result.failure.detail, "POST /_aliases")) << result.failure.detail;
}

TEST_F(Destinations, ThatForgetDeletesTooSoonAreRefused) {
  ASSERT_EQ(raw.Ask("PUT", "/" + name + "-000001", "{\"aliases\":{\"" + name + "\":{}}}").status,
            200);
  const PrepareResult result = live.Prepare(name);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  ASSERT_TRUE(Has(result.failure.detail, "gc_deletes")) << result.failure.detail;
  // The cure that the sentence names.
  ASSERT_EQ(
      raw.Ask("PUT", "/" + name + "-000001/_settings", R"({"index.gc_deletes":"15m"})").status,
      200);
  Live second;
  EXPECT_EQ(second.Prepare(name).failure.verdict.disposition, Disposition::kDone);
}

TEST_F(Destinations, WithAPipelineAreRefusedUnlessAllowed) {
  const std::string pipeline = name + "-pipeline";
  ASSERT_EQ(raw.Ask("PUT", "/_ingest/pipeline/" + pipeline, R"({"processors":[]})").status, 200);
  ASSERT_EQ(raw.Ask("PUT", "/" + name + "-000001",
                    R"({"settings":{"index.gc_deletes":"15m","index.final_pipeline":")" + pipeline +
                        R"("},"aliases":{")" + name + "\":{}}}")
                .status,
            200);
  const PrepareResult result = live.Prepare(name);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_TRUE(Has(result.failure.detail, pipeline)) << result.failure.detail;
  Settings settings = LiveSettings();
  settings.allow_pipelines = true;
  Live allowed(settings);
  const PrepareResult second = allowed.Prepare(name);
  ASSERT_EQ(second.failure.verdict.disposition, Disposition::kDone) << second.failure.detail;
  EXPECT_EQ(allowed.One({WriteAction::kIndex, second.index, "1", 1, "{}"}).result,
            WriteResult::kCreated);
  raw.Ask("DELETE", "/" + name + "-000001");
  raw.Ask("DELETE", "/_ingest/pipeline/" + pipeline);
}

TEST_F(Destinations, AreReachedByPackedRequestsAndOverAnotherNode) {
  Settings settings = LiveSettings();
  settings.gzip = true;
  settings.urls.insert(settings.urls.begin(), "http://127.0.0.1:9");
  Live packed(settings);
  const PrepareResult result = packed.Prepare(name);
  ASSERT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
  for (int64_t version = 1; version < 5; ++version)
    EXPECT_EQ(
        packed.One({WriteAction::kIndex, result.index, "1", version, "{\"a\":1}"}).disposition,
        Disposition::kDone);
  EXPECT_EQ(packed.Read(result.index, "1").version, 4);
}

TEST_F(Destinations, WithOddNamesWork) {
  for (const std::string& odd : {name + ".äö.100%", name + "+a~b", name + "&c=d;e"}) {
    const PrepareResult result = live.Prepare(odd);
    ASSERT_EQ(result.failure.verdict.disposition, Disposition::kDone) << result.failure.detail;
    EXPECT_EQ(live.One({WriteAction::kIndex, result.index, "1", 1, "{}"}).result,
              WriteResult::kCreated)
        << odd;
    EXPECT_TRUE(live.Read(result.index, "1").document);
    raw.Ask("DELETE", CreatePath(odd));
  }
}

}  // namespace
}  // namespace sluice::elasticsearch
