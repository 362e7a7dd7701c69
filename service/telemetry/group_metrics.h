#pragma once

#include <prometheus/metric_family.h>

#include "service/telemetry/snapshot.h"

namespace sluice::telemetry {

/// What is told of the membership of the consumer group, summed over the workers.
void CollectRebalances(const Snapshot& snapshot, prometheus::MetricFamily& family);
void CollectAssigned(const Snapshot& snapshot, prometheus::MetricFamily& family);
void CollectStandby(const Snapshot& snapshot, prometheus::MetricFamily& family);
void CollectCommits(const Snapshot& snapshot, prometheus::MetricFamily& family);

}  // namespace sluice::telemetry
