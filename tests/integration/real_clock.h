#pragma once

#include <chrono>

#include "core/ports/clock.h"

namespace sluice::testing {

/// The machine's own time, for tests against real servers.
class RealClock : public Clock {
 public:
  [[nodiscard]] int64_t NowUs() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  [[nodiscard]] int64_t WallNs() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace sluice::testing
