#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/http/endpoints.h"
#include "service/http/http_server.h"
#include "tests/unit/service/telemetry_samples.h"

namespace sluice::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// One request over a socket of its own; the whole answer as text.
std::string Ask(uint16_t port, const std::string& request) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{5, 0};
  setsockopt(socket_fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send(socket_fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(socket_fd, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(got));
    }
  }
  close(socket_fd);
  return answer;
}

std::string Get(uint16_t port, const std::string& path, const std::string& verb = "GET") {
  return Ask(port, verb + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

class HttpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ServerSettings settings;
    settings.port = 0;
    auto server = HttpServer::Start(settings, MakeEndpoints(telemetry_));
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    server_ = std::move(*server);
  }

  void MakeReady() {
    PipelineStats stats;
    stats.state = PipelineStats::State::kRunning;
    stats.turn_us = clock_.now_us;
    stats.progress_us = clock_.now_us;
    stats.group_joined = true;
    stats.index_reached = true;
    telemetry_.OnStats(0, stats);
  }

  telemetry::ManualClock clock_;
  telemetry::Log log_{{}, std::make_shared<spdlog::sinks::null_sink_mt>(), clock_};
  telemetry::Telemetry telemetry_{{.version = "9.9"}, log_, clock_};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpTest, MetricsAreServedInPrometheusFormat) {
  const std::string answer = Get(server_->port(), "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("sluice_build_info{version=\"9.9\"} 1"));
  EXPECT_THAT(answer, HasSubstr("sluice_ready 0"));
}

TEST_F(HttpTest, ReadinessTurnsWithTheService) {
  const std::string before = Get(server_->port(), "/readyz");
  EXPECT_THAT(before, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(before, HasSubstr("[-]kafka_reached failed: no assignment"));
  MakeReady();
  const std::string after = Get(server_->port(), "/readyz");
  EXPECT_THAT(after, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(after, Not(HasSubstr("[+]kafka_reached")));
  EXPECT_THAT(Get(server_->port(), "/readyz?verbose"), HasSubstr("[+]kafka_reached ok"));
  telemetry_.NoteStopping();
  EXPECT_THAT(Get(server_->port(), "/readyz"), StartsWith("HTTP/1.1 503"));
}

TEST_F(HttpTest, LivenessDependsOnOurLoopsOnly) {
  EXPECT_THAT(Get(server_->port(), "/livez"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Get(server_->port(), "/healthz"), StartsWith("HTTP/1.1 200"));
  clock_.now_us += 31'000'000;
  EXPECT_THAT(Get(server_->port(), "/livez"), StartsWith("HTTP/1.1 503"));
}

TEST_F(HttpTest, StatusIsJson) {
  const std::string answer = Get(server_->port(), "/status");
  EXPECT_THAT(answer, HasSubstr("application/json"));
  EXPECT_THAT(answer, HasSubstr("{\"schema\":\"sluice.status/1\""));
}

TEST_F(HttpTest, NothingElseIsThereAndNothingCanBeChanged) {
  EXPECT_THAT(Get(server_->port(), "/nothing"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get(server_->port(), "/../etc/passwd"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get(server_->port(), "/"), HasSubstr("/readyz"));
  for (const char* verb : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const std::string answer = Get(server_->port(), "/metrics", verb);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405")) << verb;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD")) << verb;
  }
  EXPECT_THAT(Ask(server_->port(),
                  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                  "Connection: close\r\n\r\nabc"),
              StartsWith("HTTP/1.1 405"));
  const std::string head = Get(server_->port(), "/metrics", "HEAD");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(head, Not(HasSubstr("sluice_ready")));
}

TEST_F(HttpTest, APortInUseOrABadAddressIsAnErrorThatNamesTheSetting) {
  ServerSettings taken;
  taken.port = server_->port();
  const auto second = HttpServer::Start(taken, MakeEndpoints(telemetry_));
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().ToString(), HasSubstr("set http.port"));
  ServerSettings bad;
  bad.address = "localhost";
  EXPECT_THAT(HttpServer::Start(bad, MakeEndpoints(telemetry_)).error().ToString(),
              HasSubstr("set http.address"));
}

}  // namespace
}  // namespace sluice::http
