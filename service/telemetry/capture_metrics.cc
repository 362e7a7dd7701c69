#include "service/telemetry/capture_metrics.h"

#include <algorithm>

#include "service/telemetry/metric_family.h"

namespace sluice::telemetry {
namespace {

using Family = prometheus::MetricFamily;
using prometheus::MetricType;
using State = CaptureStats::State;

template <auto kMember>
void CollectOne(const Snapshot& snapshot, Family& family) {
  const auto value = (*snapshot.capture).*kMember;
  if (family.type == MetricType::Counter) {
    AddCounter(family, {}, static_cast<uint64_t>(value));
  } else {
    AddGauge(family, {}, static_cast<double>(value));
  }
}

void CollectPositions(const Snapshot& snapshot, Family& family) {
  const CaptureStats& stats = *snapshot.capture;
  for (const auto& [name, lsn] : {std::pair("received", stats.received),
                                  {"safe", stats.safe},
                                  {"flushed", stats.flushed},
                                  {"server", stats.server}}) {
    AddGauge(family, {{"position", name}}, static_cast<double>(lsn.value));
  }
}

void CollectChanges(const Snapshot& snapshot, Family& family) {
  for (const TableStats& table : snapshot.capture->tables) {
    for (size_t i = 0; i < table.changes.size(); ++i) {
      AddCounter(family,
                 {{"table", table.schema + "." + table.name},
                  {"operation", CountedChangeName(static_cast<CountedChange>(i))}},
                 table.changes[i]);
    }
  }
}

void CollectEvents(const Snapshot& snapshot, Family& family) {
  for (const TableStats& table : snapshot.capture->tables) {
    if (!table.outbox) continue;
    for (size_t i = 0; i < table.events.size(); ++i) {
      AddCounter(family,
                 {{"table", table.schema + "." + table.name},
                  {"fate", OutboxFateName(static_cast<OutboxFate>(i))}},
                 table.events[i]);
    }
  }
}

void CollectAltered(const Snapshot& snapshot, Family& family) {
  for (const auto& [column, counts] : snapshot.capture->altered) {
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      AddCounter(family,
                 {{"table", column.table},
                  {"column", column.column},
                  {"how", AlterationName(static_cast<Alteration>(i))}},
                 counts[i]);
    }
  }
}

void CollectLagBytes(const Snapshot& snapshot, Family& family) {
  const CaptureStats& stats = *snapshot.capture;
  AddGauge(family, {},
           static_cast<double>(stats.server.value - std::min(stats.server, stats.safe).value));
}

void CollectEventAge(const Snapshot& snapshot, Family& family) {
  const int64_t commit_us = snapshot.capture->commit_us;
  if (commit_us <= 0) return;
  AddGauge(family, {},
           static_cast<double>(std::max<int64_t>(snapshot.wall_us - commit_us, 0)) / 1e6);
}

void CollectTables(const Snapshot& snapshot, Family& family) {
  const CaptureStats& stats = *snapshot.capture;
  AddGauge(family, {{"state", "known"}}, static_cast<double>(stats.snapshot_tables));
  AddGauge(family, {{"state", "done"}}, static_cast<double>(stats.snapshot_tables_done));
}

void CollectRows(const Snapshot& snapshot, Family& family) {
  const CaptureStats& stats = *snapshot.capture;
  AddGauge(family, {{"state", "known"}}, static_cast<double>(stats.snapshot_rows_known));
  AddGauge(family, {{"state", "done"}}, static_cast<double>(stats.snapshot_rows));
}

void CollectWalStatus(const Snapshot& snapshot, Family& family) {
  const SourceWatch& watch = snapshot.capture->watch;
  if (watch.looked_us == 0) return;
  for (int i = 0; i < kWalStatuses; ++i) {
    const auto status = static_cast<SourceWatch::WalStatus>(i);
    if (status == SourceWatch::WalStatus::kUnknown) continue;
    AddGauge(family, {{"wal_status", WalStatusName(status)}}, watch.wal_status == status ? 1 : 0);
  }
}

/// What was looked at once has a value from then on.
template <auto kMember>
void CollectSeen(const Snapshot& snapshot, Family& family) {
  const SourceWatch& watch = snapshot.capture->watch;
  if (watch.looked_us > 0) AddGauge(family, {}, static_cast<double>(watch.*kMember));
}

void CollectCoverage(const Snapshot& snapshot, Family& family) {
  const SourceWatch& watch = snapshot.capture->watch;
  if (watch.looked_us == 0) return;
  AddGauge(family, {{"state", "captured"}}, static_cast<double>(watch.tables_captured));
  AddGauge(family, {{"state", "published"}}, static_cast<double>(watch.tables_published));
}

void AddWatch(std::vector<MetricSpec>& table) {
  const auto gauge = MetricType::Gauge;
  table.push_back({"sluice_slot_state", gauge, "wal_status", "4", "SluiceSlotAtRisk",
                   "Whether the server still keeps the log that the slot needs: 1 at what it says",
                   CollectWalStatus});
  table.push_back({"sluice_slot_safe_wal_bytes", gauge, "", "1", "SluiceSlotAtRisk",
                   "Log that may be written before the slot is lost; absent without a limit",
                   [](const Snapshot& snapshot, Family& family) {
                     const auto& safe = snapshot.capture->watch.safe_wal_bytes;
                     if (safe) AddGauge(family, {}, static_cast<double>(*safe));
                   }});
  table.push_back({"sluice_slot_retained_wal_bytes", gauge, "", "1", "SluiceSlotRetainedHigh",
                   "Log that the server keeps for the slot",
                   CollectSeen<&SourceWatch::retained_wal_bytes>});
  table.push_back({"sluice_idle_slots", gauge, "", "1", "Does anything else keep log?",
                   "Other slots of the server that nobody reads",
                   CollectSeen<&SourceWatch::idle_slots>});
  table.push_back({"sluice_publication_tables", gauge, "state", "2", "SluicePublicationGap",
                   "Tables that are to be captured, and those of them that are published",
                   CollectCoverage});
  table.push_back({"sluice_source_watch_age_seconds", gauge, "", "1", "Is the slot looked after?",
                   "Time since slot and publication were last looked at",
                   [](const Snapshot& snapshot, Family& family) {
                     const int64_t looked_us = snapshot.capture->watch.looked_us;
                     if (looked_us == 0) return;
                     AddGauge(family, {}, static_cast<double>(snapshot.now_us - looked_us) / 1e6);
                   }});
  table.push_back({"sluice_heartbeat_actions_total", MetricType::Counter, "result", "2",
                   "Does heartbeat.action.query work?",
                   "Times that the heartbeat's statement was run",
                   [](const Snapshot& snapshot, Family& family) {
                     const SourceWatch& watch = snapshot.capture->watch;
                     AddCounter(family, {{"result", "done"}}, watch.actions_done);
                     AddCounter(family, {{"result", "failed"}}, watch.actions_failed);
                   }});
}

void AddStream(std::vector<MetricSpec>& table) {
  const auto counter = MetricType::Counter;
  const auto gauge = MetricType::Gauge;
  table.push_back({"sluice_source_connected", gauge, "", "1", "SluiceSourceDisconnected",
                   "Whether changes or rows are being read (1) or not (0)",
                   [](const Snapshot& snapshot, Family& family) {
                     const State state = snapshot.capture->state;
                     AddGauge(family, {},
                              state == State::kStreaming || state == State::kSnapshot ? 1 : 0);
                   }});
  table.push_back({"sluice_source_epoch", gauge, "", "1", "Did it restart?",
                   "Number of this run of the source, raised at each start",
                   CollectOne<&CaptureStats::epoch>});
  table.push_back({"sluice_source_lsn_bytes", gauge, "position", "4", "How far is it?",
                   "Positions in the database's log: read, acknowledged by the brokers, told to "
                   "the database, and the log's end as last heard",
                   CollectPositions});
  table.push_back({"sluice_source_lag_bytes", gauge, "", "1", "SluiceSlotRetainedHigh",
                   "Log that is not yet acknowledged by the brokers", CollectLagBytes});
  table.push_back({"sluice_source_lag_seconds", gauge, "", "1", "SluiceFreshnessHigh",
                   "Age of the last commit read while more waits; 0 when nothing does",
                   [](const Snapshot& snapshot, Family& family) {
                     AddGauge(family, {}, CaptureLagSeconds(*snapshot.capture, snapshot.wall_us));
                   }});
  table.push_back({"sluice_source_last_event_age_seconds", gauge, "", "1", "Does anything come?",
                   "Time since the commit of the last transaction read", CollectEventAge});
  table.push_back({"sluice_transactions_total", counter, "", "1", "Does anything come?",
                   "Committed transactions read", CollectOne<&CaptureStats::transactions>});
  table.push_back({"sluice_source_changes_total", counter, "table,operation", "tables x 5",
                   "Which tables change?", "Changes read, by table and operation", CollectChanges});
  table.push_back({"sluice_outbox_events_total", counter, "table,fate", "outboxes x 6",
                   "Are events left out?",
                   "Rows of outboxes: events (routed; as_text, where a payload was to be told as "
                   "JSON and is a text; tombstone), no events (updated, deleted), or told as rows "
                   "(unroutable)",
                   CollectEvents});
  table.push_back({"sluice_source_altered_values_total", counter, "table,column,how", "1000 x 4",
                   "Which values are not told as they are?",
                   "Values that the form of their column has no place for, wherever they stand: "
                   "clamped to the nearest number, told by their text, bytes that were no UTF-8, "
                   "or of a type that was dropped",
                   CollectAltered});
  table.push_back({"sluice_source_messages_total", counter, "", "1", "Do messages come?",
                   "Logical messages read", CollectOne<&CaptureStats::messages>});
  table.push_back({"sluice_source_changes_skipped_total", counter, "", "1", "Is anything left out?",
                   "Changes of operations that are not to be captured",
                   CollectOne<&CaptureStats::skipped>});
}

void AddPublishing(std::vector<MetricSpec>& table) {
  const auto counter = MetricType::Counter;
  const auto gauge = MetricType::Gauge;
  table.push_back({"sluice_published_records_total", counter, "state", "2", "SluiceNoProgress",
                   "Records handed to the producer and acknowledged by the brokers",
                   [](const Snapshot& snapshot, Family& family) {
                     const CaptureStats& stats = *snapshot.capture;
                     AddCounter(family, {{"state", "sent"}}, stats.records_published);
                     AddCounter(family, {{"state", "acknowledged"}}, stats.records_acknowledged);
                   }});
  table.push_back({"sluice_producer_queue_records", gauge, "", "1", "Are the brokers slow?",
                   "Records that are not yet acknowledged",
                   CollectOne<&CaptureStats::queued_records>});
  table.push_back({"sluice_producer_queue_bytes", gauge, "", "1", "Are the brokers slow?",
                   "Bytes of records that are not yet acknowledged",
                   CollectOne<&CaptureStats::queued_bytes>});
  table.push_back({"sluice_open_transactions", gauge, "", "1", "Are the brokers slow?",
                   "Transactions read that are not wholly acknowledged",
                   CollectOne<&CaptureStats::open_transactions>});
  table.push_back({"sluice_snapshot_running", gauge, "", "1", "SluiceSnapshotStalled",
                   "Whether existing rows are being read (1) or not (0)",
                   [](const Snapshot& snapshot, Family& family) {
                     AddGauge(family, {}, snapshot.capture->state == State::kSnapshot ? 1 : 0);
                   }});
  table.push_back({"sluice_snapshot_tables", gauge, "state", "2", "SluiceSnapshotStalled",
                   "Tables of the snapshot that runs or ran last", CollectTables});
  table.push_back({"sluice_snapshot_rows", gauge, "state", "2", "SluiceSnapshotStalled",
                   "Rows of that snapshot; known is the database's estimate", CollectRows});
  table.push_back({"sluice_incremental_snapshot_tables", gauge, "", "1", "Is it done?",
                   "Tables that are still to be read while streaming",
                   CollectOne<&CaptureStats::incremental_tables>});
  table.push_back({"sluice_incremental_snapshot_rows_total", counter, "", "1", "Is it done?",
                   "Rows that were read while streaming and published",
                   CollectOne<&CaptureStats::incremental_rows>});
  table.push_back({"sluice_incremental_snapshot_repeats_total", counter, "", "1",
                   "Do long transactions hold it up?",
                   "Chunks that were read again because they missed what was streamed already",
                   CollectOne<&CaptureStats::incremental_repeated>});
  table.push_back({"sluice_incremental_snapshot_paused", gauge, "", "1", "Is it done?",
                   "Whether reading while streaming was paused by a signal (1) or not (0)",
                   [](const Snapshot& snapshot, Family& family) {
                     AddGauge(family, {}, snapshot.capture->incremental_paused ? 1 : 0);
                   }});
}

}  // namespace

double CaptureLagSeconds(const CaptureStats& stats, int64_t wall_us) {
  const bool behind = stats.open_transactions > 0 || stats.received < stats.server;
  if (!behind || stats.commit_us <= 0) return 0;
  return static_cast<double>(std::max<int64_t>(wall_us - stats.commit_us, 0)) / 1e6;
}

void AddCaptureMetrics(std::vector<MetricSpec>& table) {
  const size_t before = table.size();
  AddStream(table);
  AddWatch(table);
  AddPublishing(table);
  for (size_t i = before; i < table.size(); ++i) table[i].sides = config::Sides::kCapture;
}

}  // namespace sluice::telemetry
