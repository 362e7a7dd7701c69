#pragma once

#include <vector>

#include "service/config/loader.h"
#include "service/config/problem.h"
#include "service/config/sides.h"

namespace sluice::config {

/// What no single option shows: options of `loaded.sides` that exclude or need each other, and the
/// sum of the memory limits.
[[nodiscard]] std::vector<Problem> CheckTogether(const LoadedConfig& loaded, int64_t memory_bytes);

/// What the configured limits allow a process that runs these sides to use, in bytes: all queues
/// and a fixed share for code, libraries and sockets.
[[nodiscard]] int64_t MemorySum(const Config& config, Sides sides);

}  // namespace sluice::config
