#pragma once

#include <cstdint>

namespace sluice::elasticsearch {

/// The next number of a well-mixed sequence, for full jitter.
[[nodiscard]] inline uint64_t NextRandom(uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31);
}

}  // namespace sluice::elasticsearch
