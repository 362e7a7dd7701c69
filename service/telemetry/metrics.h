#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "service/config/sides.h"
#include "service/telemetry/snapshot.h"

namespace sluice::telemetry {

/// All there is to say about one metric. The table of these is the only declaration: the exposition
/// and docs/METRICS.md follow from it.
struct MetricSpec {
  std::string_view name;
  prometheus::MetricType type = prometheus::MetricType::Gauge;
  std::string_view labels;  ///< Comma-separated; empty: none.
  std::string_view budget;  ///< The most series it can have.
  std::string_view alert;   ///< The alert or question it serves.
  std::string_view help;    ///< One sentence without a full stop, as is the custom.
  void (*collect)(const Snapshot& snapshot, prometheus::MetricFamily& family) = nullptr;
  config::Sides sides = config::Sides::kAll;  ///< Told where one of these runs.
};

[[nodiscard]] const std::vector<MetricSpec>& Metrics();

/// Gives the metrics of a snapshot to whoever asks.
///
/// Threads:   any; as `take` allows.
/// Ownership: none.
/// Time:      proportional to the number of series.
/// Errors:    none.
class SnapshotCollector : public prometheus::Collectable {
 public:
  explicit SnapshotCollector(std::function<Snapshot()> take) : take_(std::move(take)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::function<Snapshot()> take_;
};

/// Prometheus' text format.
[[nodiscard]] std::string RenderExposition(const prometheus::Collectable& metrics);
/// docs/METRICS.md.
[[nodiscard]] std::string RenderMetricsReference();

}  // namespace sluice::telemetry
