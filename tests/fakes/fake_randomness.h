#pragma once

#include <cstdint>
#include <random>

#include "core/ports/randomness.h"

namespace sluice::testing {

/// Randomness out of a seed.
///
/// Threads:   one.
/// Ownership: none.
/// Time:      never blocks.
/// Errors:    none.
class FakeRandomness : public Randomness {
 public:
  explicit FakeRandomness(uint64_t seed) : engine_(seed) {}
  uint64_t Next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sluice::testing
