#include "adapters/postgres/untold_changes.h"

#include <algorithm>
#include <array>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

using Weight = Finding::Weight;

Finding Warning(std::string what, std::string cure) {
  return {Weight::kWarns, FailureReason::kNone, std::move(what), std::move(cure), true};
}

/// All rows told again, or those that differ.
std::string ReadAgain(const std::string& table) {
  return "`sluice capture signal execute-snapshot " + table + "`, or `sluice verify --repair`";
}

void AddTo(std::string& sentence, const std::string& piece) {
  sentence += (sentence.empty() ? "" : ", ") + piece;
}

/// The former name of the column that now has this one; null: it had this one, or none.
const std::string* FormerName(const TableMark& before, const CatalogueColumn& column) {
  const auto it =
      std::find_if(before.columns.begin(), before.columns.end(),
                   [&](const auto& former) { return former.second.number == column.number; });
  return it == before.columns.end() || it->first == column.name ? nullptr : &it->first;
}

/// Whether a type's modifier says how values are told, not only how long they may be: of numeric,
/// of times and intervals, and of arrays of them.
bool ModifierTells(uint32_t type) {
  constexpr std::array<uint32_t, 12> kTold = {1700, 1083, 1266, 1114, 1184, 1186,
                                              1231, 1183, 1270, 1115, 1185, 1187};
  return std::find(kTold.begin(), kTold.end(), type) != kTold.end();
}

/// Whether values of the column, which has its name still, are told in another form.
bool IsToldOtherwise(const ColumnMark& before, const CatalogueColumn& now) {
  if (before.type != now.type) return true;
  return ModifierTells(now.type) && before.modifier != ColumnMark::kUnknown &&
         before.modifier != now.modifier;
}

/// One sentence of all columns that rows have gained, lost, or have in another form.
void TellColumns(const CatalogueTable& table, const TableFilter& filter, const TableMark& before,
                 std::vector<Finding>& findings) {
  std::string changes;
  for (const CatalogueColumn& column : table.columns) {
    if (!filter.TakesColumn(table.schema, table.name, column.name)) continue;
    const auto same = before.columns.find(column.name);
    if (const std::string* former = FormerName(before, column)) {
      AddTo(changes, *former + " was renamed to " + column.name);
    } else if (same == before.columns.end() || same->second.number != column.number) {
      // Computed columns are not sent.
      if (!column.generated) AddTo(changes, column.name + " was added");
    } else if (IsToldOtherwise(same->second, column)) {
      AddTo(changes, "the type of " + column.name + " changed");
    } else if (same->second.generated && !column.generated) {
      AddTo(changes, column.name + " is computed no more, and is told from now on");
    }
  }
  for (const auto& [name, former] : before.columns) {
    if (!filter.TakesColumn(table.schema, table.name, name)) continue;
    const bool there = std::any_of(
        table.columns.begin(), table.columns.end(),
        [&, number = former.number](const auto& column) { return column.number == number; });
    if (!there) AddTo(changes, name + " was dropped");
  }
  if (changes.empty()) return;
  findings.push_back(Warning("columns of " + FullName(table) + " are not as they were (" + changes +
                                 "): no change tells that of the rows that are there, and their "
                                 "documents are as before until the rows are written again",
                             ReadAgain(FullName(table))));
}

void TellKey(const CatalogueTable& table, const TableFilter& filter, const TableMark& before,
             std::vector<Finding>& findings) {
  const std::vector<std::string> now = KeyNames(table, filter);
  if (now != before.key) {
    Error change = KeyChange(FullName(table), before.key, now);
    findings.push_back(Warning(std::move(change.what), std::move(change.cure)));
    return;
  }
  std::string others;
  for (const CatalogueColumn& column : table.columns) {
    if (std::find(now.begin(), now.end(), column.name) == now.end()) continue;
    const auto same = before.columns.find(column.name);
    if (same != before.columns.end() && IsToldOtherwise(same->second, column)) {
      AddTo(others, column.name);
    }
  }
  if (others.empty()) return;
  findings.push_back(Warning(
      "keys of " + FullName(table) + " may be told in another form, for the type of " + others +
          " changed: documents under the former keys stay and are not written any "
          "more",
      "run `sluice verify --repair` once: reading rows anew does not remove the former "
      "documents"));
}

void TellFiles(const CatalogueTable& table, const TableMark& before,
               std::vector<Finding>& findings) {
  for (const auto& [id, file] : table.files) {
    const auto former = before.files.find(id);
    if (former == before.files.end()) continue;
    const bool partition = table.partitioned;
    if (partition && !former->second.attached_by.empty() &&
        former->second.attached_by != file.attached_by) {
      findings.push_back(Warning("the partition " + file.table + " of " + FullName(table) +
                                     " was detached and attached again: what was changed in it "
                                     "meanwhile is told by nothing",
                                 "run `sluice verify --repair` once, if it was changed"));
    }
    if (former->second.number == file.number) continue;
    findings.push_back(Warning(
        "the rows of " + file.table +
            (partition ? ", a partition of " + FullName(table) + "," : "") +
            " were written anew: VACUUM FULL and CLUSTER do no harm" +
            (partition ? "; but a TRUNCATE of a partition is told by no change"
                       : ", nor does a TRUNCATE that is told (skipped.operations has no t)") +
            "; what ALTER TABLE changes in rows is not told, nor what was changed while the table "
            "was UNLOGGED",
        "unless it was one of the harmless: `sluice verify --repair`"));
  }
}

void TellLabels(const CatalogueTable& table, const TableMark& before,
                std::vector<Finding>& findings) {
  for (const auto& [id, labels] : before.labels) {
    const auto now = table.enums.find(id);
    if (now == table.enums.end() || MarkOf(now->second, labels.last) == labels) continue;
    findings.push_back(
        Warning("a label of the enum " + now->second.name + " of " + FullName(table) +
                    " was renamed: rows that hold it are changed by that and no change is told, so "
                    "that their documents keep the former label",
                ReadAgain(FullName(table))));
  }
}

/// What is known of the table itself, whatever has its name; null: nothing.
const TableMark* MarkBefore(const CatalogueTable& table, const KnownTables& known) {
  const auto it = known.find(FullName(table));
  return it == known.end() || it->second.id != table.id ? nullptr : &it->second.mark;
}

}  // namespace

std::vector<Finding> UntoldChanges(const TableList& tables, const TableFilter& filter,
                                   const KnownTables& known) {
  std::vector<Finding> findings;
  for (const CatalogueTable* table : tables) {
    const TableMark* before = MarkBefore(*table, known);
    if (before == nullptr) continue;
    TellLabels(*table, *before, findings);
    if (before->columns.empty()) continue;
    TellColumns(*table, filter, *before, findings);
    TellKey(*table, filter, *before, findings);
    TellFiles(*table, *before, findings);
  }
  return findings;
}

std::vector<Finding> PartitionsSince(const TableList& tables, const KnownTables& known) {
  std::vector<Finding> findings;
  for (const CatalogueTable* table : tables) {
    const TableMark* before = MarkBefore(*table, known);
    if (before == nullptr || before->columns.empty() || !table->partitioned) continue;
    const auto gone =
        std::count_if(before->files.begin(), before->files.end(),
                      [&](const auto& file) { return !table->files.contains(file.first); });
    if (gone > 0) {
      findings.push_back(
          Warning(std::to_string(gone) + " partitions of " + FullName(*table) +
                      " were dropped or detached: nothing tells that their rows are gone from "
                      "there, and their documents stay",
                  "run `sluice verify --repair` once, if they held rows"));
    }
    std::string attached;
    for (const auto& [id, file] : table->files) {
      if (!before->files.contains(id) && !file.made_attached) AddTo(attached, file.table);
    }
    if (attached.empty()) continue;
    findings.push_back(Warning(
        "attached to " + FullName(*table) + " since: " + attached +
            "; nothing tells the rows that were in it before",
        "if there were any: run `sluice verify --repair` once, or read them by a snapshot of " +
            FullName(*table)));
  }
  return findings;
}

Failure UnloggedTables(const TableList& unlogged, const KnownTables& known) {
  std::string names;
  std::string statements;
  for (const CatalogueTable* table : unlogged) {
    const bool captured = std::any_of(known.begin(), known.end(),
                                      [&](const auto& one) { return one.second.id == table->id; });
    if (!captured) continue;
    AddTo(names, FullName(*table));
    statements += "ALTER TABLE " + QuoteName(table->schema, table->name) + " SET LOGGED; ";
  }
  if (names.empty()) return {};
  return {{Disposition::kHalt, FailureReason::kPublicationMissing, WriteResult::kCreated},
          "",
          "the captured table " + names +
              " was set UNLOGGED: its changes are not in the log. To go on: " + statements +
              "start again, and then `sluice verify --repair` heals what was missed. To leave it "
              "out for good: take it out of table.include.list, or into table.exclude.list"};
}

}  // namespace sluice::postgres
