#pragma once

#include <cstdint>

#include "service/demo/demo_users.h"

namespace sluice::demo {

/// Waits until the next transaction is due; true when the process was asked to stop.
/// `rate`: transactions a second, 0 as fast as it goes; `done` of them since `started_us`.
bool Pace(const DemoSurroundings& surroundings, double rate, int64_t started_us, int64_t done);

}  // namespace sluice::demo
