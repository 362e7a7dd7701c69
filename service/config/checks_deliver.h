#pragma once

#include <vector>

#include "service/config/loader.h"
#include "service/config/problem.h"

namespace sluice::config {

/// What no single option of deliveries shows: destinations without a name or address that can be
/// used, secrets of nobody, topics that are one and the same.
[[nodiscard]] std::vector<Problem> CheckDeliver(const LoadedConfig& loaded);

/// The name of a destination's parked topic.
[[nodiscard]] std::string ParkedTopic(const Config& config, const std::string& destination);

}  // namespace sluice::config
