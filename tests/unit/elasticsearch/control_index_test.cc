#include "adapters/elasticsearch/control_index.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/elasticsearch/control_json.h"
#include "tests/unit/elasticsearch/rig.h"

namespace sluice::elasticsearch {
namespace {

using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;
using Kind = ControlAnswer::Kind;

constexpr const char* kIndex =
    R"({"u-000001":{"aliases":{"u":{"is_write_index":true}},"settings":{"index":{"uuid":"U",)"
    R"("history":{"uuid":"H"},"number_of_shards":"2"}}}})";
constexpr const char* kShards =
    R"({"indices":{"u-000001":{"shards":{"1":[{"routing":{"primary":false},)"
    R"("commit":{"user_data":{"history_uuid":"b"}},"seq_no":{"max_seq_no":3}},)"
    R"({"routing":{"primary":true},"commit":{"user_data":{"history_uuid":"b"}},)"
    R"("seq_no":{"max_seq_no":4}}],"0":[{"routing":{"primary":true},)"
    R"("commit":{"user_data":{"history_uuid":"a"}},"seq_no":{"max_seq_no":-1}}]}}}})";
constexpr const char* kOneShard =
    R"({"indices":{"u-000001":{"shards":{"0":[{"routing":{"primary":true},)"
    R"("commit":{"user_data":{"history_uuid":"a"}},"seq_no":{"max_seq_no":-1}}]}}}})";

StubReply Say(int status, std::string body) {
  StubReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

class ControlIndexTest : public ::testing::Test {
 protected:
  void Start(const HttpStub::Handler& answer) {
    stub_ = std::make_unique<HttpStub>(answer);
    rig_ = std::make_unique<IndexRig>(SettingsFor({stub_->url()}));
    rig_->advance_ms = 50;
  }
  /// The next answer, of whatever kind.
  ControlAnswer Next() {
    std::vector<ControlAnswer> answers;
    EXPECT_TRUE(rig_->Until([&] {
      rig_->index.control().Poll(answers);
      return !answers.empty();
    }));
    return answers.empty() ? ControlAnswer{} : std::move(answers.front());
  }

  std::unique_ptr<HttpStub> stub_;
  std::unique_ptr<IndexRig> rig_;
};

StubReply Usual(const StubRequest& request) {
  if (request.target.starts_with("/u-000001/_stats")) return Say(200, kShards);
  if (request.target.starts_with("/u?")) return Say(200, kIndex);
  return Say(404, R"({"_index":"sluice-control","_id":"u","found":false})");
}

TEST_F(ControlIndexTest, TellsWhatTheIndexIs) {
  Start(Usual);
  rig_->index.control().Look("u");
  const ControlAnswer answer = Next();
  EXPECT_EQ(answer.kind, Kind::kFound);
  EXPECT_FALSE(answer.record);
  EXPECT_EQ(answer.destination.backing, "u-000001");
  EXPECT_EQ(answer.destination.uuid, "U");
  EXPECT_EQ(answer.destination.history_uuid, "H");
  EXPECT_EQ(answer.destination.primaries, (std::vector<std::string>{"0:a", "1:b"}));
  EXPECT_EQ(answer.destination.operations, 5) << "of primaries only";
  EXPECT_EQ(stub_->requests().back().target, "/sluice-control/_doc/u");
}

TEST_F(ControlIndexTest, WaitsForEveryPrimary) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  Start([asked](const StubRequest& request) {
    if (request.target.find("_stats") != std::string::npos && ++*asked == 1)
      return Say(200, kOneShard);
    return Usual(request);
  });
  rig_->index.control().Look("u");
  const ControlAnswer held = Next();
  EXPECT_EQ(held.kind, Kind::kHeld);
  EXPECT_NE(held.failure.detail.find("primary shard of u-000001"), std::string::npos);
  EXPECT_EQ(Next().kind, Kind::kFound);
}

TEST_F(ControlIndexTest, NamesTheGrantThatIsMissing) {
  Start([](const StubRequest& request) {
    if (request.target.starts_with("/sluice-control"))
      return Say(403, R"({"error":{"type":"security_exception","reason":"no"},"status":403})");
    return Usual(request);
  });
  rig_->index.control().Look("u");
  const ControlAnswer held = Next();
  EXPECT_EQ(held.kind, Kind::kHeld);
  EXPECT_EQ(held.failure.verdict.reason, FailureReason::kUnauthorized);
  EXPECT_NE(held.failure.detail.find("read and write on sluice-control"), std::string::npos);
}

TEST_F(ControlIndexTest, HaltsOnARecordOfALaterVersion) {
  Start([](const StubRequest& request) {
    if (request.target.starts_with("/sluice-control"))
      return Say(200, R"({"_id":"u","_seq_no":1,"_primary_term":1,"found":true,)"
                      R"("_source":{"schema":"sluice.control/2"}})");
    return Usual(request);
  });
  rig_->index.control().Look("u");
  const ControlAnswer answer = Next();
  EXPECT_EQ(answer.kind, Kind::kHalted);
  EXPECT_NE(answer.failure.detail.find("later version"), std::string::npos);
}

TEST_F(ControlIndexTest, MakesItsIndexBeforeTheFirstRecord) {
  Start([](const StubRequest& request) {
    if (request.target == "/sluice-control")
      return Say(400, R"({"error":{"type":"resource_already_exists_exception","reason":"x"}})");
    return Say(201, R"({"_id":"u","_seq_no":4,"_primary_term":2,"result":"created"})");
  });
  ControlRecord record;
  record.index = "u";
  rig_->index.control().Create(record);
  const ControlAnswer answer = Next();
  EXPECT_EQ(answer.kind, Kind::kWritten);
  EXPECT_EQ(answer.ticket.seq_no, 4);
  EXPECT_EQ(answer.ticket.primary_term, 2);
  EXPECT_EQ(stub_->requests().back().target, "/sluice-control/_create/u");
  rig_->index.control().Replace(record, answer.ticket);
  EXPECT_EQ(Next().kind, Kind::kWritten);
  EXPECT_EQ(stub_->requests().back().target,
            "/sluice-control/_doc/u?if_seq_no=4&if_primary_term=2");
}

TEST_F(ControlIndexTest, AsksAgainWhatWasCancelledWithTheTransfers) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  Start([asked](const StubRequest& request) {
    StubReply reply = Usual(request);
    if (++*asked > 1) return reply;
    reply.status = 0;
    reply.then = StubReply::Then::kStall;
    return reply;
  });
  rig_->index.control().Look("u");
  ASSERT_TRUE(rig_->Until([this] { return stub_->requests().size() == 1; }));
  rig_->index.CancelTransfers();
  EXPECT_EQ(Next().kind, Kind::kFound);
}

TEST(ControlJson, RefusesWhatIsDamaged) {
  ControlRecord record;
  record.index = "u";
  record.partitions = 1;
  record.starts = {0};
  record.snapshots_known = {7};
  record.other = OtherIndex();
  record.other->facts.backing = "u-000002";
  record.other->next = true;
  record.other->told_epochs = {3};
  record.other->told_versions = {2048};
  record.refill = Refill();
  record.refill->recipe = "0f";
  const std::string good = RenderControl(record);
  ASSERT_TRUE(ParseControl(good)) << good;
  EXPECT_EQ(ParseControl(good)->snapshots_known, record.snapshots_known);
  EXPECT_EQ(ParseControl(good)->other->facts.backing, "u-000002");
  EXPECT_EQ(ParseControl(good)->other->told_epochs, record.other->told_epochs);
  EXPECT_EQ(ParseControl(good)->other->told_versions, record.other->told_versions);
  EXPECT_EQ(ParseControl(good)->refill->recipe, "0f");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"recipe\":\"0f\"", "\"recipe\":15"},
           {"\"incarnation\":1", "\"incarnation\":0"},
           {"\"incarnation\":1", "\"incarnation\":32768"},
           {"\"starts\":[0]", "\"starts\":[]"},
           {"\"starts\":[0]", "\"starts\":[\"0\"]"},
           {"\"snapshots_known\":[7]", "\"snapshots_known\":[\"7\"]"},
           {"\"version_mode\":\"offset\"", "\"version_mode\":\"time\""},
           {"\"key_encoding\":\"\"", "\"key_encoding\":\"avro\""},
           {"\"role\":\"next\"", "\"role\":\"some\""},
           {"\"keep_until_ms\":0", "\"keep_until_ms\":\"0\""},
           {"\"from\":\"topic\"", "\"from\":\"air\""},
           {"\"asked_lsn\":0", "\"asked\":0"},
           {"\"topic\"", "\"tropic\""}}) {
    std::string damaged = good;
    const size_t at = damaged.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    damaged.replace(at, from.size(), to);
    EXPECT_FALSE(ParseControl(damaged)) << damaged;
  }
}

}  // namespace
}  // namespace sluice::elasticsearch
