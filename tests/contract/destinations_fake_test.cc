// The contract of Destinations, held by the fake.
#include <gtest/gtest.h>

#include "tests/contract/destinations_contract.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_destinations.h"

namespace sluice::testing {
namespace {

class FakeHarness : public DestinationsHarness {
 public:
  FakeHarness() {
    destinations_.reply = [](const ArrivedDelivery& arrived) {
      FakeDestinations::Reply reply;
      if (arrived.destination.value == 1) reply.after_us = INT64_MAX / 2;
      if (arrived.body.find("bad") != std::string::npos) {
        reply.failure = {{Disposition::kReject, FailureReason::kBadRequest, {}}, "", "refused"};
      } else if (arrived.body.find("later") != std::string::npos) {
        reply.failure = {{Disposition::kRetry, FailureReason::kOverloaded, {}}, "", "later"};
        reply.retry_after_us = 3'000'000;
      }
      return reply;
    };
  }
  Destinations& destinations() override { return destinations_; }
  std::vector<FoundDelivery> Found() override {
    std::vector<FoundDelivery> found;
    for (const ArrivedDelivery& arrived : destinations_.arrived()) {
      if (arrived.destination.value == 0) found.push_back({arrived.body, arrived.idempotency_key});
    }
    return found;
  }
  void Step() override { clock_.AdvanceMs(1); }

 private:
  FakeClock clock_;
  FakeDestinations destinations_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Fake, DestinationsContract, ::testing::Values(MakeDestinations([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "fake"; });

}  // namespace
}  // namespace sluice::testing
