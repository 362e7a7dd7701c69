#include "service/telemetry/status.h"

#include "core/model/lsn_text.h"
#include "core/operations/source/start_decision.h"
#include "service/telemetry/capture_metrics.h"
#include "service/text/json_writer.h"

namespace sluice::telemetry {
namespace {

const char* StateName(PipelineStats::State state) {
  switch (state) {
    case PipelineStats::State::kStarting: return "starting";
    case PipelineStats::State::kRunning: return "running";
    case PipelineStats::State::kDraining: return "draining";
    case PipelineStats::State::kStopped: return "stopped";
    case PipelineStats::State::kHalted: return "halted";
  }
  return "?";
}

void WriteKnown(JsonWriter& json, std::string_view name, int64_t value) {
  json.Key(name);
  if (value < 0) {
    json.Null();
  } else {
    json.Integer(value);
  }
}

void WritePartition(JsonWriter& json, const PartitionStats& partition) {
  json.BeginObject().Key("topic").String(partition.name.topic);
  json.Key("partition").Integer(partition.name.partition);
  json.Key("records").Unsigned(partition.records);
  WriteKnown(json, "position", partition.position);
  WriteKnown(json, "committed", partition.committed);
  WriteKnown(json, "end", partition.end_offset);
  WriteKnown(json, "lag", LagOf(partition));
  json.Key("fates").BeginObject();
  for (size_t i = 0; i < partition.fates.size(); ++i) {
    json.Key(FateName(static_cast<Fate>(i))).Unsigned(partition.fates[i]);
  }
  json.EndObject().EndObject();
}

void WriteDestinations(JsonWriter& json, const PipelineStats& worker) {
  json.Key("destinations").BeginArray();
  for (const DestinationStats& destination : worker.destinations) {
    json.BeginObject().Key("destination").String(destination.name);
    json.Key("accepted").Unsigned(destination.accepted);
    json.Key("refused").Unsigned(destination.refused);
    json.Key("waiting").Unsigned(destination.waiting);
    json.Key("under_way").Unsigned(destination.under_way);
    json.Key("parked").Unsigned(destination.parked);
    json.Key("parked_records").Unsigned(destination.parked_records);
    json.Key("breaker_open").Boolean(destination.breaker_open).EndObject();
  }
  json.EndArray();
}

void WriteWorker(JsonWriter& json, size_t number, const PipelineStats& worker) {
  json.BeginObject().Key("worker").Unsigned(number);
  json.Key("state").String(StateName(worker.state));
  json.Key("hold").String(worker.hold_reason);
  json.Key("halt").String(worker.halt_reason);
  json.Key("place").String(GroupPlaceName(worker.place));
  json.Key("place_reason").String(worker.place_sentence);
  json.Key("waiting_bytes").Unsigned(worker.waiting_bytes);
  json.Key("bulk_bytes").Unsigned(worker.batch_bytes);
  json.Key("bulk_body_size_bytes").Unsigned(worker.body_size_bytes);
  json.Key("waiting_operations").Unsigned(worker.waiting_operations);
  json.Key("bulk_requests_in_flight").Unsigned(worker.inflight_requests);
  json.Key("partitions").BeginArray();
  for (const PartitionStats& partition : worker.partitions) {
    if (partition.assigned) WritePartition(json, partition);
  }
  json.EndArray();
  if (!worker.destinations.empty()) WriteDestinations(json, worker);
  json.Key("indices").BeginArray();
  for (const IndexStats& index : worker.indices) {
    json.BeginObject().Key("index").String(index.name);
    for (size_t i = 0; i < index.documents.size(); ++i) {
      json.Key(WriteResultName(static_cast<WriteResult>(i))).Unsigned(index.documents[i]);
    }
    json.Key("rejected").Unsigned(index.rejected);
    json.Key("divergent").Unsigned(index.divergent).EndObject();
  }
  json.EndArray().EndObject();
}

const char* StateName(CaptureStats::State state) {
  switch (state) {
    case CaptureStats::State::kConnecting: return "connecting";
    case CaptureStats::State::kSnapshot: return "snapshot";
    case CaptureStats::State::kStreaming: return "streaming";
    case CaptureStats::State::kStopped: return "stopped";
    case CaptureStats::State::kHalted: return "halted";
  }
  return "?";
}

void WriteWatch(JsonWriter& json, const SourceWatch& watch) {
  json.Key("slot").BeginObject().Key("wal_status").String(WalStatusName(watch.wal_status));
  json.Key("retained_wal_bytes").Integer(watch.retained_wal_bytes);
  json.Key("safe_wal_bytes");
  if (watch.safe_wal_bytes) {
    json.Integer(*watch.safe_wal_bytes);
  } else {
    json.Null();
  }
  json.Key("danger").String(watch.danger).EndObject();
  json.Key("publication").BeginObject();
  json.Key("tables_captured").Unsigned(watch.tables_captured);
  json.Key("tables_published").Unsigned(watch.tables_published).EndObject();
}

void WriteSource(JsonWriter& json, const Snapshot& snapshot) {
  const CaptureStats& stats = *snapshot.capture;
  json.BeginObject().Key("state").String(StateName(stats.state));
  json.Key("hold").String(stats.hold_reason);
  json.Key("halt").String(stats.halt_reason);
  json.Key("epoch").Integer(stats.epoch);
  json.Key("received_lsn").String(LsnText(stats.received));
  json.Key("safe_lsn").String(LsnText(stats.safe));
  json.Key("flushed_lsn").String(LsnText(stats.flushed));
  json.Key("server_lsn").String(LsnText(stats.server));
  json.Key("lag_seconds").Number(CaptureLagSeconds(stats, snapshot.wall_us));
  json.Key("transactions").Unsigned(stats.transactions);
  json.Key("records_published").Unsigned(stats.records_published);
  json.Key("records_acknowledged").Unsigned(stats.records_acknowledged);
  WriteWatch(json, stats.watch);
  json.Key("snapshot").BeginObject();
  json.Key("tables").Unsigned(stats.snapshot_tables);
  json.Key("tables_done").Unsigned(stats.snapshot_tables_done);
  json.Key("rows").Unsigned(stats.snapshot_rows);
  json.Key("rows_known").Unsigned(stats.snapshot_rows_known).EndObject();
  json.Key("incremental_snapshot").BeginObject();
  json.Key("tables_left").Unsigned(stats.incremental_tables);
  json.Key("rows").Unsigned(stats.incremental_rows);
  json.Key("paused").Boolean(stats.incremental_paused);
  json.Key("hold").String(stats.incremental_hold_reason).EndObject();
  json.Key("tables").BeginArray();
  for (const TableStats& table : stats.tables) {
    json.BeginObject().Key("table").String(table.schema + "." + table.name);
    for (size_t i = 0; i < table.changes.size(); ++i) {
      json.Key(CountedChangeName(static_cast<CountedChange>(i))).Unsigned(table.changes[i]);
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WriteChangelogs(JsonWriter& json, const Snapshot& snapshot) {
  json.Key("changelogs").BeginArray();
  for (const ChangelogStats& stats : snapshot.changelogs) {
    json.BeginObject().Key("sink").String(stats.sink);
    json.Key("hold").String(stats.hold_reason);
    json.Key("halt").String(stats.halt_reason);
    WriteKnown(json, "lag", stats.lag);
    json.Key("rows").Unsigned(stats.rows);
    json.Key("files").Unsigned(stats.files);
    json.Key("records").BeginObject();
    for (size_t i = 0; i < stats.records.size(); ++i)
      json.Key(ChangelogFateName(static_cast<ChangelogFate>(i))).Unsigned(stats.records[i]);
    json.EndObject().EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string RenderStatus(const Snapshot& snapshot) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.status/1");
  json.Key("version").String(snapshot.version);
  json.Key("uptime_seconds").Integer((snapshot.now_us - snapshot.started_us) / 1'000'000);
  json.Key("ready").Boolean(snapshot.health.is_ready());
  json.Key("live").Boolean(snapshot.health.is_live());
  json.Key("checks").BeginArray();
  for (const auto* checks : {&snapshot.health.live, &snapshot.health.ready}) {
    for (const HealthCheck& check : *checks) {
      json.BeginObject().Key("name").String(check.name).Key("good").Boolean(check.good);
      json.Key("sentence").String(check.sentence).EndObject();
    }
  }
  json.EndArray().Key("workers").BeginArray();
  for (size_t i = 0; i < snapshot.workers.size(); ++i) WriteWorker(json, i, snapshot.workers[i]);
  json.EndArray();
  if (snapshot.capture) {
    json.Key("source");
    WriteSource(json, snapshot);
  }
  if (!snapshot.changelogs.empty()) WriteChangelogs(json, snapshot);
  json.EndObject();
  return json.text();
}

std::string RenderChecks(const std::vector<HealthCheck>& checks, bool verbose) {
  std::string text;
  bool good = true;
  for (const HealthCheck& check : checks) {
    good = good && check.good;
    if (check.good && !verbose) continue;
    text += (check.good ? "[+]" : "[-]") + check.name + (check.good ? " ok" : " failed");
    text += (check.sentence.empty() ? "" : ": ") + check.sentence + "\n";
  }
  if (good) return verbose ? text + "ok\n" : "ok\n";
  return text;
}

}  // namespace sluice::telemetry
