#pragma once

#include <cstdint>

namespace sluice {

struct BreakerSettings {
  uint32_t failures = 5;            ///< In a row; then it opens.
  int64_t first_us = 1'000'000;     ///< How long it stays open at first …
  int64_t longest_us = 30'000'000;  ///< … and at most: doubled by each probe that fails.
};

/// Leaves a destination alone that fails again and again. Closed: all may be sent. Open: nothing
/// until its time has passed, then one probe; its answer closes or opens it.
///
/// A value: copyable, no clock. Times in microseconds.
class CircuitBreaker {
 public:
  explicit CircuitBreaker(const BreakerSettings& settings) : settings_(settings) {}

  /// Whether another request may begin while `under_way` are open.
  [[nodiscard]] bool Allows(int64_t now_us, uint32_t under_way) const;
  void Succeeded();
  void Failed(int64_t now_us);
  /// The destination asked to be left alone until then; does not open it.
  void Rest(int64_t until_us);

  [[nodiscard]] bool open() const { return open_; }
  /// Before that nothing is allowed; 0: no such time.
  [[nodiscard]] int64_t until_us() const;

 private:
  [[nodiscard]] int64_t Pause() const;

  BreakerSettings settings_;
  uint32_t in_a_row_ = 0;
  uint32_t openings_ = 0;  ///< Since the last success.
  bool open_ = false;
  int64_t open_until_us_ = 0;
  int64_t rest_until_us_ = 0;
};

}  // namespace sluice
