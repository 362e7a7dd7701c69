// The contract of Destinations, held by the real adapter in front of a scripted HTTP server.
#include <gtest/gtest.h>

#include "adapters/transfer/multi_waiter.h"
#include "adapters/webhook/http_destinations.h"
#include "tests/contract/destinations_contract.h"
#include "tests/fakes/fake_clock.h"
#include "tests/tools/http_stub.h"

namespace sluice::testing {
namespace {

StubReply Answer(const StubRequest& request) {
  StubReply reply;
  if (request.target == "/silent") {
    reply.status = 0;
    reply.then = StubReply::Then::kStall;
  } else if (request.body.find("bad") != std::string::npos) {
    reply.status = 422;
  } else if (request.body.find("later") != std::string::npos) {
    reply.status = 429;
    reply.headers = {"Retry-After: 3"};
  }
  return reply;
}

class WebhookHarness : public DestinationsHarness {
 public:
  Destinations& destinations() override { return destinations_; }
  std::vector<FoundDelivery> Found() override {
    std::vector<FoundDelivery> found;
    for (StubRequest& request : stub_.requests()) {
      if (request.target == "/status")
        found.push_back({request.body, request.headers["idempotency-key"]});
    }
    return found;
  }
  void Step() override { waiter_.Wait(std::chrono::milliseconds(10)); }

 private:
  [[nodiscard]] webhook::Settings MakeSettings() const {
    webhook::Settings settings;
    settings.endpoints = {{"zero", stub_.url() + "/status", "secret"},
                          {"one", stub_.url() + "/silent", ""}};
    return settings;
  }

  FakeClock clock_;
  HttpStub stub_{Answer};
  webhook::HttpDestinations destinations_{MakeSettings(), clock_};
  transfer::MultiWaiter waiter_{destinations_.multi()};
};

INSTANTIATE_TEST_SUITE_P(Webhook, DestinationsContract, ::testing::Values(MakeDestinations([] {
                           return std::make_unique<WebhookHarness>();
                         })),
                         [](const auto&) { return "webhook"; });

}  // namespace
}  // namespace sluice::testing
