#pragma once

#include <cstdint>

namespace sluice {

/// Randomness, so that a seed repeats a run.
///
/// Threads:   one call at a time per instance.
/// Ownership: none.
/// Time:      never blocks.
/// Errors:    none.
class Randomness {
 public:
  virtual ~Randomness() = default;

  /// 64 evenly distributed bits.
  virtual uint64_t Next() = 0;
};

}  // namespace sluice
