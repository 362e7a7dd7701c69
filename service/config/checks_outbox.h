#pragma once

#include <vector>

#include "service/config/loader.h"
#include "service/config/problem.h"

namespace sluice::config {

/// What no single option of outboxes shows: expressions that are none, columns in one place twice,
/// forms that exclude each other.
[[nodiscard]] std::vector<Problem> CheckOutbox(const LoadedConfig& loaded);

}  // namespace sluice::config
