#include "adapters/elasticsearch/index_bodies.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "adapters/elasticsearch/cluster.h"
#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/index_names.h"

namespace sluice::elasticsearch {
namespace {

bool IsJson(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(text).error() == simdjson::SUCCESS;
}

TEST(IndexBodies, CreatesAliasAndIndexInOneRequest) {
  const std::string body = CreateIndexBody("users", {});
  EXPECT_TRUE(IsJson(body)) << body;
  EXPECT_EQ(body,
            R"({"settings":{"index.gc_deletes":"15m"},"mappings":{"date_detection":false,)"
            R"("dynamic_templates":[{"strings":{"match_mapping_type":"string","mapping":)"
            R"({"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":8191}}}}},)"
            R"({"fractions":{"match_mapping_type":"double","mapping":{"type":"double"}}}]},)"
            R"("aliases":{"users":{"is_write_index":true}}})");
  EXPECT_EQ(CreatePath("a b%"), "/a%20b%25-000001");
}

TEST(IndexBodies, MergesOwnSettingsAndMappings) {
  Settings settings;
  settings.index_settings = R"( {"number_of_shards": 3} )";
  settings.index_mappings = R"({"properties":{"n":{"type":"long"}}})";
  const std::string body = CreateIndexBody("users", settings);
  EXPECT_TRUE(IsJson(body)) << body;
  EXPECT_NE(body.find(R"({"settings":{"index.gc_deletes":"15m","number_of_shards": 3})"),
            std::string::npos);
  EXPECT_NE(body.find(R"(}}],"properties":{"n":{"type":"long"}}})"), std::string::npos) << body;
  EXPECT_NE(body.find("date_detection"), std::string::npos);
}

TEST(IndexBodies, LetsOwnValuesStand) {
  for (const char* own : {R"({"gc_deletes":"1h"})", R"({"index.gc_deletes":"1h"})",
                          R"({"index":{"gc_deletes":"1h"}})"}) {
    Settings settings;
    settings.index_settings = own;
    const std::string body = CreateIndexBody("users", settings);
    EXPECT_TRUE(IsJson(body)) << body;
    EXPECT_EQ(body.find("15m"), std::string::npos) << body;
  }
  Settings settings;
  settings.index_settings = "{}";
  settings.index_mappings = R"({"date_detection":true,"dynamic_templates":[]})";
  const std::string body = CreateIndexBody("users", settings);
  EXPECT_TRUE(IsJson(body)) << body;
  EXPECT_EQ(body.find("date_detection"), body.rfind("date_detection")) << "not twice";
  EXPECT_EQ(body.find("8191"), std::string::npos);
  // A value that only holds the word is not the setting.
  settings.index_mappings = R"({"_meta":{"note":"no \"dynamic_templates\" here"}})";
  EXPECT_NE(CreateIndexBody("users", settings).find("8191"), std::string::npos);
}

TEST(IndexBodies, SoftDeletesHideStubsBehindTheAlias) {
  for (const char* own : {"", "{}", R"({"dynamic":false})", R"({"properties":{}})",
                          R"({"properties":{"n":{"type":"long"}},"dynamic":"strict"})"}) {
    Settings settings;
    settings.soft_deletes = true;
    settings.index_mappings = own;
    const std::string body = CreateIndexBody("users", settings);
    simdjson::dom::parser parser;
    simdjson::dom::element top;
    ASSERT_EQ(parser.parse(body).get(top), simdjson::SUCCESS) << body;
    std::string_view type;
    EXPECT_EQ(top.at_pointer("/mappings/properties/sluice_deleted/type").get(type),
              simdjson::SUCCESS)
        << body;
    EXPECT_EQ(type, "boolean");
    bool hidden = false;
    EXPECT_EQ(top.at_pointer("/aliases/users/filter/bool/must_not/term/sluice_deleted").get(hidden),
              simdjson::SUCCESS);
    EXPECT_TRUE(hidden);
    EXPECT_EQ(body.find("\"properties\":{\"sluice_deleted"), body.rfind("\"properties\":{"))
        << "once: " << body;
    if (std::string(own).find("long") == std::string::npos) continue;
    EXPECT_EQ(top.at_pointer("/mappings/properties/n/type").get(type), simdjson::SUCCESS) << body;
  }
}

TEST(IndexBodies, AnAliasThatShowsStubsIsRefusedAndSoIsOneThatHidesThemFromHardDeletes) {
  const std::string plain =
      R"({"u-1":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"15m"}}}})";
  const std::string hiding =
      R"({"u-1":{"aliases":{"users":{"filter":{"bool":{"must_not":[{"term":{"sluice_deleted":)"
      R"({"value":true}}}]}}}},"settings":{"index":{"gc_deletes":"1s"}}}})";
  Settings soft;
  soft.soft_deletes = true;
  const auto refusal = [](const std::string& reply, const Settings& settings) {
    return RefusalOf("users", *ReadExisting(reply, "users"), settings);
  };
  EXPECT_EQ(refusal(hiding, soft), "") << "a stub needs no memory of deletes";
  EXPECT_NE(refusal(plain, soft).find("POST /_aliases"), std::string::npos);
  EXPECT_NE(refusal(hiding, {}).find("set index.deletes to soft"), std::string::npos);
}

std::string Refusal(const std::string& reply, bool allow_pipelines = false) {
  const auto existing = ReadExisting(reply, "users");
  EXPECT_TRUE(existing) << reply;
  Settings settings;
  settings.allow_pipelines = allow_pipelines;
  return existing ? RefusalOf("users", *existing, settings) : "unreadable";
}

TEST(IndexBodies, AcceptsAnAliasOnAnIndexThatRemembersDeletes) {
  EXPECT_EQ(
      Refusal(R"({"u-1":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"15m"}}}})"), "");
  EXPECT_EQ(Refusal(R"({"u-1":{"aliases":{"users":{"is_write_index":true}},)"
                    R"("settings":{"index":{"gc_deletes":"3m","default_pipeline":"_none"}}}})"),
            "");
}

TEST(IndexBodies, AcceptsSeveralIndicesWithOneToWriteTo) {
  const char* reply =
      R"({"u-1":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"1s"}}},)"
      R"("u-2":{"aliases":{"users":{"is_write_index":true}},"settings":{"index":{"gc_deletes":"1h"}}}})";
  EXPECT_EQ(Refusal(reply), "");
  const auto existing = ReadExisting(reply, "users");
  ASSERT_TRUE(existing);
  ASSERT_NE(WriteIndexOf(*existing), nullptr);
  EXPECT_EQ(WriteIndexOf(*existing)->backing, "u-2");
}

TEST(IndexBodies, RefusesWhatCannotBeHeldOnAndNamesTheCure) {
  const struct {
    const char* reply;
    const char* says;
  } rows[] = {
      {R"({"users":{"aliases":{},"settings":{"index":{"gc_deletes":"1h"}}}})", "reindex it"},
      {R"({"u-1":{"aliases":{"users":{"is_write_index":false}},"settings":{"index":{"gc_deletes":"1h"}}}})",
       "is_write_index"},
      {R"({"u-1":{"aliases":{"users":{}}},"u-2":{"aliases":{"users":{}}}})", "2 indices"},
      {R"({".ds-users-000001":{"aliases":{},"data_stream":"users"}})", "data stream"},
      {R"({"u-1":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"1h","default_pipeline":"p"}}}})",
       "ingest pipeline p"},
      {R"({"u-1":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"1h","final_pipeline":"q"}}}})",
       "ingest pipeline q"},
      {R"({"u-1":{"aliases":{"users":{}}}})", "PUT /u-1/_settings"},
      {R"({"u-1":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"179s"}}}})", "179 s"},
      {R"({"u-1":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"-1"}}}})",
       "gc_deletes"},
  };
  for (const auto& row : rows)
    EXPECT_NE(Refusal(row.reply).find(row.says), std::string::npos) << Refusal(row.reply);
  EXPECT_EQ(Refusal(rows[4].reply, true), "");
}

TEST(IndexBodies, ReadsDurations) {
  EXPECT_EQ(ReadDurationMs("500ms"), 500);
  EXPECT_EQ(ReadDurationMs("60s"), 60'000);
  EXPECT_EQ(ReadDurationMs("15m"), 900'000);
  EXPECT_EQ(ReadDurationMs("2h"), 7'200'000);
  EXPECT_EQ(ReadDurationMs("1d"), 86'400'000);
  EXPECT_EQ(ReadDurationMs("-1"), -1);
  EXPECT_EQ(ReadDurationMs("7micros"), 0);
  for (const char* wrong : {"", "m", "1w", "1.5h", "15 m", "-2"})
    EXPECT_FALSE(ReadDurationMs(wrong)) << wrong;
}

TEST(IndexBodies, ReadsNothingFromWhatIsNoIndex) {
  for (const char* reply : {"", "[]", "{", "<html>"}) EXPECT_FALSE(ReadExisting(reply, "users"));
}

TEST(IndexNames, AreTheStreamsNameInLowerCase) {
  const auto name = IndexNameOf("cdc.Public.Users");
  ASSERT_TRUE(name);
  EXPECT_EQ(*name, "cdc.public.users");
}

TEST(IndexNames, AreCheckedByTheRulesOfTheServers) {
  for (const char* good : {"a", "cdc.public.users", "a+b", "a-b_c", ".hidden", "ü", "100%"})
    EXPECT_TRUE(CheckIndexName(good)) << good;
  for (const char* bad : {"",     ".",   "..",  "-a",  "_a",  "+a",  "a\\b", "a/b", "a*", "a?",
                          "a\"b", "a<b", "a>b", "a|b", "a b", "a,b", "a#b",  "a:b", "A",  "a\tb"})
    EXPECT_FALSE(CheckIndexName(bad)) << bad;
  EXPECT_TRUE(CheckIndexName(std::string(248, 'a')));
  EXPECT_FALSE(CheckIndexName(std::string(249, 'a'))) << "the backing index has a suffix";
}

TEST(Cluster, IsRecognised) {
  const auto elastic = ReadRoot(R"({"name":"n","version":{"number":"9.5.3"},"tagline":"x"})");
  ASSERT_TRUE(elastic);
  EXPECT_STREQ(elastic->product(), "Elasticsearch");
  EXPECT_EQ(elastic->version, "9.5.3");
  const auto open = ReadRoot(R"({"version":{"distribution":"opensearch","number":"3.8.0"}})");
  ASSERT_TRUE(open);
  EXPECT_TRUE(open->opensearch);
  EXPECT_FALSE(ReadRoot(R"({"error":"Incorrect HTTP method for uri [/]","status":405})"));
  EXPECT_FALSE(ReadRoot("<html>"));
  const auto node = ReadNodes(R"({"nodes":{"x":{"version":"9.5.3"}}})", true);
  ASSERT_TRUE(node);
  EXPECT_FALSE(node->opensearch);
  EXPECT_EQ(node->version, "9.5.3");
  EXPECT_TRUE(ReadNodes(R"({"nodes":{"x":{"version":"3.8.0"}}})", false)->opensearch);
  EXPECT_FALSE(ReadNodes(R"({"nodes":{}})", true));
  EXPECT_FALSE(ReadNodes("{}", true));
}

TEST(Cluster, IsRefusedWhenTooOld) {
  EXPECT_FALSE(CheckVersion({true, false, "6.8.23"}));
  EXPECT_FALSE(CheckVersion({true, false, "7.9.3"}));
  EXPECT_TRUE(CheckVersion({true, false, "7.10.0"}));
  EXPECT_TRUE(CheckVersion({true, false, "8.0.0"}));
  EXPECT_TRUE(CheckVersion({true, false, ""})) << "not visible to the account";
  EXPECT_TRUE(CheckVersion({true, true, "1.0.0"}));
}

TEST(ErrorBody, GivesTheServersWords) {
  const ErrorBody error = ReadErrorBody(
      R"({"error":{"root_cause":[{"type":"x"}],"type":"t","reason":"r"},"status":400})");
  EXPECT_EQ(error.type, "t");
  EXPECT_EQ(error.reason, "r");
  EXPECT_EQ(ReadErrorBody(R"({"error":"plain","status":405})").reason, "plain");
  EXPECT_EQ(ReadErrorBody("<html>busy</html>").reason, "<html>busy</html>");
  EXPECT_EQ(ReadErrorBody("").reason, "");
  EXPECT_EQ(ReadErrorBody(std::string(5000, 'x')).reason.size(), kServerTextBytesMax);
}

TEST(ErrorBody, ShortensWithoutBreakingACharacter) {
  const std::string text = std::string(1022, 'x') + "\xE2\x82\xAC";
  EXPECT_EQ(Shortened(text), std::string(1022, 'x'));
  EXPECT_EQ(Shortened("short"), "short");
}

}  // namespace
}  // namespace sluice::elasticsearch
