#pragma once

#include <vector>

#include "service/config/loader.h"
#include "service/config/problem.h"

namespace sluice::config {

/// What no single option shows: options that exclude or need each other, and the sum of the memory
/// limits.
[[nodiscard]] std::vector<Problem> CheckTogether(const LoadedConfig& loaded, int64_t memory_bytes);

/// What the configured limits allow the process to use, in bytes: all workers' queues and a fixed
/// share for code, libraries and sockets.
[[nodiscard]] int64_t MemorySum(const IndexConfig& config);

}  // namespace sluice::config
