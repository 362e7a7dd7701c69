#pragma once

#include <vector>

#include "service/telemetry/metrics.h"

namespace sluice::telemetry {

/// The rows of the metric table about deliveries, by destination.
void AddDeliverMetrics(std::vector<MetricSpec>& table);

}  // namespace sluice::telemetry
