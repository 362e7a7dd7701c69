#include "adapters/elasticsearch/bulk_index.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/elasticsearch/control_json.h"
#include "tests/unit/elasticsearch/rig.h"

namespace sluice::elasticsearch {
namespace {

using testing::ClosedPort;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;
using Then = StubReply::Then;

constexpr const char* kRoot = R"({"version":{"number":"9.5.3"},"tagline":"You Know, for Search"})";
constexpr const char* kAlias =
    R"({"users-000001":{"aliases":{"users":{"is_write_index":true}},"settings":{"index":{"gc_deletes":"15m"}}}})";

StubReply Say(int status, std::string body, Then then = Then::kKeep) {
  StubReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.then = then;
  return reply;
}

/// A cluster with one ready index `users`; what it says to bulks and lookups is the test's.
class BulkIndexTest : public ::testing::Test {
 protected:
  void Start(const std::function<StubReply(const StubRequest&)>& answer, Settings settings = {}) {
    stub_ = std::make_unique<HttpStub>([answer](const StubRequest& request) {
      if (request.target == "/") return Say(200, kRoot);
      if (request.method == "GET") return Say(200, kAlias);
      return answer(request);
    });
    settings.urls = {stub_->url()};
    settings.request_timeout_ms = 30'000;
    rig_ = std::make_unique<IndexRig>(settings);
    users_ = rig_->index.Prepare("users");
    ASSERT_TRUE(rig_->Until([this] { return !rig_->prepared.empty(); }));
    ASSERT_EQ(rig_->prepared.front().failure.verdict.disposition, Disposition::kDone);
  }
  BatchHandle SendTwo() {
    const BatchHandle batch = rig_->index.OpenBatch();
    rig_->index.Append(batch, {WriteAction::kIndex, users_, "1", 5, R"({"a":1})"});
    rig_->index.Append(batch, {WriteAction::kDelete, users_, "2", 6, {}});
    rig_->index.Send(batch);
    return batch;
  }
  BatchCompletion Answer() {
    const size_t before = rig_->batches.size();
    EXPECT_TRUE(rig_->Until([&] { return rig_->batches.size() > before; }));
    return rig_->batches.empty() ? BatchCompletion{} : rig_->batches.back();
  }

  std::unique_ptr<HttpStub> stub_;
  std::unique_ptr<IndexRig> rig_;
  IndexSlot users_;
};

TEST_F(BulkIndexTest, SendsVersionedWritesThroughTheAliasOnly) {
  Start([](const StubRequest&) {
    return Say(200,
               R"({"errors":false,"items":[{"index":{"status":201}},{"delete":{"status":404}}]})");
  });
  const BatchHandle batch = SendTwo();
  const BatchCompletion answer = Answer();
  EXPECT_EQ(answer.batch, batch);
  EXPECT_EQ(answer.request.verdict.disposition, Disposition::kDone);
  ASSERT_EQ(answer.items.size(), 2U);
  EXPECT_EQ(answer.items[0].result, WriteResult::kCreated);
  EXPECT_EQ(answer.items[1].result, WriteResult::kNotFound);
  EXPECT_TRUE(answer.body_sent);
  EXPECT_EQ(rig_->index.Document(batch, 0), R"({"a":1})");
  const StubRequest request = stub_->requests().back();
  EXPECT_EQ(request.target,
            "/_bulk?require_alias=true&timeout=30000ms&filter_path=errors,items.*.status,"
            "items.*.error.type,items.*.error.reason");
  EXPECT_EQ(
      request.body,
      "{\"index\":{\"_index\":\"users\",\"version_type\":\"external\",\"_id\":\"1\",\"version\":5}}"
      "\n{\"a\":1}\n"
      "{\"delete\":{\"_index\":\"users\",\"version_type\":\"external\",\"_id\":\"2\",\"version\":6}"
      "}"
      "\n");
  rig_->index.Discard(batch);
  EXPECT_EQ(rig_->index.OpenBatch(), batch) << "bodies are recycled";
}

TEST_F(BulkIndexTest, AsksForNoopsWhereAPipelineIsAllowed) {
  Settings settings;
  settings.allow_pipelines = true;
  Start([](const StubRequest&) { return Say(200, R"({"errors":false,"items":[]})"); }, settings);
  SendTwo();
  Answer();
  EXPECT_TRUE(stub_->requests().back().target.ends_with(",items.*.result"));
}

TEST_F(BulkIndexTest, GivesTheWordsBehindARefusedItem) {
  Start([](const StubRequest&) {
    return Say(
        200,
        R"({"errors":true,"items":[{"index":{"status":201}},{"delete":{"status":403,"error":{"type":"security_exception","reason":"no"}}}]})");
  });
  const BatchHandle batch = SendTwo();
  Answer();
  EXPECT_EQ(rig_->index.ItemFailure(batch, 0).type, "");
  const Failure failure = rig_->index.ItemFailure(batch, 1);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kUnauthorized);
  EXPECT_EQ(failure.type, "security_exception");
  EXPECT_EQ(failure.detail, "no");
}

TEST_F(BulkIndexTest, KnowsNoItemOfAReplyItCannotRead) {
  for (const char* reply :
       {R"({"errors":false,"items":[{"index":{"status":201}}]})", "<html>proxy</html>", ""}) {
    Start([reply](const StubRequest&) { return Say(200, reply); });
    const BatchHandle batch = SendTwo();
    const BatchCompletion answer = Answer();
    EXPECT_EQ(answer.request.verdict.disposition, Disposition::kInDoubt) << reply;
    EXPECT_EQ(answer.request.verdict.reason, FailureReason::kUnreadableReply) << reply;
    EXPECT_TRUE(answer.items.empty());
    EXPECT_EQ(rig_->index.ItemFailure(batch, 0).type, "");
  }
}

TEST_F(BulkIndexTest, TellsWhatTheServerSaidOfTheWholeRequest) {
  Start([](const StubRequest&) {
    return Say(
        429,
        R"({"error":{"type":"es_rejected_execution_exception","reason":"rejected execution"},"status":429})");
  });
  SendTwo();
  const BatchCompletion answer = Answer();
  EXPECT_EQ(answer.request.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(answer.request.verdict.reason, FailureReason::kOverloaded);
  EXPECT_EQ(answer.request.type, "es_rejected_execution_exception");
  EXPECT_EQ(answer.request.detail, "HTTP 429 es_rejected_execution_exception: rejected execution");
  EXPECT_TRUE(answer.body_sent);
}

TEST_F(BulkIndexTest, CompletesEverythingWhenCancelled) {
  Start([](const StubRequest&) { return Say(0, "", Then::kStall); });
  SendTwo();
  ASSERT_TRUE(rig_->Until([this] { return stub_->requests().size() == 3; }));
  rig_->index.Lookup(7, users_, "1");  // gathered, not asked yet
  rig_->index.CancelAll();
  EXPECT_EQ(Answer().request.verdict.disposition, Disposition::kInDoubt);
  ASSERT_EQ(rig_->lookups.size(), 1U);
  EXPECT_EQ(rig_->lookups[0].verdict.disposition, Disposition::kCancelled);
}

TEST_F(BulkIndexTest, ReadsStoredDocumentsByteForByte) {
  Start([](const StubRequest&) {
    return Say(
        200,
        R"({"docs":[{"_index":"users-000001","_id":"1","_version":9,"_seq_no":3,"found":true,"_source":{"n" : 1e400, "t":"} \" é"}},)"
        R"({"_index":"users-000001","_id":"q\"","found":false},)"
        R"({"_index":"users","_id":"3","error":{"root_cause":[],"type":"index_closed_exception","reason":"closed"}}]})");
  });
  rig_->index.Lookup(1, users_, "1");
  rig_->index.Lookup(2, users_, "q\"");
  rig_->index.Lookup(3, users_, "3");
  rig_->index.FlushLookups();
  ASSERT_TRUE(rig_->Until([this] { return rig_->lookups.size() == 3; }));
  EXPECT_EQ(rig_->lookups[0].document, R"({"n" : 1e400, "t":"} \" é"})");
  EXPECT_EQ(rig_->lookups[0].version, 9);
  EXPECT_EQ(rig_->lookups[1].token, 2U);
  EXPECT_EQ(rig_->lookups[1].verdict.disposition, Disposition::kDone);
  EXPECT_FALSE(rig_->lookups[1].document);
  EXPECT_EQ(rig_->lookups[2].verdict.disposition, Disposition::kHold);
  EXPECT_EQ(rig_->lookups[2].verdict.reason, FailureReason::kIndexClosed);
  EXPECT_EQ(stub_->requests().back().body,
            R"({"docs":[{"_index":"users","_id":"1"},{"_index":"users","_id":"q\""},)"
            R"({"_index":"users","_id":"3"}]})");
  EXPECT_EQ(stub_->requests().back().target, "/_mget");
}

// An answer that does not say whether there is a document must not count as "there is none": the
// value of an unchanged column would be dropped.
TEST_F(BulkIndexTest, TakesNoUnclearAnswerForAMissingDocument) {
  for (const char* reply : {R"({"docs":[{"_index":"u","_id":"1"}]})", R"({"docs":[]})", "{}", "",
                            R"({"docs":[{"found":true,"_source":"x"}]})"}) {
    Start([reply](const StubRequest&) { return Say(200, reply); });
    rig_->index.Lookup(1, users_, "1");
    rig_->index.FlushLookups();
    ASSERT_TRUE(rig_->Until([this] { return !rig_->lookups.empty(); }));
    EXPECT_EQ(rig_->lookups[0].verdict.disposition, Disposition::kRetry) << reply;
  }
}

TEST_F(BulkIndexTest, HaltsWhereTheIndexKeepsNoSource) {
  Start([](const StubRequest&) {
    return Say(200, R"({"docs":[{"_index":"u","_id":"1","_version":1,"found":true}]})");
  });
  rig_->index.Lookup(1, users_, "1");
  rig_->index.FlushLookups();
  ASSERT_TRUE(rig_->Until([this] { return !rig_->lookups.empty(); }));
  EXPECT_EQ(rig_->lookups[0].verdict.disposition, Disposition::kHalt);
}

TEST_F(BulkIndexTest, AsksAgainInHalvesWhenTheReplyIsTooLong) {
  Start([](const StubRequest& request) {
    std::string reply = R"({"docs":[)";
    size_t at = 0;
    for (size_t n = 0; (at = request.body.find("\"_id\":\"", at)) != std::string::npos; ++n) {
      at += 7;
      const std::string id = request.body.substr(at, request.body.find('"', at) - at);
      if (n > 0) reply += ',';
      reply += R"({"found":true,"_version":1,"_source":{"id":")" + id + R"(","x":")" +
               std::string(5'000'000, 'x') + "\"}}";
    }
    return Say(200, reply + "]}");
  });
  for (uint64_t token = 0; token < 5; ++token)
    rig_->index.Lookup(token, users_, "id" + std::to_string(token));
  rig_->index.FlushLookups();
  ASSERT_TRUE(rig_->Until([this] { return rig_->lookups.size() == 5; }));
  for (const LookupResult& result : rig_->lookups) {
    ASSERT_TRUE(result.document);
    EXPECT_TRUE(result.document->starts_with("{\"id\":\"id" + std::to_string(result.token) + "\""));
  }
}

TEST_F(BulkIndexTest, SendsLookupsInBoundedRequests) {
  std::atomic<size_t> most = 0;
  Start([&most](const StubRequest& request) {
    most = std::max(most.load(), request.body.size());
    std::string reply = R"({"docs":[)";
    for (size_t at = 0; (at = request.body.find("\"_id\"", at)) != std::string::npos; ++at)
      reply += reply.back() == '[' ? R"({"found":false})" : R"(,{"found":false})";
    return Say(200, reply + "]}");
  });
  const std::string long_id(500, 'i');
  for (uint64_t token = 0; token < 2000; ++token) rig_->index.Lookup(token, users_, long_id);
  rig_->index.FlushLookups();
  ASSERT_TRUE(rig_->Until([this] { return rig_->lookups.size() == 2000; }));
  EXPECT_LT(most, 300U * 1024);
}

// ---- Destinations ------------------------------------------------------------------------------

/// Scripted answers by "METHOD path", each list used up but for its last.
class Script {
 public:
  void On(const std::string& what, StubReply reply) {
    const std::lock_guard lock(mutex_);
    answers_[what].push_back(std::move(reply));
  }
  StubReply operator()(const StubRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string path = request.target.substr(0, request.target.find('?'));
    auto& list = answers_[request.method + " " + path];
    if (list.empty()) return Say(404, R"({"error":{"type":"index_not_found_exception"}})");
    StubReply reply = list.front();
    if (list.size() > 1) list.erase(list.begin());
    return reply;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<StubReply>> answers_;
};

class Destinations : public ::testing::Test {
 protected:
  Destinations() : stub_([this](const StubRequest& request) { return script_(request); }) {}
  PrepareResult Prepare(const std::string& stream, Settings settings = {}) {
    settings.urls = {stub_.url()};
    rig_ = std::make_unique<IndexRig>(settings);
    rig_->advance_ms = 100;
    rig_->index.Prepare(stream);
    EXPECT_TRUE(rig_->Until([this] {
      return !rig_->prepared.empty() &&
             rig_->prepared.back().failure.verdict.disposition != Disposition::kHold;
    }));
    return rig_->prepared.empty() ? PrepareResult{} : rig_->prepared.back();
  }
  size_t Count(const std::string& method) {
    size_t count = 0;
    for (const StubRequest& request : stub_.requests()) count += request.method == method ? 1U : 0U;
    return count;
  }

  Script script_;
  HttpStub stub_;
  std::unique_ptr<IndexRig> rig_;
};

TEST_F(Destinations, AreCreatedWhenMissingAndThenChecked) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(404, "{}"));
  script_.On("GET /users", Say(200, kAlias));
  script_.On("PUT /users-000001", Say(200, R"({"acknowledged":true})"));
  EXPECT_EQ(Prepare("users").failure.verdict.disposition, Disposition::kDone);
  EXPECT_EQ(Count("PUT"), 1U);
  EXPECT_EQ(rig_->index.cluster().version, "9.5.3");
  EXPECT_EQ(rig_->index.IndexName(IndexSlot{0}), "users");
}

TEST_F(Destinations, ThatWereWrittenOnceAreNotMadeAnew) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(404, "{}"));
  ControlRecord record;
  record.index = "users";
  record.destination.backing = "users-000003";
  record.destination.uuid = "uuid-3";
  const auto stored = [](const ControlRecord& of) {
    return Say(200, R"({"_id":"users","_seq_no":1,"_primary_term":1,"found":true,"_source":)" +
                        RenderControl(of) + "}");
  };
  script_.On("GET /sluice-control/_doc/users", stored(record));
  Settings soft;
  soft.soft_deletes = true;
  const PrepareResult result = Prepare("users", soft);
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(result.failure.verdict.reason, FailureReason::kControlMismatch);
  for (const char* part : {"users-000003 (uuid-3)", "POST /_aliases", "sluice_deleted",
                           "bring it back", "sluice control new-incarnation users"})
    EXPECT_NE(result.failure.detail.find(part), std::string::npos) << part;
  EXPECT_EQ(Count("PUT"), 0U);
}

TEST_F(Destinations, AreMadeAnewWhereAnOperatorSaidSo) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(404, "{}"));
  script_.On("GET /users", Say(200, kAlias));
  script_.On("PUT /users-000001", Say(200, R"({"acknowledged":true})"));
  ControlRecord record;
  record.index = "users";
  script_.On("GET /sluice-control/_doc/users",
             Say(200, R"({"_id":"users","_seq_no":1,"_primary_term":1,"found":true,"_source":)" +
                          RenderControl(record) + "}"));
  EXPECT_EQ(Prepare("users").failure.verdict.disposition, Disposition::kDone);
  EXPECT_EQ(Count("PUT"), 1U);
}

TEST_F(Destinations, AreRecognisedByTheNodesWhereTheRootIsNotServed) {
  script_.On("GET /", Say(405, R"({"error":"Incorrect HTTP method","status":405})"));
  StubReply nodes = Say(200, R"({"nodes":{"x":{"version":"9.5.3"}}})");
  nodes.headers = {"X-elastic-product: Elasticsearch"};
  script_.On("GET /_nodes/_local", nodes);
  script_.On("GET /users", Say(200, kAlias));
  EXPECT_EQ(Prepare("users").failure.verdict.disposition, Disposition::kDone);
  EXPECT_FALSE(rig_->index.cluster().opensearch);
  EXPECT_EQ(rig_->index.cluster().version, "9.5.3");
}

TEST_F(Destinations, WaitUntilTheServerIsThereAndLetsUsIn) {
  script_.On("GET /", Say(503, R"({"error":{"type":"unavailable_shards_exception"}})"));
  script_.On("GET /", Say(401, R"({"error":{"type":"security_exception"}})"));
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(429, "{}"));
  script_.On("GET /users", Say(403, "{}"));
  script_.On("GET /users", Say(0, "", Then::kReset));
  script_.On("GET /users", Say(200, "not json"));
  script_.On("GET /users", Say(200, kAlias));
  EXPECT_EQ(Prepare("users").failure.verdict.disposition, Disposition::kDone);
  std::vector<FailureReason> reasons;
  for (const PrepareResult& result : rig_->prepared)
    reasons.push_back(result.failure.verdict.reason);
  // A reset kept-alive connection is one that libcurl opens anew by itself: reading again harms
  // nothing, so it may or may not be told.
  std::erase(reasons, FailureReason::kConnectionLost);
  EXPECT_EQ(reasons,
            (std::vector<FailureReason>{FailureReason::kServerError, FailureReason::kUnauthorized,
                                        FailureReason::kOverloaded, FailureReason::kUnauthorized,
                                        FailureReason::kUnreadableReply, FailureReason::kNone}));
}

TEST_F(Destinations, AreHeldWhileNobodyListens) {
  const ClosedPort nobody;
  Settings settings = SettingsFor({nobody.url()});
  IndexRig rig(settings);
  rig.advance_ms = 100;
  rig.index.Prepare("users");
  ASSERT_TRUE(rig.Until([&rig] { return rig.prepared.size() >= 3; })) << "it repeats";
  for (const PrepareResult& result : rig.prepared) {
    EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHold);
    EXPECT_EQ(result.failure.verdict.reason, FailureReason::kUnreachable);
    EXPECT_NE(result.failure.detail.find(nobody.url()), std::string::npos);
  }
}

TEST_F(Destinations, AreHeldWhenSomethingElseAnswers) {
  script_.On("GET /", Say(200, "<html>hello</html>"));
  script_.On("GET /_nodes/_local", Say(404, "<html>no</html>"));
  IndexRig rig(SettingsFor({stub_.url()}));
  rig.index.Prepare("users");
  ASSERT_TRUE(rig.Until([&rig] { return !rig.prepared.empty(); }));
  EXPECT_EQ(rig.prepared[0].failure.verdict.disposition, Disposition::kHold);
  EXPECT_NE(rig.prepared[0].failure.detail.find("elasticsearch.urls"), std::string::npos);
}

TEST_F(Destinations, AreRefusedOnAServerThatIsTooOld) {
  script_.On("GET /", Say(200, R"({"version":{"number":"6.8.23"}})"));
  const PrepareResult result = Prepare("users");
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_NE(result.failure.detail.find("7.10"), std::string::npos);
}

TEST_F(Destinations, SurviveANeighbourThatCreatesThemFirst) {
  script_.On("GET /", Say(200, kRoot));
  for (int i = 0; i < 3; ++i) script_.On("GET /users", Say(404, "{}"));
  script_.On("GET /users", Say(200, kAlias));
  script_.On("PUT /users-000001",
             Say(400, R"({"error":{"type":"resource_already_exists_exception","reason":"r"}})"));
  EXPECT_EQ(Prepare("users").failure.verdict.disposition, Disposition::kDone);
}

TEST_F(Destinations, AreRefusedWhenTheBackingIndexIsThereWithoutTheAlias) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(404, "{}"));
  script_.On("PUT /users-000001",
             Say(400, R"({"error":{"type":"resource_already_exists_exception","reason":"r"}})"));
  const PrepareResult result = Prepare("users");
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_NE(result.failure.detail.find("POST /_aliases"), std::string::npos);
}

TEST_F(Destinations, AreRefusedWithTheServersWordsWhenTheSettingsAreWrong) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(404, "{}"));
  script_.On("PUT /users-000001",
             Say(400, R"({"error":{"type":"mapper_parsing_exception","reason":"no type [x]"}})"));
  const PrepareResult result = Prepare("users");
  EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(result.failure.verdict.reason, FailureReason::kIndexUnsuitable);
  EXPECT_NE(result.failure.detail.find("no type [x]"), std::string::npos);
  EXPECT_NE(result.failure.detail.find("index.mappings"), std::string::npos);
}

TEST_F(Destinations, AreRefusedAfterCreationWhenATemplateMadeThemUnsuitable) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(404, "{}"));
  script_.On(
      "GET /users",
      Say(200,
          R"({"users-000001":{"aliases":{"users":{}},"settings":{"index":{"gc_deletes":"15m","final_pipeline":"p"}}}})"));
  script_.On("PUT /users-000001", Say(200, R"({"acknowledged":true})"));
  EXPECT_EQ(Prepare("users").failure.verdict.disposition, Disposition::kHalt);
}

TEST_F(Destinations, AreNotSharedByTwoStreams) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(200, kAlias));
  Settings settings = SettingsFor({stub_.url()});
  settings.index_names = {{"t.other", "elsewhere"}};
  IndexRig rig(settings);
  const IndexSlot first = rig.index.Prepare("users");
  EXPECT_EQ(rig.index.Prepare("users"), first);
  const IndexSlot second = rig.index.Prepare("USERS");
  const IndexSlot third = rig.index.Prepare("bad/name");
  EXPECT_NE(first, second);
  EXPECT_EQ(rig.index.IndexName(rig.index.Prepare("t.other")), "elsewhere");
  ASSERT_TRUE(rig.Until([&rig] { return rig.prepared.size() >= 3; }));
  for (const PrepareResult& result : rig.prepared) {
    if (result.index == first) {
      EXPECT_EQ(result.failure.verdict.disposition, Disposition::kDone);
    } else if (result.index == second || result.index == third) {
      EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt);
      EXPECT_NE(result.failure.detail.find("index.names"), std::string::npos);
    }
  }
}

// A topic of that name, as a regular expression may find one: what sluice records would be lost.
TEST_F(Destinations, AreNotTheIndicesOfSluicesOwnRecords) {
  script_.On("GET /", Say(200, kRoot));
  for (const char* name : {"sluice-control", "Sluice-Divergent"}) {
    const PrepareResult result = Prepare(name);
    EXPECT_EQ(result.failure.verdict.disposition, Disposition::kHalt) << name;
    EXPECT_NE(result.failure.detail.find("what sluice itself records"), std::string::npos)
        << result.failure.detail;
    EXPECT_NE(result.failure.detail.find("index.names"), std::string::npos);
  }
}

TEST_F(Destinations, AreToldAgainWhenAskedForAgain) {
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(200, kAlias));
  EXPECT_EQ(Prepare("users").failure.verdict.disposition, Disposition::kDone);
  rig_->prepared.clear();
  rig_->index.Prepare("users");
  ASSERT_TRUE(rig_->Until([this] { return !rig_->prepared.empty(); }));
  EXPECT_EQ(rig_->prepared[0].failure.verdict.disposition, Disposition::kDone);
}

TEST_F(Destinations, AreAskedForAFewAtATime) {
  script_.On("GET /", Say(200, kRoot));
  Settings settings = SettingsFor({stub_.url()});
  IndexRig rig(settings);
  rig.advance_ms = 100;
  constexpr size_t kMany = 50;
  for (size_t i = 0; i < kMany; ++i) {
    const std::string name = "t" + std::to_string(i);
    rig.index.Prepare(name);
    script_.On("GET /" + name,
               Say(200, "{\"" + name + "-000001\":{\"aliases\":{\"" + name +
                            R"(":{}},"settings":{"index":{"gc_deletes":"15m"}}}})"));
  }
  size_t most = 0;
  ASSERT_TRUE(rig.Until([&] {
    most = std::max(most, rig.transport.running());
    return rig.prepared.size() == kMany;
  }));
  EXPECT_LE(most, IndexAdmin::kRequestsMax);
  EXPECT_LE(stub_.connections(), static_cast<int>(IndexAdmin::kRequestsMax));
  for (const PrepareResult& result : rig.prepared)
    EXPECT_EQ(result.failure.verdict.disposition, Disposition::kDone);
}

TEST_F(Destinations, RestAfterCancellingUntilAskedForAgain) {
  script_.On("GET /", Say(0, "", Then::kStall));
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(200, kAlias));
  IndexRig rig(SettingsFor({stub_.url()}));
  rig.index.Prepare("users");
  ASSERT_TRUE(rig.Until([this] { return stub_.requests().size() == 1; }));
  rig.index.CancelAll();
  ASSERT_TRUE(rig.Until([&rig] { return !rig.prepared.empty(); }));
  EXPECT_EQ(rig.prepared[0].failure.verdict.disposition, Disposition::kCancelled);
  for (int i = 0; i < 5; ++i) rig.index.Poll(rig.batches, rig.lookups, rig.prepared);
  EXPECT_EQ(rig.transport.running(), 0U);
  rig.index.Prepare("users");
  ASSERT_TRUE(rig.Until([&rig] { return rig.prepared.size() == 2; }));
  EXPECT_EQ(rig.prepared[1].failure.verdict.disposition, Disposition::kDone);
}

TEST_F(Destinations, AreAskedForAgainWhenOnlyTransfersWereCancelled) {
  script_.On("GET /", Say(0, "", Then::kStall));
  script_.On("GET /", Say(200, kRoot));
  script_.On("GET /users", Say(200, kAlias));
  IndexRig rig(SettingsFor({stub_.url()}));
  rig.index.Prepare("users");
  ASSERT_TRUE(rig.Until([this] { return stub_.requests().size() == 1; }));
  rig.index.CancelTransfers();
  ASSERT_TRUE(rig.Until([&rig] { return rig.prepared.size() == 2; }));
  EXPECT_EQ(rig.prepared[1].failure.verdict.disposition, Disposition::kDone);
}

}  // namespace
}  // namespace sluice::elasticsearch
