#pragma once

#include <vector>

#include "service/telemetry/metrics.h"

namespace sluice::telemetry {

/// Adds what the process uses, under the names that every Prometheus client has, so that common
/// dashboards work.
void AddProcessMetrics(std::vector<MetricSpec>& table);

}  // namespace sluice::telemetry
