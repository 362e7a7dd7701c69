#pragma once

#include <cstdint>

namespace sluice::demo {

/// Numbers that are the same for the same seed, on every machine (splitmix64).
class RandomNumbers {
 public:
  explicit RandomNumbers(uint64_t seed) : state_(seed) {}

  /// 0 … `bound` - 1.
  [[nodiscard]] uint64_t Below(uint64_t bound) {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return (mixed ^ (mixed >> 31)) % bound;
  }

 private:
  uint64_t state_;
};

}  // namespace sluice::demo
