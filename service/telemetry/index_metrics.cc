#include "service/telemetry/index_metrics.h"

#include <map>
#include <string>

#include "service/telemetry/metric_family.h"

namespace sluice::telemetry {

void CollectDocuments(const Snapshot& snapshot, prometheus::MetricFamily& family) {
  std::map<std::string, IndexStats> sums;
  for (const PipelineStats& worker : snapshot.workers) {
    for (const IndexStats& index : worker.indices) {
      IndexStats& sum = sums[index.name];
      for (size_t i = 0; i < sum.documents.size(); ++i) sum.documents[i] += index.documents[i];
      sum.rejected += index.rejected;
    }
  }
  for (const auto& [name, sum] : sums) {
    for (size_t i = 0; i < sum.documents.size(); ++i) {
      AddCounter(family,
                 {{"index", name}, {"result", WriteResultName(static_cast<WriteResult>(i))}},
                 sum.documents[i]);
    }
    AddCounter(family, {{"index", name}, {"result", "rejected"}}, sum.rejected);
  }
}

void CollectDivergent(const Snapshot& snapshot, prometheus::MetricFamily& family) {
  std::map<std::string, uint64_t> sums;
  for (const PipelineStats& worker : snapshot.workers)
    for (const IndexStats& index : worker.indices) sums[index.name] += index.divergent;
  for (const auto& [name, sum] : sums)
    AddGauge(family, {{"index", name}}, static_cast<double>(sum));
}

}  // namespace sluice::telemetry
