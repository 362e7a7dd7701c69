#include "service/telemetry/group_metrics.h"

#include <algorithm>

#include "service/telemetry/metric_family.h"

namespace sluice::telemetry {
namespace {

uint64_t Sum(const Snapshot& snapshot, uint64_t PipelineStats::* member) {
  uint64_t sum = 0;
  for (const PipelineStats& worker : snapshot.workers) sum += worker.*member;
  return sum;
}

}  // namespace

void CollectRebalances(const Snapshot& snapshot, prometheus::MetricFamily& family) {
  AddCounter(family, {{"event", "assigned"}}, Sum(snapshot, &PipelineStats::partitions_assigned));
  AddCounter(family, {{"event", "revoked"}}, Sum(snapshot, &PipelineStats::partitions_revoked));
  AddCounter(family, {{"event", "lost"}}, Sum(snapshot, &PipelineStats::partitions_lost));
}

void CollectAssigned(const Snapshot& snapshot, prometheus::MetricFamily& family) {
  int64_t assigned = 0;
  for (const PipelineStats& worker : snapshot.workers) {
    assigned += std::count_if(worker.partitions.begin(), worker.partitions.end(),
                              [](const PartitionStats& partition) { return partition.assigned; });
  }
  AddGauge(family, {}, static_cast<double>(assigned));
}

void CollectStandby(const Snapshot& snapshot, prometheus::MetricFamily& family) {
  const bool stands_by =
      std::any_of(snapshot.workers.begin(), snapshot.workers.end(),
                  [](const PipelineStats& worker) { return worker.place == GroupPlace::kStandby; });
  AddGauge(family, {}, stands_by ? 1 : 0);
}

void CollectCommits(const Snapshot& snapshot, prometheus::MetricFamily& family) {
  AddCounter(family, {{"result", "accepted"}}, Sum(snapshot, &PipelineStats::commits));
  AddCounter(family, {{"result", "failed"}}, Sum(snapshot, &PipelineStats::commit_failures));
}

}  // namespace sluice::telemetry
