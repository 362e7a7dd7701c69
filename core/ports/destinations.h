#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/delivery.h"
#include "core/model/outcome.h"

namespace sluice {

/// One status on its way to its destination. The views are borrowed until its answer was taken.
struct OutgoingDelivery {
  uint64_t token = 0;  ///< Comes back with the answer; one answer each.
  DestinationSlot destination;
  std::string_view body;  ///< One JSON object.
  /// Of the record and not of the attempt: by it the destination knows a repeat.
  std::string_view idempotency_key;
  uint32_t attempt = 1;
};

/// What a destination said, or that it said nothing.
struct DeliveryAnswer {
  uint64_t token = 0;
  Failure failure;  ///< kDone: accepted. kReject: this body never will be. Others: again.
  int64_t retry_after_us = 0;  ///< How long the destination asks to be left alone; 0: not told.
  int64_t round_trip_us = 0;
};

/// The customers' servers that take statuses.
///
/// Threads:   one call at a time per instance.
/// Ownership: what is passed to Send() is borrowed until the answer was taken.
/// Time:      no call blocks; answers come through Poll(), each within a time limit.
/// Errors:    as answers.
class Destinations {
 public:
  virtual ~Destinations() = default;

  virtual void Send(const OutgoingDelivery& delivery) = 0;
  virtual void Poll(std::vector<DeliveryAnswer>& answers) = 0;
  /// Ends what is on its way; each is answered as kCancelled by the next Poll(). What was borrowed
  /// is not looked at any more.
  virtual void CancelAll() = 0;
};

}  // namespace sluice
