#pragma once

#include <vector>

#include "service/config/loader.h"
#include "service/config/problem.h"

namespace sluice::config {

/// What no single option of a change log shows.
[[nodiscard]] std::vector<Problem> CheckChangelog(const LoadedConfig& loaded);

}  // namespace sluice::config
