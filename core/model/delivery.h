#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/change_event.h"

namespace sluice {

/// A small dense number of a destination, in the order of the configuration.
struct DestinationSlot {
  uint32_t value = 0;

  auto operator<=>(const DestinationSlot&) const = default;
};

/// Headers of a parked record, which is the source's record as it was: the key that its repeats are
/// known by, and its offset in the partition of the source that has the parked partition's number.
inline constexpr const char* kIdempotencyHeader = "idempotency-key";
inline constexpr const char* kOriginHeader = "sluice.origin";

/// What a record asks to be delivered. All views point into the record or into the reader's scratch
/// memory and are valid until the reader is called again or the record is released.
struct DeliveryEvent {
  enum class Kind : uint8_t {
    kDeliver,
    kSkip,    ///< Nothing to tell anybody, for the named rule in `skip`.
    kReject,  ///< Cannot be delivered to anybody, for the reason in `reject`.
  };
  Kind kind = Kind::kSkip;
  EventKind change = EventKind::kSkip;           ///< What the record says about its row.
  SkipRule skip = SkipRule::kMessage;            ///< Valid for kSkip.
  RejectReason reject = RejectReason::kBadJson;  ///< Valid for kReject.
  std::string_view destination;                  ///< The text of the row's destination field.
  std::string_view order;  ///< Records with the same text are delivered in their order.
  std::string_view body;   ///< The row as one JSON object.
  int64_t source_ms = 0;   ///< Commit time at the source, ms since 1970; 0: unknown.
};

}  // namespace sluice
