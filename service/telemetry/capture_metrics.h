#pragma once

#include <vector>

#include "service/telemetry/metrics.h"

namespace sluice::telemetry {

/// Adds the metrics of `sluice capture` to the table.
void AddCaptureMetrics(std::vector<MetricSpec>& table);

/// How far the source is behind the database, in seconds: since the commit of the last transaction
/// that was read, while there is more than that; 0 when everything is safe.
[[nodiscard]] double CaptureLagSeconds(const CaptureStats& stats, int64_t wall_us);

}  // namespace sluice::telemetry
