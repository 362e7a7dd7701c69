#include "adapters/postgres/source_watch.h"

#include <algorithm>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/sql_text.h"
#include "adapters/postgres/untold_changes.h"
#include "core/model/lsn_text.h"

namespace sluice::postgres {
namespace {

using Weight = Finding::Weight;
using WalStatus = SourceWatch::WalStatus;

constexpr std::string_view kDoing = "looking after the slot";

constexpr std::string_view kIdleSlots = R"(
SELECT slot_name,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::int8
FROM pg_catalog.pg_replication_slots
WHERE NOT active AND NOT temporary AND restart_lsn IS NOT NULL AND slot_name <> $1
ORDER BY slot_name)";

std::string Size(int64_t bytes) {
  constexpr int64_t kMiB = 1 << 20;
  return std::to_string(bytes / kMiB) + " MiB";
}

Status ReadLog(Connection& connection, const WatchPlan& plan, WatchFacts& facts) {
  auto end = connection.Query("SELECT pg_catalog.pg_current_wal_lsn()", kDoing);
  if (!end) return end.error();
  facts.log_end = end->empty() ? Lsn() : ParseLsn(end->Text(0, 0)).value_or(Lsn());
  auto idle = connection.Query(std::string(kIdleSlots), kDoing, {&plan.slot, 1});
  if (!idle) return idle.error();
  for (int row = 0; row < idle->size(); ++row) {
    facts.idle_slots.push_back({idle->String(row, 0), idle->Number(row, 1)});
  }
  return {};
}

TableList ListOf(const std::vector<CatalogueTable>& tables) {
  TableList list;
  for (const CatalogueTable& table : tables) list.push_back(&table);
  return list;
}

void JudgeSlot(const WatchFacts& facts, const WatchPlan& plan, WatchVerdict& verdict) {
  if (!facts.slot) return;  // its stream says so, and a new start decides
  const SlotState& slot = *facts.slot;
  verdict.watch.wal_status = WalStatusOf(slot);
  verdict.watch.safe_wal_bytes = slot.safe_wal_size;
  verdict.watch.retained_wal_bytes =
      slot.restart.value == 0
          ? 0
          : static_cast<int64_t>(facts.log_end.value - std::min(slot.restart, facts.log_end).value);
  if (verdict.watch.wal_status == WalStatus::kLost) {
    if (auto failure = SlotFailure(slot, plan.slot, slot.database)) verdict.failure = *failure;
  }
  if (verdict.watch.wal_status != WalStatus::kUnreserved) return;
  verdict.watch.danger =
      "replication slot " + plan.slot + " is about to be lost: it needs " +
      Size(verdict.watch.retained_wal_bytes) +
      " of log, more than the server may keep (wal_status unreserved); before the next checkpoint: "
      "ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT pg_reload_conf(); then end what holds "
      "it back: long transactions (SELECT pid, xact_start FROM pg_stat_activity ORDER BY "
      "xact_start), or brokers that acknowledge nothing";
}

void TellPartial(const WatchFacts& facts, const WatchPlan& plan, WatchVerdict& verdict) {
  for (const CatalogueTable& table : facts.tables) {
    if (!facts.coverage.partial.contains(table.id)) continue;
    const std::string name = QuoteName(table.schema, table.name);
    verdict.findings.push_back(
        {Weight::kWarns, FailureReason::kNone,
         "the publication " + plan.publication.name + " has only some rows or columns of " + name +
             ": the others are not captured",
         "if that is not wanted: ALTER PUBLICATION " + QuoteName(plan.publication.name) +
             " DROP TABLE " + name + "; ALTER PUBLICATION " + QuoteName(plan.publication.name) +
             " ADD TABLE " + name +
             ", while the source is stopped, `sluice capture accept`, and a new snapshot"});
  }
}

void JudgeCoverage(const WatchFacts& facts, const WatchPlan& plan, const WatchMemory& memory,
                   WatchVerdict& verdict) {
  const Coverage& coverage = facts.coverage;
  TableList replaced;
  TableList others;
  for (const CatalogueTable& table : facts.tables) {
    (IsAnother(table, memory.tables) ? replaced : others).push_back(&table);
  }
  const TableList lost = TablesAway(others, coverage, memory.tables);
  TableList published;
  for (const CatalogueTable* table : others) {
    if (std::find(lost.begin(), lost.end(), table) != lost.end()) continue;
    if (!coverage.uncovered.contains(table->id)) {
      published.push_back(table);
      continue;
    }
    const std::string name = QuoteName(table->schema, table->name);
    verdict.findings.push_back({Weight::kWarns, FailureReason::kNone,
                                "the table " + name + " is new and not in the publication " +
                                    plan.publication.name + ": its changes are not captured",
                                "ALTER PUBLICATION " + QuoteName(plan.publication.name) +
                                    " ADD TABLE " + name +
                                    ", and then read the rows that exist by a snapshot of it; or "
                                    "take it out of table.include.list, "
                                    "or into table.exclude.list"});
  }
  for (Finding& finding : NewTables(published, memory.tables)) {
    verdict.findings.push_back(std::move(finding));
  }
  for (Finding& finding : UntoldChanges(published, plan.filter, memory.tables)) {
    verdict.findings.push_back(std::move(finding));
  }
  TellPartial(facts, plan, verdict);
  // Before what an alteration alone says: here it is known what it was.
  Failure failure = UnfitPublication(plan.publication, coverage);
  if (failure.verdict.disposition == Disposition::kDone) {
    failure = LostTables(plan.publication, coverage, memory.tables, lost);
  }
  if (failure.verdict.disposition == Disposition::kDone) {
    failure = ReplacedTables(plan.publication, replaced);
  }
  if (failure.verdict.disposition == Disposition::kDone) {
    failure = UnloggedTables(ListOf(facts.unlogged), memory.tables);
  }
  if (failure.verdict.disposition != Disposition::kDone) verdict.failure = std::move(failure);
  verdict.watch.tables_captured = facts.tables.size();
  verdict.watch.tables_published = facts.tables.size() - coverage.uncovered.size();
}

void JudgeOthers(const WatchFacts& facts, const WatchPlan& plan, const WatchMemory& memory,
                 WatchVerdict& verdict) {
  verdict.watch.idle_slots = facts.idle_slots.size();
  for (const IdleSlot& slot : facts.idle_slots) {
    if (!memory.idle_slots.contains(slot.name)) continue;  // its reader may just be coming back
    verdict.findings.push_back({Weight::kWarns, FailureReason::kNone,
                                "nobody reads the replication slot " + slot.name +
                                    ", and the server keeps all log since for it",
                                "start its reader, or SELECT pg_drop_replication_slot(" +
                                    QuoteText(slot.name) + ") if nobody needs it"});
  }
  for (const CatalogueTable& table : facts.tables) {
    const auto asked_key = plan.filter.KeyOf(table.schema, table.name);
    for (Finding& finding : JudgeTable(table, asked_key.has_value())) {
      verdict.findings.push_back(std::move(finding));
    }
    // A start would halt; of a table or leaf that came meanwhile it is told, and the first change
    // that does not tell its former key halts.
    for (Finding& gap : JudgeLoggedKey(table, facts.leaves, plan.filter, Weight::kWarns)) {
      verdict.findings.push_back(std::move(gap));
    }
  }
}

}  // namespace

WalStatus WalStatusOf(const SlotState& slot) {
  if (!slot.invalidation.empty()) return WalStatus::kLost;
  for (int i = 0; i < kWalStatuses; ++i) {
    const auto status = static_cast<WalStatus>(i);
    if (slot.wal_status == WalStatusName(status)) return status;
  }
  return WalStatus::kUnknown;
}

Result<WatchFacts> ReadWatchFacts(Connection& connection, const WatchPlan& plan) {
  WatchFacts facts;
  auto slot = DescribeSlot(connection, plan.slot);
  if (!slot) return slot.error();
  facts.slot = std::move(*slot);
  if (Status status = ReadLog(connection, plan, facts); !status) return status.error();
  Catalogue catalogue(connection);
  auto tables = catalogue.ReadTables();
  if (!tables) return tables.error();
  if (Status status = catalogue.ReadEnums(*tables); !status) return status.error();
  const TableList captured =
      CapturedTables(*tables, plan.filter, plan.publication.via_partition_root);
  for (const CatalogueTable* table : captured) facts.tables.push_back(*table);
  std::set<uint32_t> partitioned;
  for (const CatalogueTable& table : facts.tables) {
    if (table.partitioned) partitioned.insert(table.id);
  }
  for (const CatalogueTable& table : *tables) {
    if (!table.partitioned && partitioned.contains(table.root)) facts.leaves.push_back(table);
  }
  facts.partitions = PartitionsOf(*tables, captured);
  auto unlogged = catalogue.ReadUnlogged();
  if (!unlogged) return unlogged.error();
  for (const CatalogueTable* table :
       CapturedTables(*unlogged, plan.filter, plan.publication.via_partition_root)) {
    facts.unlogged.push_back(*table);
  }
  auto coverage = ReadCoverage(connection, plan.publication.name, ListOf(facts.tables));
  if (!coverage) return coverage.error();
  facts.coverage = std::move(*coverage);
  return facts;
}

WatchVerdict JudgeWatch(const WatchFacts& facts, const WatchPlan& plan, WatchMemory& memory) {
  WatchVerdict verdict;
  JudgeCoverage(facts, plan, memory, verdict);
  JudgeSlot(facts, plan, verdict);
  JudgeOthers(facts, plan, memory, verdict);

  const TableList tables = ListOf(facts.tables);
  const bool first = memory.partitions.tables.empty();
  for (Finding& finding : first ? PartitionsSince(tables, memory.tables)
                                : JudgePartitions(memory.partitions, facts.partitions)) {
    verdict.findings.push_back(std::move(finding));
  }
  // Before what is gone is forgotten: a table that was renamed is known by its number.
  Remember(tables, facts.coverage, plan.filter, memory.tables);
  TableList there = tables;
  for (const CatalogueTable& table : facts.unlogged) there.push_back(&table);
  for (Finding& finding : TakeGone(there, memory.tables)) {
    verdict.findings.push_back(std::move(finding));
  }
  memory.partitions = facts.partitions;
  memory.idle_slots.clear();
  for (const IdleSlot& slot : facts.idle_slots) memory.idle_slots.insert(slot.name);
  return verdict;
}

}  // namespace sluice::postgres
