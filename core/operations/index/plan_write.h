#pragma once

#include <cstdint>
#include <string_view>

#include "core/model/change_event.h"
#include "core/model/document_write.h"
#include "core/model/position.h"

namespace sluice {

/// What a change event means for the index, before the id is known.
enum class Plan : uint8_t {
  kWrite,     ///< One versioned write of one document.
  kSkip,      ///< The event's skip rule.
  kReject,    ///< The event's reason.
  kTruncate,  ///< The table was emptied: by `truncate.mode`.
};

/// The version of a write in offset mode (delivery contract, part 3):
/// incarnation * 2^48 + offset + 1. Never an LSN, never a timestamp: both go back.
[[nodiscard]] constexpr int64_t OffsetVersion(uint16_t incarnation, Offset offset) {
  return (int64_t{incarnation} << 48) + offset.value + 1;
}

/// The first offset whose version would run into the next incarnation's.
inline constexpr int64_t kOffsetEnd = (int64_t{1} << 48) - 1;

/// Pure, total over all kinds (delivery contract, part 2).
[[nodiscard]] Plan PlanOf(EventKind kind);

/// The action of an event whose plan is kWrite.
[[nodiscard]] WriteAction ActionOf(EventKind kind);

}  // namespace sluice
