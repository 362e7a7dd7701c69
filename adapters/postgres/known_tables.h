#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/server_checks.h"
#include "adapters/postgres/table_filter.h"
#include "adapters/postgres/table_mark.h"
#include "core/model/outcome.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// Where a table stands, and since when: a table that was renamed, moved to another schema or
/// detached, and is back, was somebody else in between.
struct TablePlace {
  std::string name;         ///< "schema.table"
  uint32_t written_by = 0;  ///< The transaction that wrote its name and schema; 0: not known.
  uint32_t owner = 0;       ///< Whose change writes that too.
  /// As in RowFile, where the publication has it by a table above it.
  std::string attached_by = {};

  bool operator==(const TablePlace&) const = default;
};

/// By what a publication has a table. All numbers are the database's.
struct Membership {
  uint32_t publication = 0;
  /// The publication's entries for the table and those above it; none: all tables, or a schema.
  std::set<uint32_t> entries;
  /// The same for their schemas; no set: it is not known.
  std::optional<std::set<uint32_t>> schemas = std::nullopt;
  /// As of which alteration of the publication itself: the transaction that wrote its row, and its
  /// owner. 0: not known.
  uint32_t written_by = 0;
  uint32_t owner = 0;
  TablePlace place = {};

  bool operator==(const Membership&) const = default;
};

/// A table that the publication had.
struct KnownTable {
  uint32_t id = 0;                ///< 0: it is gone, and one that has its name later is another.
  std::optional<Membership> had;  ///< None: it is not known by what.
  TableMark mark = {};

  bool operator==(const KnownTable&) const = default;
};

/// Captured tables as earlier looks found them, by "schema.table".
using KnownTables = std::map<std::string, KnownTable>;

/// What the publication has of the captured tables now.
struct Coverage {
  std::optional<PublicationState> publication;
  uint32_t publication_id = 0;   ///< 0: there is none.
  std::set<uint32_t> uncovered;  ///< Numbers of tables that it does not have.
  uint32_t written_by = 0;       ///< As in Membership.
  uint32_t owner = 0;
  std::map<uint32_t, std::set<uint32_t>> entries;  ///< As in Membership, by table.
  std::map<uint32_t, std::set<uint32_t>> schemas;
  std::map<uint32_t, TablePlace> places;
  std::set<uint32_t> partial;  ///< Tables of which only some rows or columns are published.

  /// None: the publication does not have it.
  [[nodiscard]] std::optional<Membership> Of(uint32_t table) const;
};

/// On a plain connection: some short queries.
Result<Coverage> ReadCoverage(Connection& connection, const std::string& publication,
                              const TableList& tables);

/// "schema.table", as in KnownTables.
[[nodiscard]] std::string FullName(const CatalogueTable& table);

/// Was a known table, or one of its operations, out of the publication since? It has it no more, or
/// not by the same entry: whoever takes a table or a schema out and puts it back makes another one.
/// Whoever takes an operation out and puts it back writes the publication's row anew; so does a
/// change of its owner, which is let pass. What is not known is not judged.
[[nodiscard]] bool WasAway(const KnownTable& known, const std::optional<Membership>& now);

/// Whether that is because it stood under another name, or in another table, for a while.
[[nodiscard]] bool WasElsewhere(const Membership& had, const Membership& now);

/// Whether that is because the publication itself was altered.
[[nodiscard]] bool WasAltered(const Membership& had, const Membership& now);

/// Those of `tables` that WasAway(). Known by their numbers, whatever they are called now.
[[nodiscard]] TableList TablesAway(const TableList& tables, const Coverage& coverage,
                                   const KnownTables& known);

/// Is its name known as that of another table?
[[nodiscard]] bool IsAnother(const CatalogueTable& table, const KnownTables& known);

/// Takes this look over into `known`. A table that was away stays as it was known, so that every
/// later look finds it too, until an operator accepts it.
void Remember(const TableList& tables, const Coverage& coverage, const TableFilter& filter,
              KnownTables& known);

/// Tables that were captured and are there no more, each told once; they become 0 in `known`.
[[nodiscard]] std::vector<Finding> TakeGone(const TableList& tables, KnownTables& known);

/// Tables of the publication that are captured for the first time: the rows that they hold already
/// are not read by themselves, and of one that has a former one's name, the former's documents
/// stay. Nothing captured is known: none.
[[nodiscard]] std::vector<Finding> NewTables(const TableList& tables, const KnownTables& known);

/// The failure that tables have been out of the publication, with the choices; kDone for none.
[[nodiscard]] Failure LostTables(const PublicationSettings& settings, const Coverage& coverage,
                                 const KnownTables& known, const TableList& lost);

/// The failure that the publication, which had tables, is not as the settings need it; kDone: it
/// is, or there is none.
[[nodiscard]] Failure UnfitPublication(const PublicationSettings& settings,
                                       const Coverage& coverage);

/// The failure that a name of a captured table is another table's now; kDone for none.
[[nodiscard]] Failure ReplacedTables(const PublicationSettings& settings,
                                     const TableList& replaced);

}  // namespace sluice::postgres
