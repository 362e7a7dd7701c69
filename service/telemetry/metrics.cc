#include "service/telemetry/metrics.h"

#include <algorithm>
#include <map>

#include "service/telemetry/capture_metrics.h"
#include "service/telemetry/changelog_metrics.h"
#include "service/telemetry/deliver_metrics.h"
#include "service/telemetry/group_metrics.h"
#include "service/telemetry/index_metrics.h"
#include "service/telemetry/metric_family.h"
#include "service/telemetry/process_metrics.h"

namespace sluice::telemetry {
namespace {

using Family = prometheus::MetricFamily;
using config::Sides;
using prometheus::MetricType;

template <typename Member>
uint64_t Sum(const Snapshot& snapshot, Member member) {
  uint64_t sum = 0;
  for (const PipelineStats& worker : snapshot.workers) sum += worker.*member;
  return sum;
}

template <auto kMember>
void CollectSum(const Snapshot& snapshot, Family& family) {
  const uint64_t sum = Sum(snapshot, kMember);
  if (family.type == MetricType::Counter) {
    AddCounter(family, {}, sum);
  } else {
    AddGauge(family, {}, static_cast<double>(sum));
  }
}

// Counters in an array, one series for each name of the closed set.
template <auto kMember, typename Name>
void CollectArray(const Snapshot& snapshot, Family& family, const char* label, Name&& name) {
  for (size_t i = 0; i < (PipelineStats{}.*kMember).size(); ++i) {
    uint64_t sum = 0;
    for (const PipelineStats& worker : snapshot.workers) sum += (worker.*kMember)[i];
    AddCounter(family, {{label, name(i)}}, sum);
  }
}

template <auto kMember, size_t N>
void CollectHistogram(const Snapshot& snapshot, Family& family,
                      const std::array<double, N>& bounds) {
  Histogram<N> sum;
  for (const PipelineStats& worker : snapshot.workers) Merge(sum, worker.*kMember);
  AddHistogram(family, sum, bounds);
}

Labels PartitionLabels(const TopicPartition& name) {
  return {{"topic", name.topic}, {"partition", std::to_string(name.partition)}};
}

// Two workers can have had the same partition one after the other; their counts are one series.
std::map<TopicPartition, PartitionStats> PartitionSums(const Snapshot& snapshot) {
  std::map<TopicPartition, PartitionStats> sums;
  for (const PipelineStats& worker : snapshot.workers) {
    for (const PartitionStats& partition : worker.partitions) {
      PartitionStats& sum = sums[partition.name];
      sum.records += partition.records;
      for (size_t i = 0; i < sum.fates.size(); ++i) sum.fates[i] += partition.fates[i];
    }
  }
  return sums;
}

// Only a partition's present owner knows its positions; what is unknown has no series.
template <typename Value>
void CollectPositions(const Snapshot& snapshot, Family& family, Value&& value) {
  std::map<TopicPartition, int64_t> values;
  for (const PipelineStats& worker : snapshot.workers) {
    for (const PartitionStats& partition : worker.partitions) {
      const int64_t known = partition.assigned ? value(partition) : -1;
      if (known >= 0) values[partition.name] = known;
    }
  }
  for (const auto& [name, known] : values) {
    AddGauge(family, PartitionLabels(name), static_cast<double>(known));
  }
}

void CollectRecords(const Snapshot& snapshot, Family& family) {
  for (const auto& [name, sum] : PartitionSums(snapshot)) {
    AddCounter(family, PartitionLabels(name), sum.records);
  }
}

void CollectFates(const Snapshot& snapshot, Family& family) {
  for (const auto& [name, sum] : PartitionSums(snapshot)) {
    for (size_t i = 0; i < sum.fates.size(); ++i) {
      Labels labels = PartitionLabels(name);
      labels.push_back({"fate", FateName(static_cast<Fate>(i))});
      AddCounter(family, std::move(labels), sum.fates[i]);
    }
  }
}

void CollectEvents(const Snapshot& snapshot, Family& family) {
  CollectArray<&PipelineStats::events>(
      snapshot, family, "kind", [](size_t i) { return EventKindName(static_cast<EventKind>(i)); });
}

void CollectSkipped(const Snapshot& snapshot, Family& family) {
  CollectArray<&PipelineStats::skipped>(
      snapshot, family, "rule", [](size_t i) { return SkipRuleName(static_cast<SkipRule>(i)); });
}

template <auto kMember>
void CollectReasons(const Snapshot& snapshot, Family& family) {
  CollectArray<kMember>(snapshot, family, "reason",
                        [](size_t i) { return RejectReasonName(static_cast<RejectReason>(i)); });
}

void CollectUnchanged(const Snapshot& snapshot, Family& family) {
  AddCounter(family, {{"source", "waiting"}},
             Sum(snapshot, &PipelineStats::unchanged_filled_waiting));
  AddCounter(family, {{"source", "lookup"}},
             Sum(snapshot, &PipelineStats::unchanged_filled_lookup));
  AddCounter(family, {{"source", "missing"}}, Sum(snapshot, &PipelineStats::unchanged_missing));
}

void CollectAnswers(const Snapshot& snapshot, Family& family) {
  CollectArray<&PipelineStats::bulk_answers>(snapshot, family, "disposition", [](size_t i) {
    return DispositionName(static_cast<Disposition>(i));
  });
}

void CollectRetries(const Snapshot& snapshot, Family& family) {
  CollectArray<&PipelineStats::retries>(snapshot, family, "reason", [](size_t i) {
    return FailureReasonName(static_cast<FailureReason>(i));
  });
}

void CollectQueue(const Snapshot& snapshot, Family& family) {
  AddGauge(family, {{"queue", "waiting"}},
           static_cast<double>(Sum(snapshot, &PipelineStats::waiting_bytes)));
  AddGauge(family, {{"queue", "bulk"}},
           static_cast<double>(Sum(snapshot, &PipelineStats::batch_bytes)));
}

void CollectBodySize(const Snapshot& snapshot, Family& family) {
  uint64_t largest = 0;
  for (const PipelineStats& worker : snapshot.workers)
    largest = std::max(largest, worker.body_size_bytes);
  AddGauge(family, {}, static_cast<double>(largest));
}

void CollectHalted(const Snapshot& snapshot, Family& family) {
  const bool halted = snapshot.halt != FailureReason::kNone;
  AddGauge(family, {{"reason", FailureReasonName(snapshot.halt)}}, halted ? 1 : 0);
}

void CollectHeld(const Snapshot& snapshot, Family& family) {
  for (const FailureReason reason : snapshot.holds) {
    AddGauge(family, {{"reason", FailureReasonName(reason)}}, 1);
  }
  if (snapshot.holds.empty()) AddGauge(family, {{"reason", "none"}}, 0);
}

void AddRecords(std::vector<MetricSpec>& table) {
  const auto counter = MetricType::Counter;
  const auto gauge = MetricType::Gauge;
  table.push_back({"sluice_records_total", counter, "topic,partition", "partitions",
                   "Is anything read?", "Records read", CollectRecords});
  table.push_back({"sluice_record_bytes_total", counter, "", "1", "How much is read?",
                   "Bytes of the keys and values of records read",
                   CollectSum<&PipelineStats::record_bytes>});
  table.push_back({"sluice_record_fates_total", counter, "topic,partition,fate", "partitions x 6",
                   "Is anything dropped? All fates together are the records read and settled.",
                   "Records settled, by what became of them", CollectFates});
  table.push_back({"sluice_events_total", counter, "kind", "8", "What do the records say?",
                   "Records by what they say about a row", CollectEvents});
  table.push_back({"sluice_records_skipped_total", counter, "rule", "9", "What is passed over?",
                   "Records without a row, by the rule that passed over them", CollectSkipped});
  table.push_back({"sluice_records_rejected_total", counter, "reason", "22",
                   "Is anything malformed?", "Records that cannot be applied, by reason",
                   CollectReasons<&PipelineStats::rejected>});
  table.push_back({"sluice_dead_letters_total", counter, "reason", "22", "SluiceDeadLetters",
                   "Dead letters that the broker acknowledged, by reason",
                   CollectReasons<&PipelineStats::dead_letters>});
  table.push_back({"sluice_dead_letter_references_total", counter, "", "1",
                   "Are originals missing?", "Dead letters without their record's original bytes",
                   CollectSum<&PipelineStats::dead_letter_references>});
  table.push_back({"sluice_consumer_lag_records", gauge, "topic,partition", "partitions",
                   "SluiceConsumerLagGrowing",
                   "Records not yet acknowledged to the group; absent while unknown",
                   [](const Snapshot& snapshot, Family& family) {
                     CollectPositions(snapshot, family, LagOf);
                   }});
  table.push_back({"sluice_committed_offset", gauge, "topic,partition", "partitions",
                   "SluiceNoProgress", "Next offset that the group would read after a restart",
                   [](const Snapshot& snapshot, Family& family) {
                     CollectPositions(snapshot, family,
                                      [](const PartitionStats& p) { return p.committed; });
                   }});
  table.push_back(
      {"sluice_position_offset", gauge, "topic,partition", "partitions", "How far was read?",
       "Next offset to be read", [](const Snapshot& snapshot, Family& family) {
         CollectPositions(snapshot, family, [](const PartitionStats& p) { return p.position; });
       }});
  table.push_back(
      {"sluice_end_offset", gauge, "topic,partition", "partitions", "How far can be read?",
       "Next offset to be written, as last heard", [](const Snapshot& snapshot, Family& family) {
         CollectPositions(snapshot, family, [](const PartitionStats& p) { return p.end_offset; });
       }});
}

void AddWrites(std::vector<MetricSpec>& table) {
  const auto counter = MetricType::Counter;
  const auto histogram = MetricType::Histogram;
  table.push_back({"sluice_documents_total", counter, "index,result", "indices x 8",
                   "Is anything written? Are there conflicts?",
                   "Answers of the search cluster for single documents", CollectDocuments});
  table.push_back({"sluice_event_age_seconds", histogram, "", "18", "SluiceFreshnessHigh",
                   "Time from the commit at the source to the acknowledgement by the index",
                   [](const Snapshot& snapshot, Family& family) {
                     CollectHistogram<&PipelineStats::event_age_seconds>(snapshot, family,
                                                                         kSecondsBounds);
                   }});
  table.push_back({"sluice_bulk_requests_sent_total", counter, "", "1", "Is anything sent?",
                   "Bulk requests sent", CollectSum<&PipelineStats::bulk_requests>});
  table.push_back({"sluice_bulk_requests_total", counter, "disposition", "8",
                   "SluiceBulkRejections", "Bulk requests answered, by what the answer means",
                   CollectAnswers});
  table.push_back({"sluice_bulk_size_bytes", histogram, "", "14", "Are requests large enough?",
                   "Size of bulk requests", [](const Snapshot& snapshot, Family& family) {
                     CollectHistogram<&PipelineStats::bulk_bytes>(snapshot, family, kBytesBounds);
                   }});
  table.push_back({"sluice_bulk_size_documents", histogram, "", "12", "Are requests large enough?",
                   "Operations in a bulk request", [](const Snapshot& snapshot, Family& family) {
                     CollectHistogram<&PipelineStats::bulk_items>(snapshot, family, kItemsBounds);
                   }});
  table.push_back(
      {"sluice_bulk_duration_seconds", histogram, "", "18", "Is the cluster slow?",
       "Time from a bulk request to its answer", [](const Snapshot& snapshot, Family& family) {
         CollectHistogram<&PipelineStats::bulk_seconds>(snapshot, family, kSecondsBounds);
       }});
  table.push_back({"sluice_operation_retries_total", counter, "reason", "49",
                   "SluiceBulkRejections", "Operations sent again, by reason", CollectRetries});
  table.push_back({"sluice_lookups_total", counter, "", "1", "How often are documents read back?",
                   "Documents read to fill unchanged columns",
                   CollectSum<&PipelineStats::lookups>});
  table.push_back({"sluice_unchanged_fields_total", counter, "source", "3",
                   "Are columns left out? (source=\"missing\")",
                   "Columns that a change did not carry, by where the value came from",
                   CollectUnchanged});
  table.push_back({"sluice_divergent_ids", MetricType::Gauge, "index", "indices",
                   "Are there documents that may lack a value or a change?",
                   "Ids whose row was written without a value, or that have a dead letter, until "
                   "their next whole write",
                   CollectDivergent});
  table.push_back({"sluice_deletes_sent_again_total", counter, "", "1",
                   "How much work are unknown outcomes?",
                   "Deletes sent once more when no late copy of an older write could be alive",
                   CollectSum<&PipelineStats::deletes_sent_again>});
  table.push_back({"sluice_predecessors_applied_total", counter, "", "1",
                   "What became of records that a refused one had replaced?",
                   "Older records applied after the one that had replaced them was refused",
                   CollectSum<&PipelineStats::predecessors_applied>});
  table.push_back({"sluice_predecessors_gone_total", counter, "", "1",
                   "Is the log kept long enough?",
                   "Older records that were to be applied then, and that the log no longer had",
                   CollectSum<&PipelineStats::predecessors_gone>});
  table.push_back({"sluice_late_copies_deleted_total", counter, "", "1",
                   "Would a document have come back?",
                   "Documents that a late copy had brought back, and that were deleted again",
                   CollectSum<&PipelineStats::late_copies_deleted>});
  table.push_back({"sluice_truncates_total", counter, "", "1", "Was a table emptied?",
                   "Truncates applied, one a partition that told them",
                   CollectSum<&PipelineStats::truncates>});
  table.push_back({"sluice_truncate_deletes_total", counter, "", "1", "Is a truncate getting on?",
                   "Documents deleted because their table was emptied",
                   CollectSum<&PipelineStats::truncate_deletes>});
}

void AddPipelineState(std::vector<MetricSpec>& table) {
  const auto counter = MetricType::Counter;
  const auto gauge = MetricType::Gauge;
  table.push_back({"sluice_queue_bytes", gauge, "queue", "2", "Is back-pressure at work?",
                   "Documents that wait or are under way", CollectQueue});
  table.push_back({"sluice_queue_limit_bytes", gauge, "", "1", "Is back-pressure at work?",
                   "The most that documents waiting and under way may use together",
                   [](const Snapshot& snapshot, Family& family) {
                     AddGauge(family, {}, static_cast<double>(snapshot.queue_limit_bytes));
                   }});
  table.push_back({"sluice_waiting_operations", gauge, "", "1", "Is anything waiting?",
                   "Operations that wait for a request",
                   CollectSum<&PipelineStats::waiting_operations>});
  table.push_back({"sluice_windows", gauge, "", "1", "Why is the committed offset held?",
                   "Documents that a late copy of a write may still reach",
                   CollectSum<&PipelineStats::windows_open>});
  table.push_back({"sluice_deletes_remembered", gauge, "", "1", "Why is the committed offset held?",
                   "Deletes that were applied and wait to be sent again; they hold the committed "
                   "offset",
                   CollectSum<&PipelineStats::deletes_remembered>});
  table.push_back({"sluice_bulk_requests_in_flight", gauge, "", "1", "Is the cluster busy?",
                   "Bulk requests without an answer yet",
                   CollectSum<&PipelineStats::inflight_requests>});
  table.push_back({"sluice_bulk_body_size_bytes", gauge, "", "1", "Are requests large enough?",
                   "Size at which a request is sent now, the largest of the workers",
                   CollectBodySize});
  table.push_back({"sluice_fetch_pauses_total", counter, "", "1", "Is back-pressure at work?",
                   "Times that fetching was paused because the queues were full",
                   CollectSum<&PipelineStats::pauses>});
  table.push_back({"sluice_assigned_partitions", gauge, "", "1", "Who has the work?",
                   "Partitions that this process has now", CollectAssigned, Sides::kReaders});
  table.push_back({"sluice_standby", gauge, "", "1", "Who has the work?",
                   "Whether this process stands by while another one is active (1), in "
                   "kafka.consumption.mode: failover",
                   CollectStandby});
  table.push_back({"sluice_rebalances_total", counter, "event", "3", "SluiceRebalancing",
                   "Times that partitions were assigned, revoked or lost", CollectRebalances,
                   Sides::kReaders});
  table.push_back({"sluice_commits_total", counter, "result", "2", "SluiceNoProgress",
                   "Commits of offsets to the consumer group", CollectCommits, Sides::kReaders});
}

void AddState(std::vector<MetricSpec>& table) {
  const auto gauge = MetricType::Gauge;
  table.push_back({"sluice_ready", gauge, "", "1", "SluiceDown",
                   "Whether the service is ready (1) or not (0)",
                   [](const Snapshot& snapshot, Family& family) {
                     AddGauge(family, {}, snapshot.health.is_ready() ? 1 : 0);
                   }});
  table.push_back({"sluice_halted", gauge, "reason", "1", "SluiceHalted",
                   "Whether the service has halted because going on could lose data",
                   CollectHalted});
  table.push_back({"sluice_held", gauge, "reason", "28", "What is being waited for?",
                   "Whether something is held and tried again, by reason", CollectHeld});
  table.push_back({"sluice_build_info", gauge, "version", "1", "What is running?",
                   "The version of this program; always 1",
                   [](const Snapshot& snapshot, Family& family) {
                     AddGauge(family, {{"version", snapshot.version}}, 1);
                   }});
}

}  // namespace

const std::vector<MetricSpec>& Metrics() {
  static const std::vector<MetricSpec> table = [] {
    std::vector<MetricSpec> specs;
    AddRecords(specs);
    for (MetricSpec& spec : specs) spec.sides = config::Sides::kReaders;
    AddWrites(specs);
    AddPipelineState(specs);
    for (MetricSpec& spec : specs) {
      if (spec.sides == config::Sides::kAll) spec.sides = config::Sides::kIndex;
    }
    AddDeliverMetrics(specs);
    AddCaptureMetrics(specs);
    AddChangelogMetrics(specs);
    AddState(specs);
    AddProcessMetrics(specs);
    return specs;
  }();
  return table;
}

std::vector<prometheus::MetricFamily> SnapshotCollector::Collect() const {
  const Snapshot snapshot = take_();
  std::vector<Family> families;
  families.reserve(Metrics().size());
  for (const MetricSpec& spec : Metrics()) {
    if (!Overlap(spec.sides, SidesOf(snapshot))) continue;
    Family family;
    family.name = spec.name;
    family.help = spec.help;
    family.type = spec.type;
    spec.collect(snapshot, family);
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  return families;
}

}  // namespace sluice::telemetry
