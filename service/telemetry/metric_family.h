#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/model/stats.h"

namespace sluice::telemetry {

using Labels = std::vector<prometheus::ClientMetric::Label>;

void AddCounter(prometheus::MetricFamily& family, Labels labels, uint64_t value);
void AddGauge(prometheus::MetricFamily& family, Labels labels, double value);

/// Adds what was counted in ranges, with the last range's open end.
template <size_t N>
void AddHistogram(prometheus::MetricFamily& family, const Histogram<N>& histogram,
                  const std::array<double, N>& bounds, Labels labels = {}) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  uint64_t count = 0;
  for (size_t i = 0; i <= N; ++i) {
    count += histogram.counts[i];
    const double bound = i < N ? bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = histogram.sum;
  family.metric.push_back(std::move(metric));
}

template <size_t N>
void Merge(Histogram<N>& into, const Histogram<N>& from) {
  for (size_t i = 0; i <= N; ++i) into.counts[i] += from.counts[i];
  into.sum += from.sum;
}

}  // namespace sluice::telemetry
