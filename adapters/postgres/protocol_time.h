#pragma once

#include <cstdint>
#include <limits>

namespace sluice::postgres {

/// PostgreSQL counts microseconds from 2000-01-01 UTC, everything else from 1970-01-01.
inline constexpr int64_t kEpochDifferenceUs = 946'684'800'000'000;

/// Never wraps, whatever was sent.
[[nodiscard]] constexpr int64_t UnixMicros(int64_t since_2000_us) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  return since_2000_us > kMax - kEpochDifferenceUs ? kMax : since_2000_us + kEpochDifferenceUs;
}

[[nodiscard]] constexpr int64_t ProtocolMicros(int64_t unix_us) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  return unix_us < kMin + kEpochDifferenceUs ? kMin : unix_us - kEpochDifferenceUs;
}

}  // namespace sluice::postgres
