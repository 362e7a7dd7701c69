#include "core/operations/delivery/circuit_breaker.h"

#include <algorithm>

namespace sluice {

int64_t CircuitBreaker::until_us() const {
  return std::max(rest_until_us_, open_ ? open_until_us_ : 0);
}

bool CircuitBreaker::Allows(int64_t now_us, uint32_t under_way) const {
  if (now_us < until_us()) return false;
  return !open_ || under_way == 0;  // one probe at a time
}

void CircuitBreaker::Succeeded() {
  in_a_row_ = openings_ = 0;
  open_ = false;
}

void CircuitBreaker::Failed(int64_t now_us) {
  if (open_) {
    // What was under way when it opened says nothing new.
    if (now_us < open_until_us_) return;
    ++openings_;
    open_until_us_ = now_us + Pause();
    return;
  }
  if (++in_a_row_ < settings_.failures) return;
  open_ = true;
  openings_ = 1;
  open_until_us_ = now_us + Pause();
}

void CircuitBreaker::Rest(int64_t until_us) {
  rest_until_us_ = std::max(rest_until_us_, until_us);
}

int64_t CircuitBreaker::Pause() const {
  int64_t pause_us = std::max<int64_t>(settings_.first_us, 1);
  for (uint32_t i = 1; i < openings_ && pause_us < settings_.longest_us; ++i) pause_us *= 2;
  return std::min(pause_us, std::max(settings_.longest_us, settings_.first_us));
}

}  // namespace sluice
