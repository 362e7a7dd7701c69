// The rows that exist when a source begins: slot, moment, and what a crash has left.
#include <algorithm>
#include <utility>

#include "adapters/postgres/chunk_sql.h"
#include "core/model/lsn_text.h"
#include "core/operations/source/first_snapshot.h"
#include "service/composition/capture_session.h"
#include "service/composition/snapshot_run.h"
#include "service/telemetry/progress_bar.h"

namespace sluice::service {
namespace {

using telemetry::LogLevel;
using Kind = SessionEnd::Kind;

std::string OutOfReach(const std::vector<std::string>& tables) {
  std::string names;
  for (const std::string& table : tables) names += (names.empty() ? "" : ", ") + table;
  return "rows as the snapshot saw them are out of reach, for a table was rewritten (ALTER TABLE), "
         "emptied, renamed, dropped or locked meanwhile: " +
         names;
}

/// What else was read is recorded as done, so that these alone are left for the next run.
SessionEnd LeftForTheNextRun(const std::vector<std::string>& tables) {
  return EndOf({{Disposition::kRetry, FailureReason::kSnapshotGone, WriteResult::kCreated},
                "",
                OutOfReach(tables) + "; the next run reads them, which begins by itself"});
}

}  // namespace

CaptureSession::Ended CaptureSession::Begin(const std::stop_token& stop) {
  using Start = StartDecision::Kind;
  if (decision_.kind == Start::kResume) return Resume(stop);
  const bool creates =
      decision_.kind == Start::kCreateSlot || decision_.kind == Start::kCreateAndRead;
  const bool reads =
      decision_.kind == Start::kCreateAndRead || decision_.kind == Start::kReadBeside;
  if (!creates && !reads) {
    // snapshot.mode says no_data by now; what was begun before goes on as it is configured now.
    if (position_.incremental.in_first_snapshot()) {
      position_.incremental = RestOfSnapshot(position_, PagedTables());
    }
    return std::nullopt;
  }

  if (reads) {
    if (Ended ended = CheckReading()) return ended;
  }
  const auto created = MakeSlot(!creates, reads);
  if (!created) return FailedOn(replication_);
  if (reads) {
    if (Ended ended = ReadTablesOf(*created)) return ended;
  }
  if (creates) position_.flushed = created->consistent_point;
  if (!reads) {
    position_.snapshot = SourcePosition::Snapshot::kNotTaken;
    return std::nullopt;
  }
  position_.snapshot = SourcePosition::Snapshot::kRunning;
  position_.snapshot_tables.clear();
  position_.incremental = RestOfSnapshot(position_, {});  // nothing of a former one is left
  if (Ended ended = RecordStart()) return ended;
  // A start that goes on from there must not compare with what another slot's life has left.
  if (Ended ended = RecordKnown()) return ended;
  std::vector<std::string> left;
  if (Ended ended = ReadRows(*created, tables_, left, stop)) return ended;
  if (!left.empty()) {
    const bool pages = postgres::ReadsWhileStreaming(connection_.server_version());
    if (ReadsRestWhileStreaming(pages, SnapshotModeOf(frame_.config))) {
      return LeftForTheNextRun(left);
    }
    if (Ended ended = ReadAgain(std::move(left), !creates, stop)) return ended;
  }
  position_.snapshot_tables.clear();
  position_.snapshot = SourcePosition::Snapshot::kDone;
  TellSnapshotDone();
  if (SnapshotModeOf(frame_.config) != SnapshotMode::kInitialOnly) return std::nullopt;
  if (Ended ended = RecordStart()) return ended;
  return SessionEnd{Kind::kDone, {}};
}

std::string CaptureSession::TemporarySlot() const {
  return frame_.config.slot_name + "_snapshot_" + std::to_string(position_.epoch);
}

Result<postgres::CreatedSlot> CaptureSession::MakeSlot(bool temporary, bool exports) {
  postgres::NewSlot slot;
  slot.name = temporary ? TemporarySlot() : frame_.config.slot_name;
  slot.temporary = temporary;
  slot.export_snapshot = exports;
  slot.failover = !temporary && frame_.config.slot_failover;
  frame_.log.Write(LogLevel::kInfo, "slot",
                   "creating a replication slot; this waits until all "
                   "transactions that run now have ended",
                   {{"slot", slot.name}, {"temporary", slot.temporary}});
  return postgres::CreateSlot(replication_, slot);
}

// The slot has waited for all transactions, for hours perhaps: tables, columns and keys that came
// meanwhile are older than the snapshot, and no change of them is told.
CaptureSession::Ended CaptureSession::ReadTablesOf(const postgres::CreatedSlot& slot) {
  if (!connection_.Run(postgres::EnterStatement(slot.snapshot), "entering the snapshot",
                       postgres::ErrorPlace::kSnapshot)) {
    return FailedOn(connection_);
  }
  if (Ended ended = ReadTables()) return ended;
  if (!connection_.Run("COMMIT", "leaving the snapshot")) return FailedOn(connection_);
  if (Ended ended = CheckTables({})) return ended;
  if (Ended ended = CheckReading()) return ended;

  const postgres::PublicationSettings publication = PublicationSettingsOf(frame_.config);
  const auto missing = postgres::Uncovered(connection_, publication.name, tables_);
  if (!missing) return FailedOn(connection_);
  if (publication.mode == postgres::PublicationMode::kFiltered && !missing->empty()) {
    // The next start publishes it; with a snapshot of before that, changes would be missing.
    return EndOf({{Disposition::kRetry, FailureReason::kSnapshotGone, WriteResult::kCreated},
                  "",
                  "the table " + postgres::FullName(*missing->front()) +
                      " came while the slot was created, and is not published yet: the snapshot is "
                      "taken anew"});
  }
  return CheckCoverage();
}

// From later moments, each time only what changed under the one before.
CaptureSession::Ended CaptureSession::ReadAgain(std::vector<std::string> left, bool was_temporary,
                                                const std::stop_token& stop) {
  for (; !left.empty(); was_temporary = true) {
    frame_.log.Write(LogLevel::kWarn, "snapshot_repeats",
                     OutOfReach(left) + "; they are read as of a later moment");
    if (was_temporary && !postgres::DropTemporarySlot(replication_, TemporarySlot())) {
      return FailedOn(replication_);
    }
    const auto created = MakeSlot(true, true);
    if (!created) return FailedOn(replication_);
    if (Ended ended = ReadTablesOf(*created)) return ended;
    postgres::TableList wanted;
    for (const postgres::CatalogueTable* table : tables_) {
      if (std::find(left.begin(), left.end(), postgres::FullName(*table)) != left.end()) {
        wanted.push_back(table);
      }
    }
    left.clear();
    if (Ended ended = ReadRows(*created, wanted, left, stop)) return ended;
  }
  return std::nullopt;
}

postgres::TableList CaptureSession::KeylessLeft() const {
  const auto& done = position_.snapshot_tables;
  postgres::TableList keyless;
  for (const postgres::CatalogueTable* table : tables_) {
    if (std::find(done.begin(), done.end(), postgres::FullName(*table)) != done.end()) continue;
    if (postgres::PagingKey(*table).empty()) keyless.push_back(table);
  }
  return keyless;
}

// What is acknowledged stays. The rest is read while streaming from where the slot began: each row
// then stands behind the changes that it contains. A table without a key is read once more.
CaptureSession::Ended CaptureSession::Resume(const std::stop_token& stop) {
  auto& done = position_.snapshot_tables;
  const auto find_rest = [this] {
    position_.incremental = RestOfSnapshot(position_, PagedTables());
    const auto& rest = position_.incremental.tables;
    return std::count_if(rest.begin(), rest.end(),
                         [](const auto& table) { return table.first_snapshot; });
  };
  auto left = find_rest();
  postgres::TableList keyless = KeylessLeft();
  frame_.log.Write(LogLevel::kInfo, "snapshot_resumes", "reading the rest while streaming",
                   {{"tables_done", static_cast<int64_t>(position_.snapshot_tables.size())},
                    {"tables_left", static_cast<int64_t>(left)},
                    {"tables_without_key", static_cast<int64_t>(keyless.size())}});
  if (!keyless.empty()) {
    const auto created = MakeSlot(true, true);
    if (!created) return FailedOn(replication_);
    if (Ended ended = ReadTablesOf(*created)) return ended;
    keyless = KeylessLeft();
    left = find_rest();
    std::vector<std::string> changed;
    if (Ended ended = ReadRows(*created, keyless, changed, stop)) return ended;
    if (!changed.empty()) return LeftForTheNextRun(changed);
    for (const postgres::CatalogueTable* table : keyless) {
      std::string name = postgres::FullName(*table);
      if (std::find(done.begin(), done.end(), name) == done.end()) done.push_back(std::move(name));
    }
  }
  if (left > 0) return std::nullopt;  // the relay records when they are done
  position_.snapshot = SourcePosition::Snapshot::kDone;
  done.clear();
  TellSnapshotDone();
  return std::nullopt;
}

void CaptureSession::TellSnapshotDone() const {
  frame_.log.Write(LogLevel::kInfo, "snapshot_done", "every existing row was published",
                   {{"tables", static_cast<int64_t>(tables_.size())}});
}

std::vector<IncrementalProgress::Entry> CaptureSession::PagedTables() const {
  const auto& conditions = frame_.snapshot.conditions;
  std::vector<IncrementalProgress::Entry> paged;
  for (const postgres::CatalogueTable* table : tables_) {
    std::vector<std::string> key = postgres::PagingKey(*table);
    if (key.empty()) continue;
    const auto condition = conditions.find(table->schema + "." + table->name);
    paged.push_back({table->schema, table->name, std::move(key),
                     condition == conditions.end() ? "" : condition->second, true});
  }
  return paged;
}

std::vector<postgres::SnapshotTable> CaptureSession::SnapshotTables(
    const postgres::TableList& wanted) {
  const bool via_root = frame_.config.publish_via_partition_root;
  std::vector<postgres::SnapshotTable> result;
  const postgres::ShapeInputs inputs{frame_.database.database, frame_.filter, catalogue_.types(),
                                     false};
  for (const postgres::CatalogueTable* table : wanted) {
    if (table->partitioned && !via_root) continue;  // its partitions have its rows
    postgres::CatalogueTable now = *table;
    // Without defaults rows are told all the same; one that cannot be refined stays as it was
    // written.
    [[maybe_unused]] const Status known = catalogue_.ReadDefaults(now);
    Table shape = postgres::TableOf(now, inputs);
    [[maybe_unused]] const Status refined = catalogue_.RefineDefaults(shape, now.columns);
    postgres::SnapshotTable& planned = result.emplace_back();
    planned.table = &frame_.book.Keep(std::move(shape));
    for (const postgres::CatalogueTable& leaf : all_tables_) {
      const bool own = leaf.id == table->id || (via_root && leaf.root == table->id);
      if (own && !leaf.partitioned) planned.leaves.push_back(&leaf);
    }
  }
  return result;
}

void CaptureSession::RecordTables(const SnapshotRun& run) {
  auto& done = position_.snapshot_tables;
  const size_t before = done.size();
  for (const Table* table : run.acknowledged()) {
    std::string name = table->schema + "." + table->name;
    if (std::find(done.begin(), done.end(), name) == done.end()) done.push_back(std::move(name));
  }
  if (done.size() == before) return;
  const Failure failure = positions_->StoreAndWait(position_);
  if (failure.verdict.disposition == Disposition::kDone) return;
  // Nothing is lost by it: a crash would only have more read again.
  frame_.log.Write(LogLevel::kWarn, "snapshot_position", failure.detail);
}

CaptureSession::Ended CaptureSession::ReadRows(const postgres::CreatedSlot& slot,
                                               const postgres::TableList& wanted,
                                               std::vector<std::string>& left,
                                               const std::stop_token& stop) {
  if (!catalogue_.LearnTypes(postgres::TypesOf(all_tables_))) return FailedOn(connection_);
  const auto moment = connection_.Query(
      "SELECT (extract(epoch FROM now()) * 1000000)::int8, "
      "txid_snapshot_xmax(txid_current_snapshot())::int8",
      "asking for the database's time");
  if (!moment) return FailedOn(connection_);
  const auto tables = SnapshotTables(wanted);
  const auto chunks = postgres::PlanSnapshot(tables, frame_.snapshot, connection_.server_version());
  frame_.log.Write(LogLevel::kInfo, "snapshot_begins", "reading the rows that exist",
                   {{"tables", static_cast<int64_t>(tables.size())},
                    {"lsn", LsnText(slot.consistent_point)},
                    {"threads", frame_.config.snapshot_max_threads}});
  SnapshotRun run(
      {frame_.database, frame_.snapshot, frame_.kafka, frame_.publisher, frame_.encoder,
       frame_.writer, frame_.names, frame_.clock, frame_.kafka_log, frame_.relay.version_bias},
      {slot.snapshot, slot.consistent_point, moment->Number(0, 0),
       static_cast<uint32_t>(moment->Number(0, 1))},
      tables, chunks);
  CaptureStats stats;
  stats.epoch = position_.epoch;
  CaptureStats last;
  const telemetry::ProgressBar bar(frame_.clock.NowUs());
  Failure failure = run.Run(static_cast<int>(frame_.config.snapshot_max_threads), stop, stats,
                            [&](const CaptureStats& now) {
                              last = now;
                              frame_.observer.OnCaptureStats(now);
                              bar.Show(now, frame_.clock.NowUs());
                              RecordTables(run);
                            });
  if (failure.verdict.disposition != Disposition::kDone) return EndOf(std::move(failure));
  for (const Table* table : run.passed_over()) left.push_back(table->schema + "." + table->name);
  if (!left.empty()) return std::nullopt;
  frame_.log.Write(LogLevel::kInfo, "snapshot_read",
                   "the existing rows of these tables were published",
                   {{"tables", static_cast<int64_t>(tables.size())},
                    {"rows", static_cast<int64_t>(last.snapshot_rows)}});
  return std::nullopt;
}

}  // namespace sluice::service
