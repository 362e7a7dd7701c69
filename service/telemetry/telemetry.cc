#include "service/telemetry/telemetry.h"

#include <algorithm>
#include <utility>

namespace sluice::telemetry {

Telemetry::Telemetry(const Settings& settings, Log& log, const Clock& clock)
    : settings_(settings),
      log_(log),
      clock_(clock),
      started_us_(clock.NowUs()),
      workers_(static_cast<size_t>(settings.workers)) {
  for (const std::string& sink : settings.changelogs) changelogs_.At(sink);
}

void Telemetry::OnStats(int worker, const PipelineStats& stats) {
  {
    Worker& slot = At(worker);
    const std::lock_guard lock(slot.mutex);
    slot.stats = stats;
  }
  log_.FlushRepeats();
}

void Telemetry::OnAssigned(int worker, const TopicPartition& partition, Offset start,
                           bool committed) {
  log_.Write(LogLevel::kInfo, "partition_assigned", "reading a partition",
             {{"worker", int64_t{worker}},
              {"topic", partition.topic},
              {"partition", int64_t{partition.partition}},
              {"offset", start.value},
              {"committed", committed}});
}

void Telemetry::OnRevoked(int worker, const TopicPartition& partition, bool lost) {
  log_.Write(lost ? LogLevel::kWarn : LogLevel::kInfo,
             lost ? "partition_lost" : "partition_revoked",
             lost ? "a partition was lost; what was not committed is read again by its new owner"
                  : "gave up a partition after settling it",
             {{"worker", int64_t{worker}},
              {"topic", partition.topic},
              {"partition", int64_t{partition.partition}}});
}

void Telemetry::OnIndexReady(int worker, const std::string& index) {
  log_.Write(LogLevel::kInfo, "index_ready", "an index can be written",
             {{"worker", int64_t{worker}}, {"index", index}});
}

void Telemetry::OnPlace(int worker, GroupPlace place, const std::string& sentence) {
  log_.Write(place == GroupPlace::kCrowded ? LogLevel::kError : LogLevel::kInfo, "group_place",
             sentence,
             {{"worker", int64_t{worker}}, {"place", std::string_view(GroupPlaceName(place))}});
}

void Telemetry::OnControl(int worker, const std::string& index, const std::string& sentence) {
  log_.Write(LogLevel::kWarn, "control", sentence, {{"worker", int64_t{worker}}, {"index", index}});
}

void Telemetry::OnRejected(int worker, const RejectedRecord& record) {
  const char* reason = RejectReasonName(record.reason);
  const std::string repeat_key = record.stream.topic + " " + reason + " " + record.error_type;
  log_.WriteLimited(LogLevel::kWarn, "record_rejected", repeat_key,
                    "a record cannot be applied; it goes to the dead letters",
                    {{"worker", int64_t{worker}},
                     {"topic", record.stream.topic},
                     {"partition", int64_t{record.stream.partition}},
                     {"offset", record.offset.value},
                     {"reason", std::string_view(reason)},
                     {"index", record.index},
                     {"error_type", record.error_type},
                     {"dead_letters", settings_.dead_letters_topic}});
}

void Telemetry::OnHold(int worker, FailureReason reason, const std::string& sentence) {
  {
    Worker& slot = At(worker);
    const std::lock_guard lock(slot.mutex);
    if (std::find(slot.holds.begin(), slot.holds.end(), reason) == slot.holds.end()) {
      slot.holds.push_back(reason);
    }
  }
  log_.WriteLimited(
      LogLevel::kWarn, "held", std::to_string(worker) + FailureReasonName(reason), sentence,
      {{"worker", int64_t{worker}}, {"reason", std::string_view(FailureReasonName(reason))}});
}

void Telemetry::OnHoldOver(int worker, FailureReason reason) {
  {
    Worker& slot = At(worker);
    const std::lock_guard lock(slot.mutex);
    std::erase(slot.holds, reason);
  }
  log_.WriteLimited(
      LogLevel::kInfo, "hold_over", std::to_string(worker) + FailureReasonName(reason),
      "what was held goes on",
      {{"worker", int64_t{worker}}, {"reason", std::string_view(FailureReasonName(reason))}});
}

void Telemetry::OnHalt(int worker, FailureReason reason, const std::string& sentence) {
  {
    Worker& slot = At(worker);
    const std::lock_guard lock(slot.mutex);
    if (slot.halt == FailureReason::kNone) {
      slot.halt = reason;
      slot.halt_sentence = sentence;
    }
  }
  log_.Write(
      LogLevel::kError, "halted", sentence,
      {{"worker", int64_t{worker}}, {"reason", std::string_view(FailureReasonName(reason))}});
}

void Telemetry::OnDestination(int worker, const std::string& destination, FailureReason reason,
                              const std::string& sentence) {
  const bool fails = reason != FailureReason::kNone;
  log_.WriteLimited(fails ? LogLevel::kWarn : LogLevel::kInfo,
                    fails ? "destination_fails" : "destination_works",
                    destination + (fails ? "-" : "+"), destination + " " + sentence,
                    {{"worker", int64_t{worker}},
                     {"destination", destination},
                     {"reason", std::string_view(FailureReasonName(reason))}});
}

std::vector<PipelineStats> Telemetry::CopyStats() const {
  std::vector<PipelineStats> stats;
  stats.reserve(workers_.size());
  for (const Worker& worker : workers_) {
    const std::lock_guard lock(worker.mutex);
    stats.push_back(worker.stats);
  }
  return stats;
}

void Telemetry::OnCaptureStats(const CaptureStats& stats) {
  {
    const std::lock_guard lock(capture_.mutex);
    capture_.totals.Take(stats);
    if (stats.goes_on) {
      capture_.hold = FailureReason::kNone;
      capture_.hold_sentence.clear();
    }
  }
  if (!stats.altered.empty()) TellAltered(stats.altered);
  for (const TableStats& table : stats.tables) {
    if (table.outbox) TellOutbox(table);
  }
  log_.FlushRepeats();
}

namespace {

/// Null: whoever finds it says more than could be said here.
const char* SentenceOf(Alteration alteration) {
  switch (alteration) {
    case Alteration::kClamped:
      return "a value is beyond what its number holds and is told as the nearest one (on "
             "compatible "
             "tables as Debezium's, which wraps around); time.precision.mode and "
             "interval.handling.mode choose other forms";
    case Alteration::kText: return "a value is none of its column's type and is told by its text";
    case Alteration::kReplaced: return "bytes that are no UTF-8 are told as U+FFFD";
    case Alteration::kUntyped: break;
  }
  return nullptr;
}

}  // namespace

void Telemetry::TellAltered(const AlteredValues& values) {
  std::vector<std::pair<ColumnName, Alteration>> fresh;
  {
    const std::lock_guard lock(capture_.mutex);
    for (const auto& [column, counts] : values) {
      for (size_t i = 0; i < counts.size(); ++i) {
        std::pair what(column, static_cast<Alteration>(i));
        if (counts[i] == 0 || !capture_.altered.insert(what).second) continue;
        fresh.push_back(std::move(what));
      }
    }
  }
  for (const auto& [column, how] : fresh) {
    const char* sentence = SentenceOf(how);
    if (sentence == nullptr) continue;
    log_.Write(LogLevel::kWarn, "value_altered", sentence,
               {{"table", column.table},
                {"column", column.column},
                {"how", std::string_view(AlterationName(how))}});
  }
}

namespace {

/// Null: nothing that anybody has to know.
const char* SentenceOf(OutboxFate fate) {
  switch (fate) {
    case OutboxFate::kUpdated:
      return "rows of an outbox were changed; that is no event, and is passed over";
    case OutboxFate::kAsText:
      return "payloads that are no JSON object or array, or have no schema as such, are told as "
             "texts";
    case OutboxFate::kUnroutable:
      return "events without a topic, partition or time that Kafka can have were written as rows "
             "to the topic of their table";
    case OutboxFate::kRouted:
    case OutboxFate::kTombstone:
    case OutboxFate::kDeleted: break;
  }
  return nullptr;
}

}  // namespace

void Telemetry::TellOutbox(const TableStats& table) {
  const std::string name = table.schema + "." + table.name;
  for (size_t i = 0; i < table.events.size(); ++i) {
    const auto fate = static_cast<OutboxFate>(i);
    const char* const sentence = SentenceOf(fate);
    if (sentence == nullptr) continue;
    {
      const std::lock_guard lock(capture_.mutex);
      uint64_t& told = capture_.events[{name, fate}];
      const bool more = table.events[i] > told;
      told = table.events[i];  // a new run begins at zero
      if (!more) continue;
    }
    const bool error = fate == OutboxFate::kUpdated && settings_.outbox_updates_are_errors;
    log_.WriteLimited(error ? LogLevel::kError : LogLevel::kWarn, "outbox",
                      name + OutboxFateName(fate), sentence,
                      {{"table", name},
                       {"fate", std::string_view(OutboxFateName(fate))},
                       {"count", static_cast<int64_t>(table.events[i])}});
  }
}

void Telemetry::OnSourceWatch(const SourceWatch& watch) {
  const std::lock_guard lock(capture_.mutex);
  capture_.watch = watch;
}

void Telemetry::OnSkippedTruncate(const std::string& table) {
  log_.WriteLimited(LogLevel::kWarn, "truncate_skipped", table,
                    "TRUNCATE of " + table +
                        " was skipped (skipped.operations has t): the documents of its rows stay; "
                        "run `sluice verify --repair`, or set skipped.operations: none, for "
                        "truncate.mode to say what becomes of them",
                    {{"table", std::string_view(table)}});
}

void Telemetry::OnRemark(const std::string& text) {
  log_.Write(LogLevel::kInfo, "signal", text);
}

void Telemetry::OnIncremental(const IncrementalNote& note) {
  switch (note.kind) {
    case IncrementalNote::Kind::kRemark: return OnRemark(note.text);
    case IncrementalNote::Kind::kRefused:
      return log_.Write(LogLevel::kWarn, "incremental_refused", note.text);
    case IncrementalNote::Kind::kHeld:
      return log_.Write(LogLevel::kWarn, "first_snapshot_held", note.text);
    case IncrementalNote::Kind::kSnapshotDone:
      return log_.Write(LogLevel::kInfo, "snapshot_done", "every existing row was published");
    case IncrementalNote::Kind::kBegins:
      return log_.Write(LogLevel::kInfo, "incremental_begins",
                        "reading the rows of a table while streaming", {{"table", note.table}});
    case IncrementalNote::Kind::kEnds:
      return log_.Write(LogLevel::kInfo, "incremental_done", "the rows of a table were read",
                        {{"table", note.table}, {"rows", static_cast<int64_t>(note.rows)}});
  }
}

void Telemetry::NoteCaptureHold(FailureReason reason, const std::string& sentence) {
  {
    const std::lock_guard lock(capture_.mutex);
    capture_.hold = reason;
    capture_.hold_sentence = sentence;
  }
  log_.WriteLimited(LogLevel::kWarn, "source_held", FailureReasonName(reason), sentence,
                    {{"reason", std::string_view(FailureReasonName(reason))}});
}

void Telemetry::NoteCaptureHalt(FailureReason reason, const std::string& sentence) {
  {
    const std::lock_guard lock(capture_.mutex);
    capture_.halt = reason;
    capture_.halt_sentence = sentence;
  }
  log_.Write(LogLevel::kError, "halted", sentence,
             {{"reason", std::string_view(FailureReasonName(reason))}});
}

std::optional<CaptureStats> Telemetry::CopyCapture() const {
  if (!settings_.captures) return std::nullopt;
  const std::lock_guard lock(capture_.mutex);
  CaptureStats stats = capture_.totals.Sum();
  stats.watch = capture_.watch;
  if (!capture_.hold_sentence.empty()) {
    stats.hold_reason = capture_.hold_sentence;
    stats.state = CaptureStats::State::kConnecting;
  }
  if (!capture_.halt_sentence.empty()) {
    stats.halt_reason = capture_.halt_sentence;
    stats.state = CaptureStats::State::kHalted;
  }
  return stats;
}

Health Telemetry::Judge(const std::vector<PipelineStats>& workers,
                        const std::optional<CaptureStats>& capture, int64_t now_us) const {
  Health health =
      EvaluateHealth(workers, capture, started_us_, now_us, stopping_, settings_.health);
  JudgeChangelogs(CopyChangelogs(), started_us_, now_us, settings_.health, health);
  return health;
}

Health Telemetry::TakeHealth() const {
  return Judge(CopyStats(), CopyCapture(), clock_.NowUs());
}

Snapshot Telemetry::Take() const {
  Snapshot snapshot;
  snapshot.version = settings_.version;
  snapshot.workers = CopyStats();
  snapshot.now_us = clock_.NowUs();
  snapshot.started_us = started_us_;
  for (const Worker& worker : workers_) {
    const std::lock_guard lock(worker.mutex);
    if (snapshot.halt == FailureReason::kNone) snapshot.halt = worker.halt;
    for (const FailureReason reason : worker.holds) {
      const auto& holds = snapshot.holds;
      if (std::find(holds.begin(), holds.end(), reason) == holds.end()) {
        snapshot.holds.push_back(reason);
      }
    }
  }
  snapshot.wall_us = clock_.WallNs() / 1'000;
  snapshot.capture = CopyCapture();
  if (snapshot.capture) {
    const std::lock_guard lock(capture_.mutex);
    if (snapshot.halt == FailureReason::kNone) snapshot.halt = capture_.halt;
    const FailureReason hold =
        capture_.hold != FailureReason::kNone ? capture_.hold : snapshot.capture->hold;
    if (hold != FailureReason::kNone) snapshot.holds.push_back(hold);
  }
  TakeChangelogs(snapshot);
  snapshot.health = Judge(snapshot.workers, snapshot.capture, snapshot.now_us);
  snapshot.process = ReadProcessUsage();
  snapshot.queue_limit_bytes = settings_.queue_limit_bytes * settings_.workers;
  return snapshot;
}

std::string Telemetry::HaltSentence() const {
  for (const Worker& worker : workers_) {
    const std::lock_guard lock(worker.mutex);
    if (!worker.halt_sentence.empty()) return worker.halt_sentence;
  }
  {
    const std::lock_guard lock(capture_.mutex);
    if (!capture_.halt_sentence.empty()) return capture_.halt_sentence;
  }
  for (const ChangelogStats& stats : CopyChangelogs())
    if (!stats.halt_reason.empty()) return stats.halt_reason;
  return {};
}

}  // namespace sluice::telemetry
