#pragma once

#include <cstdint>

namespace sluice {

/// Time, so that tests can own it.
///
/// Threads:   any.
/// Ownership: none.
/// Time:      never blocks.
/// Errors:    none.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Microseconds that never go back; they count on while the machine is suspended.
  [[nodiscard]] virtual int64_t NowUs() const = 0;
  /// Nanoseconds since 1970 by the wall clock; may jump.
  [[nodiscard]] virtual int64_t WallNs() const = 0;
  /// The same in milliseconds.
  [[nodiscard]] int64_t WallMs() const { return WallNs() / 1'000'000; }
};

}  // namespace sluice
