#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "core/ports/clock.h"
#include "service/telemetry/snapshot.h"

namespace sluice::telemetry {

class ManualClock : public Clock {
 public:
  [[nodiscard]] int64_t NowUs() const override { return now_us; }
  [[nodiscard]] int64_t WallNs() const override { return now_us * 1'000; }

  int64_t now_us = 1'000'000;
};

inline std::string SourceFile(const std::string& path) {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  std::ifstream in(std::string(root == nullptr ? "." : root) + "/" + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline PartitionStats SamplePartition(const std::string& topic, int32_t number) {
  PartitionStats partition;
  partition.name = {topic, number};
  partition.assigned = true;
  partition.records = 10;
  partition.fates = {4, 3, 2, 1, 0};
  partition.position = 110;
  partition.committed = 105;
  partition.end_offset = 112;
  return partition;
}

/// Two workers: the second has taken partition 0 over from the first.
inline CaptureStats SampleCapture() {
  CaptureStats stats;
  stats.state = CaptureStats::State::kStreaming;
  stats.epoch = 4;
  stats.turn_us = 99'900'000;
  stats.received = Lsn{900};
  stats.safe = Lsn{800};
  stats.flushed = Lsn{700};
  stats.server = Lsn{1'000};
  stats.transactions = 12;
  stats.records_published = 40;
  stats.records_acknowledged = 38;
  stats.queued_records = 2;
  stats.queued_bytes = 512;
  stats.open_transactions = 1;
  stats.commit_us = 1'700'000'002'000'000;
  stats.tables = {{"public", "users", {5, 4, 3, 2, 1}},
                  {"public", "events", {9, 0, 0, 0, 0}, {5, 0, 2, 0, 3, 0}, true}};
  stats.incremental_tables = 2;
  stats.incremental_rows = 4'096;
  stats.incremental_repeated = 3;
  stats.incremental_paused = true;
  stats.altered[{"public.users", "born"}] = {3, 0, 0, 1};
  stats.watch.looked_us = 98'000'000;
  stats.watch.wal_status = SourceWatch::WalStatus::kExtended;
  stats.watch.safe_wal_bytes = 1'048'576;
  stats.watch.retained_wal_bytes = 300;
  stats.watch.tables_captured = 3;
  stats.watch.tables_published = 2;
  stats.watch.idle_slots = 1;
  stats.watch.actions_done = 5;
  stats.watch.actions_failed = 1;
  return stats;
}

inline ChangelogStats SampleChangelog() {
  ChangelogStats stats;
  stats.state = ChangelogStats::State::kRunning;
  stats.sink = "file";
  stats.records = {7, 1, 2, 3, 0, 4, 1};
  stats.refused[static_cast<size_t>(RejectReason::kMissingBefore)] = 1;
  stats.rows = 12;
  stats.bytes = 900;
  stats.files = 2;
  stats.keeps = 5;
  stats.lag = 3;
  stats.turn_us = 99'900'000;
  return stats;
}

inline Snapshot SampleSnapshot() {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.now_us = 100'000'000;
  snapshot.started_us = 90'000'000;
  snapshot.queue_limit_bytes = 50'331'648;
  PipelineStats worker;
  worker.state = PipelineStats::State::kRunning;
  worker.turn_us = 99'900'000;
  worker.progress_us = 99'900'000;
  worker.group_joined = true;
  worker.index_reached = true;
  worker.partitions = {SamplePartition("cdc.public.users", 0)};
  worker.indices = {{"cdc.public.users", {5, 4, 3, 2, 1, 1, 0}, 2, 4}};
  worker.record_bytes = 1'234;
  worker.events = {1, 2, 3, 4, 5, 6, 7, 8};
  worker.bulk_requests = 3;
  worker.bulk_answers[0] = 2;
  worker.event_age_seconds.Add(0.002, kSecondsBounds);
  worker.event_age_seconds.Add(5'000, kSecondsBounds);
  snapshot.workers = {worker, worker};
  snapshot.workers[0].partitions[0].assigned = false;
  snapshot.workers[1].partitions.push_back(SamplePartition("odd\"topic\\\n", 7));
  snapshot.workers[1].partitions.back().end_offset = -1;
  snapshot.process = {1.5, 40'000'000, 90'000'000, 20, 1'024, 1'700'000'000};
  snapshot.holds = {FailureReason::kOverloaded};
  snapshot.wall_us = 1'700'000'005'000'000;
  snapshot.capture = SampleCapture();
  snapshot.changelogs = {SampleChangelog()};
  snapshot.health =
      EvaluateHealth(snapshot.workers, snapshot.capture, 90'000'000, 100'000'000, false, {});
  return snapshot;
}

/// Of `sluice deliver`.
inline Snapshot CourierSnapshot() {
  Snapshot snapshot;
  PipelineStats& worker = snapshot.workers.emplace_back();
  worker.group_joined = true;
  worker.turn_us = 1;
  worker.partitions.push_back(SamplePartition("moves", 0));
  DestinationStats& acme = worker.destinations.emplace_back();
  acme.name = "acme";
  acme.accepted = 5;
  acme.failures[static_cast<size_t>(FailureReason::kServerError)] = 2;
  acme.breaker_open = true;
  acme.age_seconds.Add(0.3, kSecondsBounds);
  return snapshot;
}

}  // namespace sluice::telemetry
