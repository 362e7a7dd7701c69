#pragma once

#include <prometheus/metric_family.h>

#include "service/telemetry/snapshot.h"

namespace sluice::telemetry {

/// What is told of each index, summed over the workers.
void CollectDocuments(const Snapshot& snapshot, prometheus::MetricFamily& family);
void CollectDivergent(const Snapshot& snapshot, prometheus::MetricFamily& family);

}  // namespace sluice::telemetry
