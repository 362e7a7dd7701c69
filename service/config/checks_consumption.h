#pragma once

#include <vector>

#include "service/config/loader.h"
#include "service/config/problem.h"

namespace sluice::config {

/// What a kafka.consumption.mode does not go together with.
[[nodiscard]] std::vector<Problem> CheckConsumption(const LoadedConfig& loaded);

}  // namespace sluice::config
