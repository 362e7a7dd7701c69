#include "adapters/elasticsearch/scan_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/elasticsearch/rig.h"

namespace sluice::elasticsearch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr const char* kRefreshed = R"({"_shards":{"total":2,"successful":1,"failed":0}})";
constexpr const char* kEmpty = R"({"_scroll_id":"s2","timed_out":false,"_shards":{"failed":0}})";

StubReply Say(int status, std::string body) {
  StubReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

std::string Page(const std::string& scroll, const std::string& hits, int failed = 0) {
  return R"({"_scroll_id":")" + scroll + R"(","timed_out":false,"_shards":{"failed":)" +
         std::to_string(failed) + R"(},"hits":{"hits":[)" + hits + "]}}";
}

class ScanDeskTest : public ::testing::Test {
 protected:
  /// The answers to POST requests, in order.
  void Start(std::deque<StubReply> replies) {
    stub_ = std::make_unique<HttpStub>([replies](const StubRequest& request) mutable {
      if (request.method == "DELETE") return Say(200, "{}");
      if (request.method != "POST" || replies.empty()) return Say(500, "");
      StubReply reply = replies.front();
      replies.pop_front();
      return reply;
    });
    rig_ = std::make_unique<TransportRig>(SettingsFor({stub_->url()}));
    desk_ = std::make_unique<ScanDesk>(settings_, rig_->transport, rig_->clock, 0,
                                       [this](IndexSlot) -> const std::string& { return name_; });
    desk_->Begin(IndexSlot{0});
  }
  ScanPage Next() {
    std::optional<ScanPage> page;
    EXPECT_TRUE(rig_->Until([&] {
      for (const Response& response : rig_->responses)
        desk_->Take(static_cast<uint32_t>(response.tag), response);
      rig_->responses.clear();
      rig_->clock.AdvanceMs(1'000);
      page = desk_->Poll();
      return page.has_value();
    }));
    return page.value_or(ScanPage());
  }
  /// "METHOD target body" of each request so far.
  [[nodiscard]] std::vector<std::string> Asked() const {
    std::vector<std::string> asked;
    for (const StubRequest& request : stub_->requests())
      asked.push_back(request.method + " " + request.target.substr(0, request.target.find('?')) +
                      " " + request.body);
    return asked;
  }

  const std::string name_ = "u";
  Settings settings_;
  std::unique_ptr<HttpStub> stub_;
  std::unique_ptr<TransportRig> rig_;
  std::unique_ptr<ScanDesk> desk_;
};

TEST_F(ScanDeskTest, RefreshesAndGoesThroughThePages) {
  Start({Say(200, kRefreshed), Say(200, Page("s1", R"({"_id":"a","_version":5})")),
         Say(200, Page("s2", R"({"_id":"b","_version":6},{"_id":"c","_version":7})")),
         Say(200, kEmpty)});
  EXPECT_THAT(Next().documents, ElementsAre(ScannedDocument{"a", 5}));
  desk_->Next();
  EXPECT_THAT(Next().documents, ElementsAre(ScannedDocument{"b", 6}, ScannedDocument{"c", 7}));
  desk_->Next();
  EXPECT_TRUE(Next().last);
  EXPECT_TRUE(rig_->Until([&] { return stub_->requests().size() == 5; }));
  EXPECT_THAT(
      Asked(),
      ElementsAre("POST /u/_refresh ",
                  R"(POST /u/_search {"size":2000,"sort":["_doc"],"_source":false,"version":true})",
                  R"(POST /_search/scroll {"scroll":"5m","scroll_id":"s1"})",
                  R"(POST /_search/scroll {"scroll":"5m","scroll_id":"s2"})",
                  R"(DELETE /_search/scroll {"scroll_id":"s2"})"));
}

TEST_F(ScanDeskTest, DoesNotListStubs) {
  settings_.soft_deletes = true;
  Start({Say(200, kRefreshed), Say(200, kEmpty)});
  EXPECT_TRUE(Next().last);
  EXPECT_THAT(Asked()[1], HasSubstr(R"(,"version":true,"query":{"bool":{"must_not":)"
                                    R"({"term":{"sluice_deleted":true}}}}})"));
}

TEST_F(ScanDeskTest, AScrollThatIsLostBeginsAnew) {
  Start({Say(200, kRefreshed), Say(200, Page("s1", R"({"_id":"a","_version":5})")),
         Say(404, R"({"error":{"type":"search_context_missing_exception","reason":"x"}})"),
         Say(200, kRefreshed), Say(200, kEmpty)});
  EXPECT_EQ(Next().documents.size(), 1U);
  desk_->Next();
  const ScanPage held = Next();
  EXPECT_EQ(held.failure.verdict.disposition, Disposition::kHold);
  EXPECT_THAT(held.failure.detail, HasSubstr("search_context_missing_exception"));
  EXPECT_TRUE(Next().last);
}

TEST_F(ScanDeskTest, AShardThatHasNotAnsweredIsAskedAgain) {
  Start({Say(200, R"({"_shards":{"failed":1}})"), Say(200, kRefreshed),
         Say(200, Page("s1", R"({"_id":"a","_version":5})", 1)), Say(200, kRefreshed),
         Say(200, Page("s1", R"({"_id":"a","_version":5})"))});
  EXPECT_EQ(Next().failure.verdict.reason, FailureReason::kShardUnavailable);
  EXPECT_EQ(Next().failure.verdict.reason, FailureReason::kShardUnavailable);
  EXPECT_EQ(Next().documents.size(), 1U);
}

TEST_F(ScanDeskTest, FailuresAreHeldUnderTheirReason) {
  Start({Say(403, R"({"error":{"type":"security_exception","reason":"x"}})"), Say(503, ""),
         Say(200, "nonsense"), Say(200, kRefreshed), Say(200, "{}"), Say(429, ""),
         Say(200, kRefreshed), Say(200, kEmpty)});
  for (const FailureReason reason :
       {FailureReason::kUnauthorized, FailureReason::kServerError, FailureReason::kShardUnavailable,
        FailureReason::kShardUnavailable, FailureReason::kOverloaded}) {
    const ScanPage page = Next();
    EXPECT_EQ(page.failure.verdict.disposition, Disposition::kHold);
    EXPECT_EQ(page.failure.verdict.reason, reason);
    EXPECT_TRUE(page.documents.empty());
  }
  EXPECT_TRUE(Next().last);
}

TEST_F(ScanDeskTest, AnIndexThatIsGoneHalts) {
  Start(
      {Say(404, R"({"error":{"type":"index_not_found_exception","reason":"no such index [u]"}})")});
  const ScanPage page = Next();
  EXPECT_EQ(page.failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(page.failure.verdict.reason, FailureReason::kIndexMissing);
}

TEST_F(ScanDeskTest, AnAnswerToAScanThatWasGivenUpIsPassedOver) {
  Start({Say(200, kRefreshed), Say(200, Page("s1", R"({"_id":"a","_version":5})")),
         Say(200, kRefreshed), Say(200, Page("s9", R"({"_id":"b","_version":6})"))});
  EXPECT_EQ(Next().documents.size(), 1U);
  desk_->Begin(IndexSlot{0});
  EXPECT_THAT(Next().documents, ElementsAre(ScannedDocument{"b", 6}));
  desk_->End();
  EXPECT_FALSE(desk_->Poll());
}

}  // namespace
}  // namespace sluice::elasticsearch
