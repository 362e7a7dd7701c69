#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace sluice::bench {

/// How often and how the sink misbehaves. Shares are between 0 and 1.
struct FaultSettings {
  double refuse_requests = 0;  ///< Whole request answered 429.
  double refuse_items = 0;     ///< Item answered 429.
  double resets_before = 0;    ///< Connection reset, nothing applied.
  double resets_after = 0;     ///< Connection reset after all was applied: the reply is lost.
  std::string latency = "0";   ///< MS, LOW-HIGH (even) or exp:MEAN, in milliseconds.
  uint64_t seed = 1;
};

/// Draws the faults, repeatably for a seed.
class FaultPlan {
 public:
  /// Throws std::invalid_argument when the latency cannot be read.
  explicit FaultPlan(const FaultSettings& settings);

  [[nodiscard]] bool RefusesItems() const { return settings_.refuse_items > 0; }
  bool DrawRefusedRequest() { return Draw(settings_.refuse_requests); }
  bool DrawRefusedItem() { return Draw(settings_.refuse_items); }
  bool DrawResetBefore() { return Draw(settings_.resets_before); }
  bool DrawResetAfter() { return Draw(settings_.resets_after); }
  int64_t DrawLatencyUs();

 private:
  enum class Shape : uint8_t { kEven, kExponential };

  bool Draw(double share);

  FaultSettings settings_;
  Shape shape_ = Shape::kEven;
  double low_ms_ = 0;
  double high_ms_ = 0;  ///< The mean of an exponential one.
  std::mt19937_64 random_;
};

}  // namespace sluice::bench
