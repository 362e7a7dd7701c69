#pragma once

#include "core/ports/clock.h"
#include "core/ports/randomness.h"

namespace sluice::service {

/// The machine's clocks. NowUs() counts on while the machine is suspended, so that what was proven
/// before is known to be old after.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] int64_t NowUs() const override;
  [[nodiscard]] int64_t WallNs() const override;
};

/// The machine's randomness.
class SystemRandomness final : public Randomness {
 public:
  uint64_t Next() override;
};

}  // namespace sluice::service
