#pragma once

#include <cstdint>

#include "core/ports/clock.h"

namespace sluice::testing {

/// Time that stands still until the test moves it.
///
/// Threads:   one.
/// Ownership: none.
/// Time:      never blocks.
/// Errors:    none.
class FakeClock : public Clock {
 public:
  [[nodiscard]] int64_t NowUs() const override { return now_us_; }
  [[nodiscard]] int64_t WallNs() const override {
    return 1'700'000'000'000'000'000 + now_us_ * 1'000;
  }

  void AdvanceUs(int64_t us) { now_us_ += us; }
  void AdvanceMs(int64_t ms) { AdvanceUs(ms * 1'000); }

 private:
  int64_t now_us_ = 10'000'000;
};

}  // namespace sluice::testing
