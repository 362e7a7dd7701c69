#pragma once

#include <cstdint>

#include "core/operations/index/pipeline_settings.h"

namespace sluice {

/// How long to wait before attempt `failures` + 1: full jitter, so that many workers that failed
/// together do not come back together. `random` is 64 even bits. Microseconds, at least 1 ms.
[[nodiscard]] int64_t BackoffUs(const BackoffSettings& settings, uint32_t failures,
                                uint64_t random);

}  // namespace sluice
