#include "adapters/postgres/known_tables.h"

#include <algorithm>
#include <cctype>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

using Weight = Finding::Weight;

constexpr std::string_view kDoing = "looking after the publication";

constexpr std::string_view kEntries = R"(
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_publication_rel r ON r.prrelid = c.oid
  OR (c.relispartition AND r.prrelid IN
      (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)))
WHERE r.prpubid = $1::oid AND c.oid = ANY ($2::oid[]))";

/// PostgreSQL 15 or later.
constexpr std::string_view kSchemas = R"(
SELECT c.oid, s.oid
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_class above ON above.oid = c.oid
  OR (c.relispartition AND above.oid IN
      (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)))
JOIN pg_catalog.pg_publication_namespace s ON s.pnnspid = above.relnamespace
WHERE s.pnpubid = $1::oid AND c.oid = ANY ($2::oid[]))";

/// PostgreSQL 15 or later; FALSE in place of the condition before.
constexpr std::string_view kEntryIsPartial = "r.prqual IS NOT NULL OR r.prattrs IS NOT NULL";
constexpr int kPartialVersion = 150'000;

/// The row type has the table's name and schema, and is written when they change, or the owner.
constexpr std::string_view kPlaces = R"(
SELECT c.oid, n.nspname || '.' || c.relname, t.xmin, c.relowner,
       (SELECT pg_catalog.string_agg(i.xmin::text, ' ' ORDER BY i.inhrelid)
        FROM pg_catalog.pg_partition_ancestors(c.oid) p
        JOIN pg_catalog.pg_inherits i ON i.inhrelid = p.relid
        WHERE c.relispartition)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = c.reltype
WHERE c.oid = ANY ($1::oid[]))";

/// How often the publication is read until it stays as it is meanwhile.
constexpr int kReadingsMax = 5;

/// `own`: tables that the publication has by themselves, wherever they are attached.
Status ReadPlaces(Connection& connection, const std::string& numbers, const std::set<uint32_t>& own,
                  Coverage& coverage) {
  auto places = connection.Query(std::string(kPlaces), kDoing, {&numbers, 1});
  if (!places) return places.error();
  for (int row = 0; row < places->size(); ++row) {
    const auto table = static_cast<uint32_t>(places->Number(row, 0));
    // By all tables or a schema it is published wherever it is attached, too.
    const bool by_parent = coverage.entries.contains(table) && !own.contains(table);
    coverage.places[table] = {places->String(row, 1), static_cast<uint32_t>(places->Number(row, 2)),
                              static_cast<uint32_t>(places->Number(row, 3)),
                              by_parent ? places->String(row, 4) : std::string()};
  }
  return {};
}

/// Only the publication's number and alteration, its entries, and which of them are partial.
Result<Coverage> ReadEntries(Connection& connection, const std::string& publication,
                             const std::vector<uint32_t>& ids) {
  Coverage coverage;
  auto number = connection.Query(
      "SELECT oid, xmin, pubowner FROM pg_catalog.pg_publication WHERE pubname = $1", kDoing,
      {&publication, 1});
  if (!number) return number.error();
  if (number->empty()) return coverage;
  coverage.publication_id = static_cast<uint32_t>(number->Number(0, 0));
  coverage.written_by = static_cast<uint32_t>(number->Number(0, 1));
  coverage.owner = static_cast<uint32_t>(number->Number(0, 2));
  const std::string parameters[] = {std::to_string(coverage.publication_id), NumberArray(ids)};
  const bool recent = connection.server_version() >= kPartialVersion;
  std::string sql = "SELECT c.oid, r.oid, r.prrelid = c.oid, ";
  sql += recent ? kEntryIsPartial : "FALSE";
  auto entries = connection.Query(sql.append(kEntries), kDoing, parameters);
  std::set<uint32_t> own;  // with an entry of their own
  if (!entries) return entries.error();
  for (int row = 0; row < entries->size(); ++row) {
    const auto table = static_cast<uint32_t>(entries->Number(row, 0));
    coverage.entries[table].insert(static_cast<uint32_t>(entries->Number(row, 1)));
    if (entries->Flag(row, 2)) own.insert(table);
    if (entries->Flag(row, 3)) coverage.partial.insert(table);
  }
  if (Status status = ReadPlaces(connection, parameters[1], own, coverage); !status) {
    return status.error();
  }
  if (!recent) return coverage;
  auto schemas = connection.Query(std::string(kSchemas), kDoing, parameters);
  if (!schemas) return schemas.error();
  for (int row = 0; row < schemas->size(); ++row) {
    coverage.schemas[static_cast<uint32_t>(schemas->Number(row, 0))].insert(
        static_cast<uint32_t>(schemas->Number(row, 1)));
  }
  return coverage;
}

/// Known tables that are there, by number.
using ByNumber = std::map<uint32_t, const KnownTable*>;

ByNumber NumbersOf(const KnownTables& known) {
  ByNumber numbers;
  for (const auto& [name, table] : known) {
    if (table.id != 0) numbers[table.id] = &table;
  }
  return numbers;
}

bool IsAway(const CatalogueTable& table, const Coverage& coverage, const ByNumber& numbers) {
  const auto it = numbers.find(table.id);
  return it != numbers.end() && WasAway(*it->second, coverage.Of(table.id));
}

bool Meet(const std::set<uint32_t>& a, const std::set<uint32_t>& b) {
  return std::any_of(a.begin(), a.end(), [&](uint32_t one) { return b.contains(one); });
}

std::string NamesOf(const TableList& tables) {
  std::string names;
  for (const CatalogueTable* table : tables) {
    names += (names.empty() ? "" : ", ") + QuoteName(table->schema, table->name);
  }
  return names;
}

/// As arguments for a shell.
std::string ArgumentsOf(const TableList& tables) {
  std::string words;
  for (const CatalogueTable* table : tables) {
    const std::string name = FullName(*table);
    const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '.';
    });
    words += plain ? name : "'";
    for (const char c : plain ? std::string() : name) {
      words += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    words += plain ? " " : "' ";
  }
  return words;
}

Failure Halt(std::string text) {
  return {{Disposition::kHalt, FailureReason::kPublicationMissing, WriteResult::kCreated},
          "",
          std::move(text)};
}

}  // namespace

std::optional<Membership> Coverage::Of(uint32_t table) const {
  if (uncovered.contains(table)) return std::nullopt;
  Membership membership;
  membership.publication = publication_id;
  const auto it = entries.find(table);
  if (it != entries.end()) membership.entries = it->second;
  const auto by_schema = schemas.find(table);
  membership.schemas = by_schema == schemas.end() ? std::set<uint32_t>() : by_schema->second;
  membership.written_by = written_by;
  membership.owner = owner;
  if (const auto place = places.find(table); place != places.end()) {
    membership.place = place->second;
  }
  return membership;
}

Result<Coverage> ReadCoverage(Connection& connection, const std::string& publication,
                              const TableList& tables) {
  std::vector<uint32_t> ids;
  for (const CatalogueTable* table : tables) ids.push_back(table->id);
  // Each query sees the catalogue as of its own time: a table that is taken out between two of them
  // would look as if it were published with its schema.
  for (int left = kReadingsMax; true; --left) {
    const auto before = ReadEntries(connection, publication, ids);
    if (!before) return before.error();
    auto state = DescribePublication(connection, publication);
    if (!state) return state.error();
    auto uncovered = Uncovered(connection, publication, tables);
    if (!uncovered) return uncovered.error();
    auto coverage = ReadEntries(connection, publication, ids);
    if (!coverage) return coverage.error();
    const bool same = before->publication_id == coverage->publication_id &&
                      before->written_by == coverage->written_by &&
                      before->entries == coverage->entries && before->schemas == coverage->schemas;
    if (!same && left > 1) continue;
    coverage->publication = *state;
    for (const CatalogueTable* table : *uncovered) coverage->uncovered.insert(table->id);
    return coverage;
  }
}

std::string FullName(const CatalogueTable& table) {
  return table.schema + "." + table.name;
}

bool WasElsewhere(const Membership& had, const Membership& now) {
  const TablePlace& before = had.place;
  const TablePlace& place = now.place;
  if (before.written_by == 0 || before.name != place.name || before.owner != place.owner) {
    return false;
  }
  const bool attached_again = !before.attached_by.empty() && !place.attached_by.empty() &&
                              before.attached_by != place.attached_by;
  return before.written_by != place.written_by || attached_again;
}

bool WasAltered(const Membership& had, const Membership& now) {
  return had.written_by != 0 && had.written_by != now.written_by && had.owner == now.owner;
}

bool WasAway(const KnownTable& known, const std::optional<Membership>& now) {
  if (!now) return true;
  if (!known.had) return false;
  const Membership& had = *known.had;
  if (had.publication != now->publication || WasAltered(had, *now)) return true;
  if (WasElsewhere(had, *now)) return true;
  const std::set<uint32_t> none;
  const std::set<uint32_t>& schemas = now->schemas ? *now->schemas : none;
  if (Meet(had.entries, now->entries) || (had.schemas && Meet(*had.schemas, schemas))) return false;
  // By all tables, then or now: nobody takes a table out of that.
  const bool by_schema = had.schemas && !had.schemas->empty();
  if ((had.entries.empty() && !by_schema) || (now->entries.empty() && schemas.empty())) {
    return false;
  }
  // By a schema now: it may have been before, where that was not recorded.
  return had.schemas.has_value() || !now->entries.empty();
}

TableList TablesAway(const TableList& tables, const Coverage& coverage, const KnownTables& known) {
  const ByNumber numbers = NumbersOf(known);
  TableList away;
  for (const CatalogueTable* table : tables) {
    if (IsAway(*table, coverage, numbers)) away.push_back(table);
  }
  return away;
}

bool IsAnother(const CatalogueTable& table, const KnownTables& known) {
  const auto it = known.find(FullName(table));
  return it != known.end() && it->second.id != table.id;
}

void Remember(const TableList& tables, const Coverage& coverage, const TableFilter& filter,
              KnownTables& known) {
  const KnownTables former = known;
  const ByNumber numbers = NumbersOf(former);
  for (const CatalogueTable* table : tables) {
    if (IsAway(*table, coverage, numbers)) {
      known[FullName(*table)] = *numbers.at(table->id);
    } else if (const auto now = coverage.Of(table->id)) {
      const auto was = numbers.find(table->id);
      const TableMark before = was == numbers.end() ? TableMark() : was->second->mark;
      known[FullName(*table)] = {table->id, now, MarkOf(*table, filter, before)};
    }
  }
}

std::vector<Finding> TakeGone(const TableList& tables, KnownTables& known) {
  std::set<std::string> there;
  std::map<uint32_t, std::string> by_number;
  for (const CatalogueTable* table : tables) {
    there.insert(FullName(*table));
    by_number[table->id] = FullName(*table);
  }
  std::vector<Finding> findings;
  for (auto& [name, entry] : known) {
    if (entry.id == 0 || there.contains(name)) continue;
    const auto renamed = by_number.find(entry.id);
    entry = {};
    const std::string what = renamed == by_number.end()
                                 ? " is there no more: it was dropped or renamed"
                                 : " was renamed to " + renamed->second +
                                       ": its changes come under that name, where it is captured "
                                       "(after ALTER SCHEMA … RENAME only when the source was "
                                       "started again: do that, and then `sluice verify --repair`)";
    findings.push_back({Weight::kWarns, FailureReason::kNone, "the captured table " + name + what,
                        "its topic and its documents stay; delete them where nobody needs them",
                        true});
  }
  return findings;
}

std::vector<Finding> NewTables(const TableList& tables, const KnownTables& known) {
  std::vector<Finding> findings;
  for (const CatalogueTable* table : tables) {
    if (IsAnother(*table, known)) {
      findings.push_back(
          {Weight::kWarns, FailureReason::kNone,
           "the table " + FullName(*table) +
               " is another one than before and captured from now on: documents of the former "
               "one's rows stay, and rows that it got before the publication had it are missing",
           "run `sluice verify --repair` once", true});
    } else if (!known.empty() && !known.contains(FullName(*table))) {
      findings.push_back({Weight::kWarns, FailureReason::kNone,
                          "the table " + FullName(*table) +
                              " is captured from now on, without the rows that it holds already",
                          "read them by a snapshot of it, if there are any", true});
    }
  }
  return findings;
}

Failure LostTables(const PublicationSettings& settings, const Coverage& coverage,
                   const KnownTables& known, const TableList& lost) {
  if (lost.empty()) return {};
  const std::string publication = QuoteName(settings.name);
  const std::string names = NamesOf(lost);
  if (!coverage.publication) {
    return Halt("there is no publication " + settings.name + ", and " + names +
                " was captured by one: if another name was written in publication.name, set the "
                "former one. If it was dropped, changes are missing, and what was written "
                "meanwhile cannot be decoded: set slot.name to another name (a new slot starts "
                "with a snapshot, and a missing "
                "publication is created by publication.autocreate.mode=filtered or by CREATE "
                "PUBLICATION " +
                publication + " FOR TABLE " + names + ")");
  }
  const TableList out = Those(lost, coverage.uncovered);
  const ByNumber numbers = NumbersOf(known);
  // By what they were away.
  const auto any = [&](const auto& holds) {
    return std::any_of(lost.begin(), lost.end(), [&](const CatalogueTable* table) {
      const auto& had = numbers.at(table->id)->had;
      const auto now = coverage.Of(table->id);
      return had && now && holds(*had, *now);
    });
  };
  const bool made_anew = any([](const Membership& had, const Membership& now) {
    return had.publication != now.publication;
  });
  std::string text = "the publication " + settings.name;
  if (made_anew) {
    text += " was dropped and created anew, and had " + names + ": changes of it are missing";
  } else if (any(WasAltered)) {
    text +=
        " was altered (ALTER PUBLICATION … SET): where an operation was left out for a while, its "
        "changes of " +
        names + " are missing";
  } else if (any(WasElsewhere)) {
    text = names +
           " had another name or schema, or was detached, for a while and is back: changes of it "
           "are missing, and those of a table that had its name meanwhile may be among its own";
  } else {
    text += " was without " + names + ", which it had: changes of it are missing";
  }
  text += ". To go on: ";
  if (!out.empty())
    text += "ALTER PUBLICATION " + publication + " ADD TABLE " + NamesOf(out) + "; ";
  text += "`sluice capture accept " + ArgumentsOf(lost) +
          "-c FILE`, start again, and then `sluice verify --repair` heals what was missed";
  if (made_anew) text += " (what was written while there was none cannot be decoded, and halts)";
  return Halt(text +
              ". To read all rows anew: set slot.name to another name (a new slot starts with a "
              "snapshot). To leave it out for good: take it out of table.include.list, or into "
              "table.exclude.list");
}

Failure UnfitPublication(const PublicationSettings& settings, const Coverage& coverage) {
  if (!coverage.publication) return {};
  const auto problems = PublicationProblems(settings, coverage.publication, {});
  if (problems.empty()) return {};
  return Halt(problems.front().ToString() +
              "; then `sluice capture accept --all -c FILE`, start again, and `sluice verify "
              "--repair` heals what was missed meanwhile");
}

Failure ReplacedTables(const PublicationSettings& settings, const TableList& replaced) {
  if (replaced.empty()) return {};
  const std::string names = NamesOf(replaced);
  return Halt("the captured table " + names +
              " is another one than before: it was dropped and created anew, or another was "
              "renamed to its name; the former rows' documents stay, and rows of the new one may "
              "be missing. To go on: ALTER PUBLICATION " +
              QuoteName(settings.name) + " ADD TABLE " + names +
              " where it is not in it yet, start again, and then `sluice verify --repair` finds "
              "and heals what differs. To begin anew: set slot.name to another name (a new slot "
              "starts with a snapshot), with an index of another name");
}

}  // namespace sluice::postgres
