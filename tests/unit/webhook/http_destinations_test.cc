// A scripted HTTP server stands for the customer, also for what no server should say.
#include "adapters/webhook/http_destinations.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

#include "adapters/transfer/multi_waiter.h"
#include "adapters/webhook/signature.h"
#include "tests/fakes/fake_clock.h"
#include "tests/tools/http_stub.h"

namespace sluice::webhook {
namespace {

using testing::ClosedPort;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr const char* kBody = R"({"id":7,"status":"In Transit"})";

Settings For(const std::string& url, const std::string& secret = "") {
  Settings settings;
  settings.endpoints = {{"acme", url, secret}};
  settings.request_timeout_ms = 30'000;
  return settings;
}

StubReply Reply(int status, std::vector<std::string> headers = {}, std::string body = "") {
  StubReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  return reply;
}

class Rig {
 public:
  explicit Rig(const Settings& settings)
      : destinations_(settings, clock_), waiter_(destinations_.multi()) {}

  void Send(uint64_t token = 1) {
    destinations_.Send({token, DestinationSlot{0}, kBody, "status-0-7", 2});
  }
  /// Until so many are answered; a test does not wait so long unless it fails.
  const std::vector<DeliveryAnswer>& Await(size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (answers_.size() < count && std::chrono::steady_clock::now() < end) {
      destinations_.Poll(answers_);
      if (answers_.size() < count) waiter_.Wait(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(answers_.size(), count) << "no answer";
    if (answers_.empty()) answers_.emplace_back();
    return answers_;
  }
  DeliveryAnswer Ask() {
    answers_.clear();
    Send();
    return Await(1).front();
  }
  HttpDestinations& destinations() { return destinations_; }

 private:
  testing::FakeClock clock_;
  HttpDestinations destinations_;
  transfer::MultiWaiter waiter_;
  std::vector<DeliveryAnswer> answers_;
};

TEST(HttpDestinations, AStatusIsAPostWithItsKeyAndSignature) {
  HttpStub stub([](const StubRequest&) { return Reply(202); });
  Rig rig(For(stub.url() + "/status?from=sluice", "secret"));
  const DeliveryAnswer answer = rig.Ask();
  EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kDone) << answer.failure.detail;
  EXPECT_EQ(answer.token, 1U);
  ASSERT_EQ(stub.requests().size(), 1U);
  StubRequest request = stub.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/status?from=sluice");
  EXPECT_EQ(request.body, kBody);
  EXPECT_EQ(request.headers["content-type"], "application/json");
  EXPECT_EQ(request.headers["idempotency-key"], "status-0-7");
  EXPECT_EQ(request.headers["webhook-id"], "status-0-7");
  EXPECT_EQ(request.headers["webhook-attempt"], "2");
  const std::string seconds = request.headers["webhook-timestamp"];
  EXPECT_EQ(request.headers["webhook-signature"],
            SignatureOf("secret", "status-0-7", std::stoll(seconds), kBody));
}

TEST(HttpDestinations, WithoutASecretNothingIsSigned) {
  HttpStub stub([](const StubRequest&) { return Reply(200); });
  Rig rig(For(stub.url()));
  rig.Ask();
  EXPECT_FALSE(stub.requests().front().headers.contains("webhook-signature"));
}

TEST(HttpDestinations, AnAnswerIsItsStatusAndItsFirstWords) {
  HttpStub stub([](const StubRequest&) { return Reply(422, {}, "no such\npackage"); });
  Rig rig(For(stub.url()));
  const DeliveryAnswer answer = rig.Ask();
  EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kReject);
  EXPECT_EQ(answer.failure.type, "http_422");
  EXPECT_EQ(answer.failure.detail, "acme: HTTP 422 no such package");
}

TEST(HttpDestinations, ACustomerMaySayWhenToComeBack) {
  HttpStub stub([](const StubRequest&) { return Reply(429, {"Retry-After: 7"}); });
  Rig rig(For(stub.url()));
  const DeliveryAnswer answer = rig.Ask();
  EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kRetry);
  EXPECT_EQ(answer.retry_after_us, 7'000'000);
}

TEST(HttpDestinations, WhatCannotBeWaitedForIsWaitedForAsLongAsThereIsTime) {
  const struct {
    const char* header;
    bool waits;
  } rows[] = {
      {"Retry-After: 1000000000000", true},
      {"Retry-After: 10000000000000000", true},  // more microseconds than an integer holds
      {"Retry-After: 9223372036854775807", true},
      {"Retry-After: -5", false},
      {"Retry-After: Thu, 01 Jan 1970 00:00:01 GMT", false},
      {"Retry-After: soon", false},
  };
  for (const auto& row : rows) {
    HttpStub stub([&row](const StubRequest&) { return Reply(429, {row.header}); });
    Rig rig(For(stub.url()));
    const int64_t asked_us = rig.Ask().retry_after_us;
    EXPECT_GE(asked_us, row.waits ? 1'000'000'000'000'000'000 : 0) << row.header;
    EXPECT_TRUE(row.waits || asked_us == 0) << row.header;
  }
}

TEST(HttpDestinations, ARedirectIsNotFollowed) {
  HttpStub other([](const StubRequest&) { return Reply(200); });
  HttpStub stub([&other](const StubRequest&) { return Reply(307, {"Location: " + other.url()}); });
  Rig rig(For(stub.url()));
  EXPECT_EQ(rig.Ask().failure.verdict.reason, FailureReason::kUnexpectedStatus);
  EXPECT_TRUE(other.requests().empty());
}

TEST(HttpDestinations, NobodyThereIsNotInDoubt) {
  const ClosedPort closed;
  Rig rig(For(closed.url()));
  const DeliveryAnswer answer = rig.Ask();
  EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kRetry);
  EXPECT_EQ(answer.failure.verdict.reason, FailureReason::kUnreachable);
  EXPECT_THAT(answer.failure.detail, HasSubstr("acme: "));
}

TEST(HttpDestinations, AnAnswerThatNeverComesIsInDoubt) {
  HttpStub stub([](const StubRequest&) {
    StubReply reply = Reply(0);
    reply.then = StubReply::Then::kStall;
    return reply;
  });
  Settings settings = For(stub.url());
  settings.request_timeout_ms = 200;
  Rig rig(settings);
  const DeliveryAnswer answer = rig.Ask();
  EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kInDoubt);
  EXPECT_EQ(answer.failure.verdict.reason, FailureReason::kTimeout);
}

TEST(HttpDestinations, ABrokenConnectionIsInDoubt) {
  HttpStub stub([](const StubRequest&) {
    StubReply reply = Reply(0);
    reply.then = StubReply::Then::kReset;
    return reply;
  });
  Rig rig(For(stub.url()));
  const DeliveryAnswer answer = rig.Ask();
  EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kInDoubt);
  EXPECT_EQ(answer.failure.verdict.reason, FailureReason::kConnectionLost);
}

TEST(HttpDestinations, AnAcceptanceWithAnEndlessReplyIsOne) {
  HttpStub stub([](const StubRequest&) { return Reply(200, {}, std::string(300'000, 'x')); });
  Rig rig(For(stub.url()));
  EXPECT_EQ(rig.Ask().failure.verdict.disposition, Disposition::kDone);
}

TEST(HttpDestinations, TheStatusCountsAlsoWhereTheReplyBehindItIsCutOff) {
  for (const auto then :
       {StubReply::Then::kClose, StubReply::Then::kReset, StubReply::Then::kStall}) {
    for (const int status : {200, 422, 503}) {
      HttpStub stub([then, status](const StubRequest&) {
        StubReply reply = Reply(status, {}, std::string(10'000, 'x'));
        reply.send_bytes_max = 1'000;
        reply.then = then;
        return reply;
      });
      Settings settings = For(stub.url());
      settings.request_timeout_ms = 300;
      Rig rig(settings);
      EXPECT_EQ(rig.Ask().failure.type, "http_" + std::to_string(status)) << static_cast<int>(then);
    }
  }
}

TEST(HttpDestinations, AStatusWhoseHeadersDoNotEndIsNoAnswer) {
  HttpStub stub([](const StubRequest&) {
    StubReply reply = Reply(200, {}, "{}");
    reply.send_bytes_max = 20;
    reply.then = StubReply::Then::kReset;
    return reply;
  });
  Rig rig(For(stub.url()));
  EXPECT_EQ(rig.Ask().failure.verdict.disposition, Disposition::kInDoubt);
}

TEST(HttpDestinations, ConnectionsAreKept) {
  HttpStub stub([](const StubRequest&) { return Reply(200); });
  Rig rig(For(stub.url()));
  for (int i = 0; i < 5; ++i) ASSERT_EQ(rig.Ask().failure.verdict.disposition, Disposition::kDone);
  EXPECT_EQ(stub.connections(), 1);
}

}  // namespace
}  // namespace sluice::webhook
