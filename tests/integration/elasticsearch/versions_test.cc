// Versions, deletes and their limits as the real server has them: what the delivery contract is
// built on. Each row was measured on Elasticsearch 9.5 and OpenSearch 3.8.
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/elasticsearch/live.h"

namespace sluice::elasticsearch {
namespace {

constexpr Verdict Done(WriteResult result) {
  return {Disposition::kDone, FailureReason::kNone, result};
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class Versions : public LiveTest {
 protected:
  void SetUp() override { PrepareHere(); }
  /// One raw bulk of an action (its metadata without the index) and a document.
  Response Raw(const std::string& action, const std::string& metadata,
               const std::string& document = "{\"a\":1}") {
    std::string lines = "{\"" + action + "\":{\"_index\":\"" + name + "\"," + metadata + "}}\n";
    if (action != "delete") lines += document + "\n";
    return raw.Bulk(lines);
  }
};

TEST_F(Versions, TheHigherOneWins) {
  EXPECT_EQ(live.One(Index("a", 5)), Done(WriteResult::kCreated));
  EXPECT_EQ(live.One(Index("a", 5)), Done(WriteResult::kConflictEqual));
  EXPECT_EQ(live.One(Index("a", 4)), Done(WriteResult::kConflictHigher));
  EXPECT_EQ(live.One(Index("a", 9, "{\"a\":2}")), Done(WriteResult::kUpdated));
  EXPECT_EQ(live.Read(slot, "a").version, 9);
  EXPECT_EQ(live.Read(slot, "a").document, "{\"a\":2}");
}

TEST_F(Versions, ADeleteHasOneToo) {
  EXPECT_EQ(live.One(Index("a", 9)), Done(WriteResult::kCreated));
  EXPECT_EQ(live.One(Delete("a", 9)), Done(WriteResult::kConflictEqual));
  EXPECT_EQ(live.One(Delete("a", 10)), Done(WriteResult::kDeleted));
  EXPECT_EQ(live.One(Delete("a", 10)), Done(WriteResult::kConflictEqual)) << "a replay";
  EXPECT_EQ(live.One(Index("a", 10)), Done(WriteResult::kConflictEqual));
  EXPECT_EQ(live.One(Index("a", 9)), Done(WriteResult::kConflictHigher));
  EXPECT_EQ(live.One(Index("a", 11)), Done(WriteResult::kCreated));
}

TEST_F(Versions, ADeleteOfSomethingNeverSeenLeavesATombstone) {
  EXPECT_EQ(live.One(Delete("a", 7)), Done(WriteResult::kNotFound));
  EXPECT_EQ(live.One(Index("a", 6)), Done(WriteResult::kConflictHigher));
  EXPECT_EQ(live.One(Index("a", 7)), Done(WriteResult::kConflictEqual));
  EXPECT_EQ(live.One(Index("a", 8)), Done(WriteResult::kCreated));
}

TEST_F(Versions, ADeletesIsForgottenAfterGcDeletes) {
  EXPECT_EQ(live.One(Index("a", 5)), Done(WriteResult::kCreated));
  EXPECT_EQ(live.One(Delete("a", 10)), Done(WriteResult::kDeleted));
  EXPECT_EQ(live.One(Index("a", 6)), Done(WriteResult::kConflictHigher));
  EXPECT_EQ(raw.Ask("PUT", "/" + name + "/_settings", R"({"index.gc_deletes":"100ms"})").status,
            200);
  // A stale write every tenth of a second, until the tombstone is gone.
  Verdict verdict;
  EXPECT_TRUE(live.Until([&] {
    raw.Ask("POST", "/" + name + "/_refresh");
    verdict = live.One(Index("a", 6));
    return verdict == Done(WriteResult::kCreated);
  })) << "the stale document should be back";
}

TEST_F(Versions, AnIndexThatIsClosedAndOpenedForgetsDeletesAtOnce) {
  EXPECT_EQ(live.One(Index("a", 5)), Done(WriteResult::kCreated));
  EXPECT_EQ(live.One(Delete("a", 10)), Done(WriteResult::kDeleted));
  EXPECT_EQ(raw.Ask("POST", "/" + name + "-000001/_close").status, 200);
  EXPECT_EQ(raw.Ask("POST", "/" + name + "-000001/_open?wait_for_active_shards=1").status, 200);
  EXPECT_EQ(live.One(Index("a", 6)), Done(WriteResult::kCreated)) << "the stale document is back";
}

TEST_F(Versions, AStaleWriteThatCannotBeParsedIsARefusalNotAConflict) {
  EXPECT_EQ(live.One(Index("a", 5, "{\"n\":1}")), Done(WriteResult::kCreated));
  EXPECT_EQ(live.One(Index("a", 4, "{\"n\":\"x\"}")).disposition, Disposition::kReject);
}

TEST_F(Versions, ReachTheEndOfTheRange) {
  EXPECT_EQ(live.One(Index("a", INT64_MAX - 1)), Done(WriteResult::kCreated));
  EXPECT_EQ(live.One(Index("a", INT64_MAX)), Done(WriteResult::kUpdated));
  EXPECT_EQ(live.One(Index("a", 1)), Done(WriteResult::kConflictHigher));
  EXPECT_EQ(live.Read(slot, "a").version, INT64_MAX);
}

TEST_F(Versions, TheSameIdTwiceInOneBodyIsAppliedInOrder) {
  const BatchCompletion answer =
      live.Write({Index("a", 1, "{\"a\":1}"), Index("a", 2, "{\"a\":2}"), Delete("b", 3)});
  ASSERT_EQ(answer.items.size(), 3U);
  EXPECT_EQ(answer.items[0], Done(WriteResult::kCreated));
  EXPECT_EQ(answer.items[1], Done(WriteResult::kUpdated));
  EXPECT_EQ(answer.items[2], Done(WriteResult::kNotFound));
}

TEST_F(Versions, AGteWriteIsRefusedByAHigherOneOnly) {
  const auto gte = [this](const std::string& action, int version) {
    return Raw(action,
               R"("_id":"a","version_type":"external_gte","version":)" + std::to_string(version))
        .body;
  };
  EXPECT_TRUE(Has(gte("index", 5), "\"status\":201"));
  EXPECT_TRUE(Has(gte("index", 5), "\"status\":200"));
  const std::string lower = gte("index", 4);
  EXPECT_TRUE(Has(lower, "\"status\":409"));
  EXPECT_TRUE(Has(lower, "current version [5] is higher than the one provided [4]")) << lower;
  EXPECT_TRUE(Has(gte("delete", 10), "\"status\":200"));
  const std::string replay = gte("delete", 10);
  EXPECT_TRUE(Has(replay, "\"status\":404")) << replay;
  EXPECT_TRUE(Has(replay, "\"errors\":false")) << replay;
}

TEST_F(Versions, OddOnesAreTakenOrRefusedWithTheWholeRequest) {
  const auto index = [this](const std::string& id, const std::string& version) {
    return Raw("index", "\"_id\":\"" + id + R"(","version_type":"external","version":)" + version);
  };
  EXPECT_TRUE(Has(index("zero", "0").body, "\"status\":201"));
  EXPECT_TRUE(Has(index("text", "\"5\"").body, "\"status\":201"));
  EXPECT_TRUE(Has(index("fraction", "1.5").body, "\"_version\":1")) << "1.5 becomes 1";
  EXPECT_EQ(index("over", "9223372036854775808").status, 400);
  EXPECT_EQ(index("under", "-1").status, 400);
}

TEST_F(Versions, SomeCombinationsFailTheWholeRequest) {
  const std::string external = R"("version_type":"external","version":5)";
  EXPECT_EQ(Raw("create", "\"_id\":\"a\"," + external).status, 400);
  EXPECT_EQ(Raw("index", external).status, 400) << "no id";
  EXPECT_EQ(Raw("index", R"("_id":"a","if_seq_no":1,"if_primary_term":1,)" + external).status, 400);
  EXPECT_EQ(Raw("update", "\"_id\":\"a\"," + external, R"({"doc":{"a":1}})").status, 400);
}

TEST_F(Versions, AnInternalUpdateAddsOne) {
  EXPECT_EQ(live.One(Index("a", 100)), Done(WriteResult::kCreated));
  const Response update =
      raw.Ask("POST", "/" + name + "/_update/a", R"({"doc":{"a":2},"detect_noop":false})");
  EXPECT_TRUE(Has(update.body, "\"_version\":101")) << update.body;
}

// Neither server applies require_alias to deletes; an index action to the same name in the same
// body saves them.
TEST_F(Versions, AnExternalDeleteCreatesAMissingIndexEvenWhereAnAliasIsRequired) {
  const std::string other = UniqueName("sluice-it-missing");
  const std::string plain = "{\"delete\":{\"_index\":\"" + other + "\",\"_id\":\"a\"}}\n";
  const std::string external = "{\"delete\":{\"_index\":\"" + other +
                               R"(","_id":"a","version_type":"external","version":5}})" + "\n";
  EXPECT_TRUE(Has(raw.Bulk(plain).body, "\"status\":404"));
  EXPECT_EQ(raw.Ask("GET", "/" + other).status, 404);
  const std::string guard = "{\"index\":{\"_index\":\"" + other +
                            R"(","_id":"~guard","if_seq_no":9007199254740991,"if_primary_term":1}})"
                            "\n{}\n";
  const std::string guarded = raw.Bulk(external + guard, "/_bulk?require_alias=true").body;
  EXPECT_TRUE(Has(guarded, "index_not_found_exception")) << guarded;
  EXPECT_EQ(raw.Ask("GET", "/" + other).status, 404);
  raw.Bulk(external, "/_bulk?require_alias=true");
  EXPECT_EQ(raw.Ask("GET", "/" + other).status, 200) << "created by a delete";
  raw.Ask("DELETE", "/" + other);
}

TEST_F(Versions, NothingIsCreatedByDeletesAlone) {
  ASSERT_EQ(live.One(Index("a", 1)), Done(WriteResult::kCreated));
  ASSERT_EQ(live.One(Delete("a", 2)), Done(WriteResult::kDeleted));
  raw.Ask("POST", "/" + name + "/_refresh");
  EXPECT_TRUE(Has(raw.Ask("GET", "/" + name + "/_count").body, "\"count\":0"))
      << "the guard writes nothing";
  ASSERT_EQ(raw.Ask("DELETE", "/" + name + "-000001").status, 200);
  Verdict verdict = live.One(Delete("a", 3));
  EXPECT_EQ(verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(verdict.reason, FailureReason::kIndexMissing);
  EXPECT_EQ(raw.Ask("GET", "/" + name).status, 404);
  // An index that somebody made by that name takes the delete, but it is not the alias.
  ASSERT_EQ(raw.Ask("PUT", "/" + name).status, 200);
  verdict = live.One(Delete("a", 4));
  EXPECT_EQ(verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(verdict.reason, FailureReason::kIndexMissing);
  EXPECT_TRUE(Has(live.last_failure.detail, "is not an alias")) << live.last_failure.detail;
}

TEST_F(Versions, NothingIsCreatedByAWriteToANameThatIsNoAlias) {
  Live other;
  const std::string gone = UniqueName("sluice-it-gone");
  const PrepareResult prepared = other.Prepare(gone);
  ASSERT_EQ(prepared.failure.verdict.disposition, Disposition::kDone) << prepared.failure.detail;
  const IndexSlot stays = other.Prepare(name).index;
  ASSERT_EQ(raw.Ask("DELETE", "/" + gone + "-000001").status, 200);
  const BatchCompletion answer = other.Write({{WriteAction::kIndex, prepared.index, "1", 1, "{}"},
                                              {WriteAction::kDelete, prepared.index, "2", 2, {}},
                                              {WriteAction::kIndex, stays, "3", 3, "{}"}});
  ASSERT_EQ(answer.items.size(), 3U) << answer.request.detail;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(answer.items[static_cast<size_t>(i)].disposition, Disposition::kHalt);
    EXPECT_EQ(answer.items[static_cast<size_t>(i)].reason, FailureReason::kIndexMissing);
  }
  EXPECT_EQ(other.index.ItemFailure(answer.batch, 0).type, "index_not_found_exception");
  EXPECT_EQ(answer.items[2], Done(WriteResult::kCreated)) << "neighbours succeed";
  EXPECT_EQ(raw.Ask("GET", "/" + gone).status, 404);
  EXPECT_EQ(raw.Ask("GET", "/" + gone + "-000001").status, 404);
  const LookupResult read = other.Read(prepared.index, "1");
  EXPECT_EQ(read.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(read.verdict.reason, FailureReason::kIndexMissing);
}

}  // namespace
}  // namespace sluice::elasticsearch
