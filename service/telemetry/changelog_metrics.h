#pragma once

#include <vector>

#include "service/telemetry/metrics.h"

namespace sluice::telemetry {

/// The metrics of change logs.
void AddChangelogMetrics(std::vector<MetricSpec>& table);

}  // namespace sluice::telemetry
