#pragma once

#include <cstdint>

#include "service/demo/surroundings.h"

namespace sluice::demo {

/// Waits until what follows `done` is due at `rate` a second since `started_us`; 0: it is due. True
/// when the process was asked to stop.
[[nodiscard]] bool Pace(const DemoSurroundings& surroundings, double rate, int64_t started_us,
                        int64_t done);

}  // namespace sluice::demo
