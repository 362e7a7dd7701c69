#include "adapters/elasticsearch/transport.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>

#include "adapters/elasticsearch/gzip.h"
#include "tests/unit/elasticsearch/rig.h"

namespace sluice::elasticsearch {
namespace {

using testing::ClosedPort;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;
using Then = StubReply::Then;

StubReply Reply(int status, std::string body, Then then = Then::kKeep) {
  StubReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.then = then;
  return reply;
}

StubReply Say(const std::string& body) {
  return Reply(200, body);
}

std::string Unzip(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(Transport, SendsTheBodyAndTakesTheReply) {
  HttpStub stub([](const StubRequest&) { return Say("{\"ok\":true}"); });
  TransportRig rig(SettingsFor({stub.url()}));
  const std::string body = "{\"a\":1}\n";
  const Response response = rig.Ask(Post(body, "/_bulk?x=1"));
  EXPECT_EQ(response.error, TransferError::kNone);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{\"ok\":true}");
  EXPECT_TRUE(response.body_sent);
  ASSERT_EQ(stub.requests().size(), 1U);
  const StubRequest request = stub.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/_bulk?x=1");
  EXPECT_EQ(request.body, body);
  EXPECT_EQ(request.headers.at("content-type"), "application/x-ndjson");
  EXPECT_FALSE(request.headers.contains("expect"));
  EXPECT_FALSE(request.headers.contains("authorization"));
  EXPECT_FALSE(request.headers.contains("transfer-encoding"));
}

TEST(Transport, SendsALargeBodyWhole) {
  HttpStub stub([](const StubRequest&) { return Say("{}"); });
  TransportRig rig(SettingsFor({stub.url()}));
  std::string body(5'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>('a' + i % 26);
  EXPECT_EQ(rig.Ask(Post(body)).status, 200);
  EXPECT_EQ(stub.requests().front().body, body);
}

TEST(Transport, KeepsConnectionsAlive) {
  HttpStub stub([](const StubRequest&) { return Say("{}"); });
  TransportRig rig(SettingsFor({stub.url()}));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rig.Ask(Post("x")).status, 200);
  EXPECT_EQ(stub.connections(), 1);
}

TEST(Transport, RunsSeveralRequestsAtOnce) {
  HttpStub stub([](const StubRequest& request) { return Say(request.body); });
  TransportRig rig(SettingsFor({stub.url()}));
  const std::string bodies[] = {"a", "b", "c"};
  for (uint64_t i = 0; i < 3; ++i) {
    Request request = Post(bodies[i]);
    request.tag = i;
    rig.transport.Start(std::move(request));
  }
  ASSERT_TRUE(rig.UntilAnswered(3));
  for (const Response& response : rig.responses) EXPECT_EQ(response.body, bodies[response.tag]);
  EXPECT_EQ(rig.transport.running(), 0U);
}

TEST(Transport, SeesTheProductHeader) {
  HttpStub stub([](const StubRequest& request) {
    StubReply reply = Say("{}");
    if (request.target == "/es") reply.headers = {"X-Elastic-Product: Elasticsearch"};
    return reply;
  });
  TransportRig rig(SettingsFor({stub.url()}));
  Request get;
  get.path = "/es";
  EXPECT_TRUE(rig.Ask(get).elastic_product);
  get.path = "/os";
  EXPECT_FALSE(rig.Ask(get).elastic_product);
}

TEST(Transport, FollowsNoRedirects) {
  HttpStub stub([](const StubRequest&) {
    StubReply reply = Reply(302, "");
    reply.headers = {"Location: /elsewhere"};
    return reply;
  });
  TransportRig rig(SettingsFor({stub.url()}));
  EXPECT_EQ(rig.Ask(Post("x")).status, 302);
  EXPECT_EQ(stub.requests().size(), 1U);
}

TEST(Transport, UsesNoProxyOfTheEnvironment) {
  const ClosedPort nobody;
  setenv("http_proxy", nobody.url().c_str(), 1);
  HttpStub stub([](const StubRequest&) { return Say("{}"); });
  TransportRig rig(SettingsFor({stub.url()}));
  EXPECT_EQ(rig.Ask(Post("x")).status, 200);
  unsetenv("http_proxy");
}

TEST(Transport, ProvesItselfByPasswordOrApiKey) {
  HttpStub stub([](const StubRequest&) { return Say("{}"); });
  Settings settings = SettingsFor({stub.url()});
  settings.username = "elastic";
  settings.password = "a:b c";
  TransportRig basic(settings);
  EXPECT_EQ(basic.Ask(Post("x")).status, 200);
  settings.api_key = "a2V5";
  TransportRig key(settings);
  EXPECT_EQ(key.Ask(Post("x")).status, 200);
  const auto requests = stub.requests();
  EXPECT_EQ(requests.at(0).headers.at("authorization"), "Basic ZWxhc3RpYzphOmIgYw==");
  EXPECT_EQ(requests.at(1).headers.at("authorization"), "ApiKey a2V5");
}

TEST(Transport, RereadsCredentialsAfterARefusalAtMostOnceASecond) {
  HttpStub stub([](const StubRequest& request) {
    const auto sent = request.headers.find("authorization");
    const bool good = sent != request.headers.end() && sent->second == "ApiKey bmV3";
    return Reply(good ? 200 : 401, "{}");
  });
  Settings settings = SettingsFor({stub.url()});
  settings.api_key = "b2xk";
  TransportRig rig(settings);
  int reread = 0;
  std::optional<Credentials> file;
  rig.transport.SetCredentialReader([&] {
    ++reread;
    return file;
  });
  EXPECT_EQ(rig.Ask(Post("x")).status, 401);
  EXPECT_EQ(reread, 1);
  file = Credentials{"", "", "bmV3"};
  EXPECT_EQ(rig.Ask(Post("x")).status, 401);
  EXPECT_EQ(reread, 1) << "not again within a second";
  rig.clock.AdvanceMs(1000);
  EXPECT_EQ(rig.Ask(Post("x")).status, 401);
  EXPECT_EQ(reread, 2);
  EXPECT_EQ(rig.Ask(Post("x")).status, 200);
}

TEST(Transport, PacksBodiesAndUnpacksReplies) {
  HttpStub stub([](const StubRequest& request) {
    StubReply reply;
    Gzip("reply " + std::string(1000, 'r'), reply.body);
    reply.headers = {"Content-Encoding: gzip"};
    EXPECT_NE(request.headers.at("accept-encoding").find("gzip"), std::string::npos);
    return reply;
  });
  Settings settings = SettingsFor({stub.url()});
  settings.gzip = true;
  TransportRig rig(settings);
  const std::string body(10'000, 'b');
  const Response response = rig.Ask(Post(body));
  EXPECT_EQ(response.body, "reply " + std::string(1000, 'r'));
  const StubRequest request = stub.requests().front();
  EXPECT_EQ(request.headers.at("content-encoding"), "gzip");
  EXPECT_LT(request.body.size(), 200U);
  EXPECT_EQ(Unzip(request.body), body);
}

TEST(Transport, TellsThatNothingLeftWhenNobodyListens) {
  const ClosedPort nobody;
  TransportRig rig(SettingsFor({nobody.url()}));
  const Response response = rig.Ask(Post("x"));
  EXPECT_EQ(response.error, TransferError::kUnreachable);
  EXPECT_FALSE(response.body_sent);
  EXPECT_NE(response.detail.find(nobody.url()), std::string::npos) << response.detail;
}

TEST(Transport, TellsThatNothingLeftWhenTheNameIsUnknown) {
  TransportRig rig(SettingsFor({"http://no-such-host.invalid:9200"}));
  const Response response = rig.Ask(Post("x"));
  EXPECT_EQ(response.error, TransferError::kUnreachable);
  EXPECT_FALSE(response.body_sent);
}

TEST(Transport, TellsThatNothingLeftWhenTlsFails) {
  HttpStub stub([](const StubRequest&) { return Say("{}"); },
                [](const StubRequest&) { return Reply(400, "", Then::kClose); });
  TransportRig rig(SettingsFor({"https://127.0.0.1:" + std::to_string(stub.port())}));
  // The stub waits for the end of a head that never comes: the handshake times out.
  Settings settings = SettingsFor({"https://127.0.0.1:" + std::to_string(stub.port())});
  settings.connect_timeout_ms = 300;
  TransportRig hasty(settings);
  const Response response = hasty.Ask(Post("x"));
  EXPECT_EQ(response.error, TransferError::kUnreachable);
  EXPECT_FALSE(response.body_sent);
}

TEST(Transport, IsInDoubtAfterAReset) {
  HttpStub stub([](const StubRequest&) { return Reply(0, "", Then::kReset); });
  TransportRig rig(SettingsFor({stub.url()}));
  const Response response = rig.Ask(Post("x"));
  EXPECT_EQ(response.error, TransferError::kConnectionLost);
  EXPECT_TRUE(response.body_sent);
  EXPECT_EQ(stub.requests().size(), 1U);
}

TEST(Transport, IsInDoubtAfterAReplyThatBreaksOff) {
  HttpStub stub([](const StubRequest&) {
    StubReply reply = Reply(200, std::string(1000, 'x'), Then::kClose);
    reply.send_bytes_max = 500;
    return reply;
  });
  TransportRig rig(SettingsFor({stub.url()}));
  const Response response = rig.Ask(Post("x"));
  EXPECT_EQ(response.error, TransferError::kConnectionLost);
  EXPECT_TRUE(response.body_sent);
}

TEST(Transport, IsInDoubtWhenNoAnswerComesInTime) {
  HttpStub stub([](const StubRequest&) { return Reply(0, "", Then::kStall); });
  Settings settings = SettingsFor({stub.url()});
  settings.request_timeout_ms = 200;
  TransportRig rig(settings);
  const Response response = rig.Ask(Post("x"));
  EXPECT_EQ(response.error, TransferError::kTimeout);
  EXPECT_TRUE(response.body_sent);
}

TEST(Transport, RefusesWhatIsNotHttpOrTooLong) {
  HttpStub stub([](const StubRequest& request) {
    return Say(std::string(request.target == "/long" ? 2000 : 1000, 'x'));
  });
  TransportRig rig(SettingsFor({stub.url()}));
  Request request = Post("x", "/short");
  request.reply_bytes_max = 1000;
  EXPECT_EQ(rig.Ask(request).error, TransferError::kNone);
  request.path = "/long";
  const Response response = rig.Ask(request);
  EXPECT_EQ(response.error, TransferError::kUnreadable);
  EXPECT_TRUE(response.too_long);
}

// A copy of a request that nobody waits for could be applied after a newer one. libcurl by itself
// sends a request anew when a kept-alive connection turns out to be dead.
TEST(Transport, NeverSendsABodyTwiceByItself) {
  std::atomic<int> count = 0;
  HttpStub stub([&count](const StubRequest&) {
    return ++count == 1 ? Say("{}") : Reply(0, "", Then::kReset);
  });
  TransportRig rig(SettingsFor({stub.url()}));
  EXPECT_EQ(rig.Ask(Post("first")).status, 200);
  const Response second = rig.Ask(Post("second"));  // on the kept connection, which then breaks
  EXPECT_EQ(second.error, TransferError::kConnectionLost);
  EXPECT_TRUE(second.body_sent);
  EXPECT_NE(second.detail.find("connection was closed"), std::string::npos) << second.detail;
  EXPECT_EQ(stub.requests().size(), 2U);
}

TEST(Transport, SeesARefusalOfTheSizeBeforeTheBodyOfAHugeRequest) {
  HttpStub stub([](const StubRequest&) { return Say("{}"); },
                [](const StubRequest& head) -> std::optional<StubReply> {
                  if (!head.headers.contains("expect")) return std::nullopt;
                  return Reply(413, "", Then::kClose);
                });
  TransportRig rig(SettingsFor({stub.url()}));
  const std::string huge(9'000'000, 'x');
  const Response response = rig.Ask(Post(huge));
  EXPECT_EQ(response.error, TransferError::kNone);
  EXPECT_EQ(response.status, 413);
  EXPECT_FALSE(response.body_sent);
}

// Without `Expect` the answer and the end of the connection race with the body: either the 413 is
// seen, perhaps before a byte of the body has left, or the connection is lost. Never is a body that
// was lost called unsent, nor sent again.
TEST(Transport, SurvivesARefusalInMidBody) {
  std::atomic<int> heads = 0;
  HttpStub stub([](const StubRequest&) { return Say("{}"); },
                [&heads](const StubRequest&) {
                  ++heads;
                  return Reply(413, "", Then::kClose);
                });
  TransportRig rig(SettingsFor({stub.url()}));
  const std::string body(4'000'000, 'x');
  const Response response = rig.Ask(Post(body));
  EXPECT_TRUE(response.body_sent || response.error == TransferError::kNone);
  EXPECT_TRUE(response.status == 413 || response.error == TransferError::kConnectionLost)
      << response.status << " " << response.detail;
  EXPECT_EQ(heads, 1);
}

TEST(Transport, GoesToAnotherNodeWhenNothingWasSent) {
  const ClosedPort nobody;
  HttpStub stub([](const StubRequest&) { return Say("{}"); });
  TransportRig rig(SettingsFor({nobody.url(), stub.url()}));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(rig.Ask(Post("x")).status, 200) << i;
  EXPECT_EQ(stub.requests().size(), 6U);
}

TEST(Transport, ReturnsToANodeThatIsBack) {
  HttpStub steady([](const StubRequest&) { return Say("steady"); });
  auto gone = std::make_unique<HttpStub>([](const StubRequest&) { return Say("gone"); });
  const uint16_t port = gone->port();
  TransportRig rig(SettingsFor({gone->url(), steady.url()}));
  gone.reset();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rig.Ask(Post("x")).body, "steady");
  const HttpStub back([](const StubRequest&) { return Say("back"); }, {}, port);
  rig.clock.AdvanceMs(60'000);
  std::set<std::string> answers;
  for (int i = 0; i < 4; ++i) answers.insert(rig.Ask(Post("x")).body);
  EXPECT_EQ(answers, (std::set<std::string>{"back", "steady"}));
}

TEST(Transport, DoesNotTakeAnotherNodeOnceBytesHaveLeft) {
  HttpStub bad([](const StubRequest&) { return Reply(0, "", Then::kReset); });
  HttpStub good([](const StubRequest&) { return Say("{}"); });
  TransportRig rig(SettingsFor({bad.url(), good.url()}));
  const Response response = rig.Ask(Post("x"));
  EXPECT_EQ(response.error, TransferError::kConnectionLost);
  EXPECT_EQ(good.requests().size(), 0U);
}

TEST(Transport, TellsOfCancelledRequestsWhetherBytesHadLeft) {
  HttpStub stub([](const StubRequest&) { return Reply(0, "", Then::kStall); });
  TransportRig rig(SettingsFor({stub.url()}));
  rig.transport.Start(Post("sent"));
  ASSERT_TRUE(rig.Until([&stub] { return stub.requests().size() == 1; }));
  rig.transport.Start(Post("unsent"));
  rig.transport.CancelAll();
  ASSERT_TRUE(rig.UntilAnswered(2));
  for (const Response& response : rig.responses)
    EXPECT_EQ(response.error, TransferError::kCancelled);
  EXPECT_NE(rig.responses[0].body_sent, rig.responses[1].body_sent);
  EXPECT_EQ(rig.transport.running(), 0U);
}

TEST(Transport, WorksOnAfterCancelling) {
  std::atomic<bool> stall = true;
  HttpStub stub(
      [&stall](const StubRequest&) { return stall ? Reply(0, "", Then::kStall) : Say("fine"); });
  TransportRig rig(SettingsFor({stub.url()}));
  rig.transport.Start(Post("x"));
  ASSERT_TRUE(rig.Until([&stub] { return stub.requests().size() == 1; }));
  rig.transport.CancelAll();
  ASSERT_TRUE(rig.UntilAnswered(1));
  stall = false;
  EXPECT_EQ(rig.Ask(Post("y")).body, "fine");
}

TEST(MultiWaiter, ReturnsWhenAnotherDescriptorIsReadableOrItIsWoken) {
  HttpStub stub([](const StubRequest&) { return Say("{}"); });
  TransportRig rig(SettingsFor({stub.url()}));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  rig.waiter.AddDescriptor(ends[0]);
  const auto waited = [&rig] {
    const auto begin = std::chrono::steady_clock::now();
    rig.waiter.Wait(std::chrono::seconds(20));
    return std::chrono::steady_clock::now() - begin;
  };
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_LT(waited(), std::chrono::seconds(10));
  char byte = 0;
  ASSERT_EQ(read(ends[0], &byte, 1), 1) << "the descriptor's owner drains it";
  std::thread waker([&rig] { rig.waiter.Wake(); });
  EXPECT_LT(waited(), std::chrono::seconds(10));
  waker.join();
  rig.waiter.Wake();  // before the wait: not lost
  EXPECT_LT(waited(), std::chrono::seconds(10));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace sluice::elasticsearch
