// Ids, documents, blocks and sizes as the real server judges them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/elasticsearch/live.h"

namespace sluice::elasticsearch {
namespace {

constexpr Verdict Done(WriteResult result) {
  return {Disposition::kDone, FailureReason::kNone, result};
}

class Limits : public LiveTest {
 protected:
  void SetUp() override { PrepareHere(); }
  void Set(const std::string& settings) {
    const Response response = raw.Ask("PUT", "/" + name + "-000001/_settings", settings);
    ASSERT_EQ(response.status, 200) << response.body;
  }
};

TEST_F(Limits, EveryOddIdIsTakenAndFoundAgain) {
  const std::vector<std::string> ids = {"1",
                                        "a b",
                                        "a/b?c=d&e#f",
                                        "\"quoted\" \\ back",
                                        "line\nfeed\ttab",
                                        std::string("nul\0inside", 10),
                                        "\x01\x1f\x7f",
                                        "ünïcödé 東京 \xF0\x9F\x98\x80",
                                        "~n,~e",
                                        "_leading",
                                        "-",
                                        ".",
                                        "..",
                                        "%41",
                                        "{\"json\":[1]}",
                                        std::string(512, 'x')};
  std::vector<DocumentWrite> writes;
  std::vector<std::string> documents;
  for (size_t i = 0; i < ids.size(); ++i) documents.push_back("{\"n\":" + std::to_string(i) + "}");
  for (size_t i = 0; i < ids.size(); ++i) writes.push_back(Index(ids[i], 1, documents[i]));
  const BatchCompletion answer = live.Write(writes);
  ASSERT_EQ(answer.items.size(), ids.size()) << answer.request.detail;
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(answer.items[i], Done(WriteResult::kCreated)) << ids[i];
    EXPECT_EQ(live.Read(slot, ids[i]).document, documents[i]) << ids[i];
    EXPECT_EQ(live.One(Index(ids[i], 1)), Done(WriteResult::kConflictEqual)) << ids[i];
    EXPECT_EQ(live.One(Delete(ids[i], 2)), Done(WriteResult::kDeleted)) << ids[i];
    EXPECT_FALSE(live.Read(slot, ids[i]).document) << ids[i];
  }
}

TEST_F(Limits, OneIdOverFiveHundredTwelveBytesFailsTheWholeBulk) {
  for (const std::string& id : {std::string(513, 'x'), std::string(511, 'x') + "\xC3\xA9"}) {
    const BatchCompletion answer = live.Write({Index("good", 1), Index(id, 1)});
    EXPECT_EQ(answer.request.verdict.disposition, Disposition::kSplit);
    EXPECT_EQ(answer.request.verdict.reason, FailureReason::kBadRequest);
    EXPECT_TRUE(answer.items.empty());
    EXPECT_TRUE(answer.body_sent);
  }
  EXPECT_FALSE(live.Read(slot, "good").document);
}

TEST_F(Limits, AnEmptyIdIsRefused) {
  const std::string head = R"({"_index":")" + name + R"(","_id":"")";
  const std::string external = R"(,"version_type":"external","version":1}})";
  const Response index = raw.Bulk("{\"index\":" + head + external + "\n{}\n");
  EXPECT_NE(index.body.find("\"status\":400"), std::string::npos) << index.body;
  EXPECT_EQ(raw.Bulk("{\"delete\":" + head + external + "\n").status, 400);
}

TEST_F(Limits, ABadDocumentIsRefusedAndItsNeighboursAreNot) {
  ASSERT_EQ(live.One(Index("0", 1, "{\"n\":1}")), Done(WriteResult::kCreated));
  std::string deep = "{\"a\":";
  for (int i = 0; i < 1001; ++i) deep += '[';
  for (int i = 0; i < 1001; ++i) deep += ']';
  const std::vector<std::string> bad = {
      "{\"n\":\"not a number\"}",       // mapping
      "{\"a\":1,\"a\":2}",              // duplicate key
      "{\"a\":NaN}",                    // no JSON
      "{\"a\":\"\xC3\x28\"}",           // no UTF-8
      "{\"a\":",                        // broken off
      "{\"big\":9223372036854775808}",  // over a long, by dynamic mapping
      deep + "}",
  };
  for (const std::string& document : bad) {
    const BatchCompletion answer =
        live.Write({Index("1", 1), Index("bad", 1, document), Delete("2", 1)});
    ASSERT_EQ(answer.items.size(), 3U) << answer.request.detail << document.substr(0, 60);
    EXPECT_EQ(answer.items[0].disposition, Disposition::kDone);
    EXPECT_EQ(answer.items[1].disposition, Disposition::kReject) << document.substr(0, 60);
    EXPECT_EQ(answer.items[1].reason, FailureReason::kDocumentRefused);
    EXPECT_EQ(answer.items[2].disposition, Disposition::kDone);
    EXPECT_NE(live.index.ItemFailure(answer.batch, 1).type, "");
    live.index.Discard(answer.batch);
  }
  EXPECT_FALSE(live.Read(slot, "bad").document);
}

TEST_F(Limits, TooManyFieldsAndStrictMappingsRefuseTheDocument) {
  std::string wide = "{";
  for (int i = 0; i < 1001; ++i) wide += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
  EXPECT_EQ(live.One(Index("wide", 1, wide + "}")).disposition, Disposition::kReject);
  ASSERT_EQ(raw.Ask("PUT", "/" + name + "/_mapping", R"({"dynamic":"strict"})").status, 200);
  EXPECT_EQ(live.One(Index("new", 1, "{\"never_seen\":1}")).disposition, Disposition::kReject);
  EXPECT_EQ(live.last_failure.type, "strict_dynamic_mapping_exception");
}

TEST_F(Limits, StoredDocumentsComeBackByteForByte) {
  const std::vector<std::string> documents = {
      R"({"a" : 1 ,"b":[ 1,2 ],"c":{"d":null}})",
      R"({"n":12345678901234567.890123456789,"e":1e10,"z":-0,"f":1.10})",
      R"({"s":"\u00e9\/\n \"quoted\" é"})",
      "{}",
  };
  for (size_t i = 0; i < documents.size(); ++i) {
    const std::string id = std::to_string(i);
    EXPECT_EQ(live.One(Index(id, 1, documents[i])), Done(WriteResult::kCreated)) << documents[i];
    EXPECT_EQ(live.Read(slot, id).document, documents[i]);
  }
}

TEST_F(Limits, AClosedIndexHolds) {
  ASSERT_EQ(raw.Ask("POST", "/" + name + "-000001/_close").status, 200);
  const Verdict verdict = live.One(Index("1", 1));
  EXPECT_EQ(verdict.disposition, Disposition::kHold);
  EXPECT_EQ(verdict.reason, FailureReason::kIndexClosed);
  EXPECT_EQ(live.One(Delete("1", 2)).reason, FailureReason::kIndexClosed);
  EXPECT_EQ(live.Read(slot, "1").verdict.disposition, Disposition::kHold);
}

TEST_F(Limits, BlocksHoldEachUnderItsReason) {
  const struct {
    const char* block;
    FailureReason reason;
  } rows[] = {
      {"index.blocks.write", FailureReason::kIndexBlocked},
      {"index.blocks.read_only", FailureReason::kIndexBlocked},
      {"index.blocks.read_only_allow_delete", FailureReason::kDiskFloodStage},
  };
  for (const auto& row : rows) {
    Set(std::string("{\"") + row.block + "\":true}");
    for (const DocumentWrite& write : {Index("1", 1), Delete("1", 2)}) {
      const Verdict verdict = live.One(write);
      EXPECT_EQ(verdict.disposition, Disposition::kHold) << row.block;
      EXPECT_EQ(verdict.reason, row.reason) << row.block << " " << live.last_failure.detail;
    }
    Set(std::string("{\"") + row.block + "\":false}");
  }
}

TEST_F(Limits, AMissingPipelineAndALostWriteIndexHold) {
  Set(R"({"index.default_pipeline":"sluice-no-such-pipeline"})");
  Verdict verdict = live.One(Index("1", 1));
  EXPECT_EQ(verdict.disposition, Disposition::kHold) << live.last_failure.detail;
  EXPECT_EQ(verdict.reason, FailureReason::kIndexUnsuitable);
  Set(R"({"index.default_pipeline":null})");
  ASSERT_EQ(raw.Ask("POST", "/_aliases",
                    R"({"actions":[{"add":{"index":")" + name + R"(-000001","alias":")" + name +
                        R"(","is_write_index":false}}]})")
                .status,
            200);
  verdict = live.One(Index("1", 1));
  EXPECT_EQ(verdict.disposition, Disposition::kHold) << live.last_failure.detail;
  EXPECT_EQ(verdict.reason, FailureReason::kIndexUnsuitable) << live.last_failure.detail;
}

TEST_F(Limits, AnIndexOfSeveralNodesThatAreMissingIsInDoubt) {
  // Two copies must be written, one node is there: the write waits for the other in vain.
  Set(R"({"index.number_of_replicas":1,"index.write.wait_for_active_shards":"2"})");
  Settings settings = LiveSettings();
  settings.bulk_timeout_ms = 200;
  Live hasty(settings);
  const PrepareResult prepared = hasty.Prepare(name);
  ASSERT_EQ(prepared.failure.verdict.disposition, Disposition::kDone);
  const Verdict verdict = hasty.One({WriteAction::kIndex, prepared.index, "1", 1, "{}"});
  EXPECT_EQ(verdict.disposition, Disposition::kInDoubt) << hasty.last_failure.detail;
  EXPECT_EQ(verdict.reason, FailureReason::kShardUnavailable) << hasty.last_failure.type;
}

TEST_F(Limits, ABodyOverTheServersLimitIsToBeSplit) {
  const std::string huge = "{\"a\":\"" + std::string(105 * 1024 * 1024, 'x') + "\"}";
  const BatchCompletion answer = live.Write({Index("1", 1, huge)});
  EXPECT_EQ(answer.request.verdict.disposition, Disposition::kSplit) << answer.request.detail;
  EXPECT_EQ(answer.request.verdict.reason, FailureReason::kTooLarge);
  EXPECT_FALSE(answer.body_sent) << "it was refused before the body";
}

TEST_F(Limits, ALargeBulkIsAnsweredItemByItem) {
  const std::string document = "{\"text\":\"" + std::string(300, 'x') + "\"}";
  std::vector<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.push_back(std::to_string(i));
  std::vector<DocumentWrite> writes;
  for (const std::string& id : ids) writes.push_back(Index(id, 1, document));
  BatchCompletion answer = live.Write(writes);
  ASSERT_EQ(answer.items.size(), ids.size());
  for (const Verdict& verdict : answer.items) ASSERT_EQ(verdict, Done(WriteResult::kCreated));
  live.index.Discard(answer.batch);
  answer = live.Write(writes);  // again: conflicts, by the slow way
  ASSERT_EQ(answer.items.size(), ids.size());
  for (const Verdict& verdict : answer.items) ASSERT_EQ(verdict, Done(WriteResult::kConflictEqual));
}

}  // namespace
}  // namespace sluice::elasticsearch
