#include "service/telemetry/changelog_metrics.h"

#include "service/telemetry/metric_family.h"

namespace sluice::telemetry {
namespace {

using Family = prometheus::MetricFamily;
using prometheus::MetricType;

template <auto kMember>
void CollectCounter(const Snapshot& snapshot, Family& family) {
  for (const ChangelogStats& stats : snapshot.changelogs)
    AddCounter(family, {{"sink", stats.sink}}, stats.*kMember);
}

void CollectRecords(const Snapshot& snapshot, Family& family) {
  for (const ChangelogStats& stats : snapshot.changelogs) {
    for (size_t i = 0; i < stats.records.size(); ++i) {
      AddCounter(family,
                 {{"sink", stats.sink}, {"fate", ChangelogFateName(static_cast<ChangelogFate>(i))}},
                 stats.records[i]);
    }
  }
}

void CollectRefused(const Snapshot& snapshot, Family& family) {
  for (const ChangelogStats& stats : snapshot.changelogs) {
    for (size_t i = 0; i < stats.refused.size(); ++i) {
      if (stats.refused[i] == 0) continue;
      AddCounter(family,
                 {{"sink", stats.sink}, {"reason", RejectReasonName(static_cast<RejectReason>(i))}},
                 stats.refused[i]);
    }
  }
}

void CollectLag(const Snapshot& snapshot, Family& family) {
  for (const ChangelogStats& stats : snapshot.changelogs)
    if (stats.lag >= 0) AddGauge(family, {{"sink", stats.sink}}, static_cast<double>(stats.lag));
}

}  // namespace

void AddChangelogMetrics(std::vector<MetricSpec>& table) {
  const size_t before = table.size();
  const auto counter = MetricType::Counter;
  table.push_back({"sluice_changelog_records_total", counter, "sink,fate", "14",
                   "Is anything passed over or refused?",
                   "Records read by a change log, by what became of them", CollectRecords});
  table.push_back({"sluice_changelog_refused_total", counter, "sink,reason", "30",
                   "Why are there dead letters?",
                   "Records that no row can be told of, by reason; absent while there are none",
                   CollectRefused});
  table.push_back({"sluice_changelog_rows_total", counter, "sink", "2", "Is anything told?",
                   "Rows written by a change log; what was not made safe before a failure is "
                   "written, and counted, again",
                   CollectCounter<&ChangelogStats::rows>});
  table.push_back({"sluice_changelog_kept_bytes_total", counter, "sink", "2", "How much is told?",
                   "Bytes of rows made safe", CollectCounter<&ChangelogStats::bytes>});
  table.push_back({"sluice_changelog_keeps_total", counter, "sink", "2", "Does it get on?",
                   "Times that rows were made safe, and with them how far was read",
                   CollectCounter<&ChangelogStats::keeps>});
  table.push_back({"sluice_changelog_files_sealed_total", counter, "sink", "2",
                   "Are there new files to be taken?", "Files that got their final name",
                   CollectCounter<&ChangelogStats::files>});
  table.push_back({"sluice_changelog_lag_records", MetricType::Gauge, "sink", "2",
                   "Does it keep up?", "Records whose rows are not safe yet; absent while unknown",
                   CollectLag});
  for (size_t i = before; i < table.size(); ++i) table[i].sides = config::Sides::kChangelog;
}

}  // namespace sluice::telemetry
