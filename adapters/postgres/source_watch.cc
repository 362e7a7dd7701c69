#include "adapters/postgres/source_watch.h"

#include <algorithm>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/lsn_text.h"
#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

using Weight = Finding::Weight;
using WalStatus = SourceWatch::WalStatus;

constexpr std::string_view kDoing = "looking after the slot and the publication";

constexpr std::string_view kEntries = R"(
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_publication_rel r ON r.prrelid = c.oid
  OR (c.relispartition AND r.prrelid IN
      (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)))
WHERE r.prpubid = $1::oid AND c.oid = ANY ($2::oid[]))";

/// PostgreSQL 15 or later; FALSE in place of the condition before.
constexpr std::string_view kEntryIsPartial = "r.prqual IS NOT NULL OR r.prattrs IS NOT NULL";
constexpr int kPartialVersion = 150'000;

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

Status ReadCoverage(Connection& connection, const WatchPlan& plan, WatchFacts& facts) {
  const std::string& name = plan.publication.name;
  auto state = DescribePublication(connection, name);
  if (!state) return state.error();
  facts.publication = *state;
  TableList tables;
  std::vector<uint32_t> ids;
  for (const CatalogueTable& table : facts.tables) {
    tables.push_back(&table);
    ids.push_back(table.id);
  }
  auto uncovered = Uncovered(connection, name, tables);
  if (!uncovered) return uncovered.error();
  for (const CatalogueTable* table : *uncovered) facts.uncovered.insert(table->id);

  auto number = connection.Query("SELECT oid FROM pg_catalog.pg_publication WHERE pubname = $1",
                                 kDoing, {&name, 1});
  if (!number) return number.error();
  if (number->empty()) return {};
  facts.publication_id = static_cast<uint32_t>(number->Number(0, 0));
  const std::string parameters[] = {std::to_string(facts.publication_id), NumberArray(ids)};
  const bool recent = connection.server_version() >= kPartialVersion;
  std::string sql = "SELECT c.oid, r.oid, ";
  sql += recent ? kEntryIsPartial : "FALSE";
  auto entries = connection.Query(sql.append(kEntries), kDoing, parameters);
  if (!entries) return entries.error();
  for (int row = 0; row < entries->size(); ++row) {
    const auto table = static_cast<uint32_t>(entries->Number(row, 0));
    facts.entries[table].insert(static_cast<uint32_t>(entries->Number(row, 1)));
    if (entries->Flag(row, 2)) facts.partial.insert(table);
  }
  return {};
}

std::string FullName(const CatalogueTable& table) {
  return table.schema + "." + table.name;
}

TableList ListOf(const std::vector<CatalogueTable>& tables) {
  TableList list;
  for (const CatalogueTable& table : tables) list.push_back(&table);
  return list;
}

std::string NamesOf(const TableList& tables) {
  std::string names;
  for (const CatalogueTable* table : tables) {
    names += (names.empty() ? "" : ", ") + QuoteName(table->schema, table->name);
  }
  return names;
}

/// Was it taken out between two looks, and put back? What changed meanwhile is missing.
bool WasAway(const WatchFacts& facts, const WatchMemory& memory, uint32_t table) {
  const auto before = memory.covered.find(table);
  if (before == memory.covered.end()) return false;
  if (memory.publication_id != facts.publication_id) return true;
  if (facts.uncovered.contains(table)) return true;
  if (before->second.empty()) return false;  // all tables, or a schema
  const auto now = facts.entries.find(table);
  // By a schema or all tables from now on: nobody takes the table out on that way.
  if (now == facts.entries.end()) return false;
  return std::none_of(now->second.begin(), now->second.end(),
                      [&](uint32_t entry) { return before->second.contains(entry); });
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

void JudgeCoverage(const WatchFacts& facts, const WatchPlan& plan, const WatchMemory& memory,
                   WatchVerdict& verdict) {
  TableList lost;
  TableList replaced;
  for (const CatalogueTable& table : facts.tables) {
    if (IsAnother(table, memory.names)) {
      replaced.push_back(&table);
    } else if (WasAway(facts, memory, table.id)) {
      lost.push_back(&table);
    } else if (facts.uncovered.contains(table.id)) {
      const std::string name = QuoteName(table.schema, table.name);
      verdict.findings.push_back(
          {Weight::kWarns, FailureReason::kNone,
           "the table " + name + " is new and not in the publication " + plan.publication.name +
               ": its changes are not captured",
           "ALTER PUBLICATION " + QuoteName(plan.publication.name) + " ADD TABLE " + name +
               ", and then read the rows that exist by a snapshot of it; or leave it out by "
               "table.exclude.list"});
    }
  }
  for (const CatalogueTable& table : facts.tables) {
    if (!facts.partial.contains(table.id)) continue;
    const std::string name = QuoteName(table.schema, table.name);
    verdict.findings.push_back(
        {Weight::kWarns, FailureReason::kNone,
         "the publication " + plan.publication.name + " has only some rows or columns of " + name +
             ": the others are not captured",
         "if that is not wanted: ALTER PUBLICATION " + QuoteName(plan.publication.name) +
             " DROP TABLE " + name + "; ALTER PUBLICATION " + QuoteName(plan.publication.name) +
             " ADD TABLE " + name + ", while the source is stopped, and a new snapshot"});
  }
  Failure failure = LostTables(plan.publication, facts.publication.has_value(), lost);
  if (failure.verdict.disposition == Disposition::kDone) {
    failure = ReplacedTables(plan.publication, replaced);
  }
  if (failure.verdict.disposition == Disposition::kDone && facts.publication) {
    const auto problems = PublicationProblems(plan.publication, facts.publication, {});
    if (!problems.empty()) {
      failure = {{Disposition::kHalt, FailureReason::kPublicationMissing, WriteResult::kCreated},
                 "",
                 problems.front().ToString() + "; what was changed meanwhile has to be read anew"};
    }
  }
  if (failure.verdict.disposition != Disposition::kDone) verdict.failure = std::move(failure);
  verdict.watch.tables_captured = facts.tables.size();
  verdict.watch.tables_published = facts.tables.size() - facts.uncovered.size();
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
    const bool asked_key = plan.filter.KeyOf(table.schema, table.name).has_value();
    for (Finding& finding : JudgeTable(table, asked_key)) {
      verdict.findings.push_back(std::move(finding));
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

Failure LostTables(const PublicationSettings& settings, bool exists, const TableList& lost) {
  if (lost.empty()) return {};
  const std::string publication = QuoteName(settings.name);
  const std::string names = NamesOf(lost);
  std::string text;
  if (exists) {
    text = "the publication " + settings.name + " was without " + names +
           ", which it had: changes of it are missing; ALTER PUBLICATION " + publication +
           " ADD TABLE " + names +
           " where it is not back yet, and then read its rows anew by a snapshot of it. To leave "
           "it out for good: table.exclude.list";
  } else {
    text = "the publication " + settings.name + " was dropped, which had " + names +
           ": changes are missing, and what was written meanwhile cannot be decoded; set slot.name "
           "to another name (a new slot starts with a snapshot, and a missing publication is "
           "created by publication.autocreate.mode=filtered or by CREATE PUBLICATION " +
           publication + " FOR TABLE " + names + ")";
  }
  return {{Disposition::kHalt, FailureReason::kPublicationMissing, WriteResult::kCreated},
          "",
          std::move(text)};
}

Failure ReplacedTables(const PublicationSettings& settings, const TableList& replaced) {
  if (replaced.empty()) return {};
  const std::string names = NamesOf(replaced);
  return {{Disposition::kHalt, FailureReason::kPublicationMissing, WriteResult::kCreated},
          "",
          "the captured table " + names +
              " is another one than before: it was dropped and created anew, or another was "
              "renamed to its name; the former rows' documents stay, and rows of the new one may "
              "be missing. To go on: ALTER PUBLICATION " +
              QuoteName(settings.name) + " ADD TABLE " + names +
              " where it is not in it yet, start again, and then `sluice verify --repair` finds "
              "and heals what differs. To begin anew: set slot.name to another name (a new slot "
              "starts with a snapshot), with an index of another name"};
}

bool IsAnother(const CatalogueTable& table, const TableNumbers& known) {
  const auto it = known.find(FullName(table));
  return it != known.end() && it->second != table.id;
}

std::vector<Finding> TakeGone(const TableList& tables, TableNumbers& known) {
  std::set<std::string> there;
  std::map<uint32_t, std::string> by_number;
  for (const CatalogueTable* table : tables) {
    there.insert(FullName(*table));
    by_number[table->id] = FullName(*table);
  }
  std::vector<Finding> findings;
  for (auto& [name, number] : known) {
    if (number == 0 || there.contains(name)) continue;
    const auto renamed = by_number.find(number);
    number = 0;
    const std::string what = renamed == by_number.end()
                                 ? " is there no more: it was dropped or renamed"
                                 : " was renamed to " + renamed->second +
                                       ": its changes come under that name, where it is captured";
    findings.push_back({Weight::kWarns, FailureReason::kNone, "the captured table " + name + what,
                        "its topic and its documents stay; delete them where nobody needs them"});
  }
  return findings;
}

Result<WatchFacts> ReadWatchFacts(Connection& connection, const WatchPlan& plan) {
  WatchFacts facts;
  auto slot = DescribeSlot(connection, plan.slot);
  if (!slot) return slot.error();
  facts.slot = std::move(*slot);
  if (Status status = ReadLog(connection, plan, facts); !status) return status.error();
  auto tables = Catalogue(connection).ReadTables();
  if (!tables) return tables.error();
  for (const CatalogueTable* table :
       CapturedTables(*tables, plan.filter, plan.publication.via_partition_root)) {
    facts.tables.push_back(*table);
  }
  if (Status status = ReadCoverage(connection, plan, facts); !status) return status.error();
  return facts;
}

WatchVerdict JudgeWatch(const WatchFacts& facts, const WatchPlan& plan, WatchMemory& memory) {
  WatchVerdict verdict;
  JudgeCoverage(facts, plan, memory, verdict);
  JudgeSlot(facts, plan, verdict);
  JudgeOthers(facts, plan, memory, verdict);

  std::vector<Finding> gone = TakeGone(ListOf(facts.tables), memory.names);
  verdict.findings.insert(verdict.findings.end(), gone.begin(), gone.end());
  memory.publication_id = facts.publication_id;
  memory.covered.clear();
  for (const CatalogueTable& table : facts.tables) {
    if (facts.uncovered.contains(table.id)) continue;
    memory.names[FullName(table)] = table.id;
    const auto entries = facts.entries.find(table.id);
    memory.covered[table.id] =
        entries == facts.entries.end() ? std::set<uint32_t>() : entries->second;
  }
  memory.idle_slots.clear();
  for (const IdleSlot& slot : facts.idle_slots) memory.idle_slots.insert(slot.name);
  return verdict;
}

}  // namespace sluice::postgres
