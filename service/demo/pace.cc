#include "service/demo/pace.h"

#include <algorithm>

namespace sluice::demo {

bool Pace(const DemoSurroundings& surroundings, double rate, int64_t started_us, int64_t done) {
  if (rate <= 0) return surroundings.pause(0);
  const auto due_us = started_us + static_cast<int64_t>(1e6 * static_cast<double>(done) / rate);
  constexpr int64_t kLongestMs = 1'000;
  for (;;) {
    const int64_t wait_ms = (due_us - surroundings.clock.NowUs()) / 1'000;
    if (surroundings.pause(static_cast<int>(std::clamp<int64_t>(wait_ms, 0, kLongestMs)))) {
      return true;
    }
    if (wait_ms <= kLongestMs) return false;
  }
}

}  // namespace sluice::demo
