#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/destinations.h"

namespace sluice::testing {

/// What has reached a customer.
struct FoundDelivery {
  std::string body;
  std::string idempotency_key;
};

/// Two customers and how they answer; what the contract of Destinations needs to be held against a
/// fake or a real one. Destination 0 accepts, refuses bodies that hold "bad" for good and asks for
/// patience with those that hold "later"; destination 1 never answers.
class DestinationsHarness {
 public:
  virtual ~DestinationsHarness() = default;

  [[nodiscard]] virtual Destinations& destinations() = 0;
  /// What has reached destination 0, in its order.
  [[nodiscard]] virtual std::vector<FoundDelivery> Found() = 0;
  /// Lets time pass, or waits for something to happen.
  virtual void Step() = 0;
};

/// Made anew for each test.
using MakeDestinations = std::function<std::unique_ptr<DestinationsHarness>()>;

/// The contract every Destinations keeps.
class DestinationsContract : public ::testing::TestWithParam<MakeDestinations> {
 protected:
  void SetUp() override { harness_ = GetParam()(); }
  void Send(uint64_t token, uint32_t destination, const std::string& body, const std::string& key);
  void Await(size_t count);
  [[nodiscard]] Disposition AnswerOf(uint64_t token) const;

  std::unique_ptr<DestinationsHarness> harness_;
  std::vector<DeliveryAnswer> answers_;
};

}  // namespace sluice::testing
