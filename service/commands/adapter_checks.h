#pragma once

#include <vector>

#include "service/config/loader.h"

namespace sluice::service {

/// What only the adapters know about a configuration: which Kafka properties may be passed through,
/// which names an index may have, which placeholders can be recognised. Offline.
[[nodiscard]] std::vector<config::Problem> CheckWithAdapters(const config::LoadedConfig& loaded);

}  // namespace sluice::service
