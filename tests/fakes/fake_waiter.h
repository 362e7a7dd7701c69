#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "core/ports/waiter.h"
#include "tests/fakes/fake_clock.h"

namespace sluice::testing {

/// Waits by moving the clock. What the test does in `on_wait` is what wakes the pipeline up.
///
/// Threads:   one.
/// Ownership: the clock is borrowed.
/// Time:      never blocks.
/// Errors:    none.
class FakeWaiter : public Waiter {
 public:
  explicit FakeWaiter(FakeClock& clock) : clock_(clock) {}

  void Wait(std::chrono::milliseconds longest) override {
    ++waits_;
    if (longest.count() == 0) ++idle_waits_;
    clock_.AdvanceUs(std::chrono::microseconds(longest).count());
    if (on_wait) on_wait();
  }
  void Wake() override {}

  std::function<void()> on_wait;
  [[nodiscard]] uint64_t waits() const { return waits_; }
  /// Waits that were no waits: many of them are a loop that burns a processor.
  [[nodiscard]] uint64_t idle_waits() const { return idle_waits_; }

 private:
  FakeClock& clock_;
  uint64_t waits_ = 0;
  uint64_t idle_waits_ = 0;
};

}  // namespace sluice::testing
