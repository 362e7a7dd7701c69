#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/ports/clock.h"
#include "core/ports/destinations.h"

namespace sluice::testing {

/// What has arrived at a fake destination.
struct ArrivedDelivery {
  DestinationSlot destination;
  std::string body;
  std::string idempotency_key;
  uint32_t attempt = 0;
  Disposition answered = Disposition::kDone;
};

/// Customers in memory that answer after a time, as they are told to.
///
/// Threads:   one call at a time.
/// Ownership: bodies are looked at when they arrive and when they are answered, so that one that
///            was freed too early is seen.
/// Time:      never blocks; an answer is there when the clock has reached its time.
/// Errors:    as scripted.
class FakeDestinations : public Destinations {
 public:
  explicit FakeDestinations(const Clock& clock) : clock_(clock) {}

  void Send(const OutgoingDelivery& delivery) override;
  void Poll(std::vector<DeliveryAnswer>& answers) override;
  void CancelAll() override;

  /// How a delivery is answered, and after how long; by default accepted at once.
  struct Reply {
    Failure failure;
    int64_t after_us = 0;
    int64_t retry_after_us = 0;
  };
  std::function<Reply(const ArrivedDelivery&)> reply;

  /// All that has arrived, in its order, whatever was answered.
  [[nodiscard]] const std::vector<ArrivedDelivery>& arrived() const { return arrived_; }
  [[nodiscard]] size_t under_way() const { return waiting_.size(); }
  [[nodiscard]] size_t under_way(DestinationSlot destination) const;

 private:
  struct Waiting {
    OutgoingDelivery delivery;
    size_t arrival = 0;
    Reply reply;
    int64_t sent_us = 0;
  };

  const Clock& clock_;
  std::vector<Waiting> waiting_;
  std::vector<ArrivedDelivery> arrived_;
  std::vector<DeliveryAnswer> cancelled_;
};

}  // namespace sluice::testing
