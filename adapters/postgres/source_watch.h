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
#include "adapters/postgres/slot.h"
#include "adapters/postgres/table_filter.h"
#include "core/model/outcome.h"
#include "core/model/result.h"
#include "core/model/source_watch.h"

namespace sluice::postgres {

/// Whose slot, which publication and which tables are looked at.
struct WatchPlan {
  const std::string& slot;
  const PublicationSettings& publication;
  const TableFilter& filter;
};

/// Captured tables, "schema.table" to its number in the database. 0: it is gone, and one that has
/// its name later is another one.
using TableNumbers = std::map<std::string, uint32_t>;

/// Another slot that nobody reads.
struct IdleSlot {
  std::string name;
  int64_t retained_bytes = 0;
};

/// What one look finds.
struct WatchFacts {
  std::optional<SlotState> slot;
  Lsn log_end;
  std::vector<IdleSlot> idle_slots;
  std::optional<PublicationState> publication;
  uint32_t publication_id = 0;
  std::vector<CatalogueTable> tables;  ///< Captured.
  std::set<uint32_t> uncovered;        ///< Numbers of those that the publication does not have.
  /// Table to the publication's entries by which it has it; none for all tables or a schema.
  std::map<uint32_t, std::set<uint32_t>> entries;
  std::set<uint32_t> partial;  ///< Tables of which only some rows or columns are published.
};

/// What earlier looks found.
struct WatchMemory {
  uint32_t publication_id = 0;
  std::map<uint32_t, std::set<uint32_t>> covered;  ///< As WatchFacts::entries, of covered tables.
  std::set<std::string> idle_slots;
  TableNumbers names;  ///< Tables that the publication had; begins with what is recorded.
};

/// What a look means.
struct WatchVerdict {
  Failure failure;  ///< kHalt: changes are lost already; else kDone.
  std::vector<Finding> findings;
  SourceWatch watch;  ///< Without the time and the heartbeat's counts.
};

/// On a plain connection: some short queries.
Result<WatchFacts> ReadWatchFacts(Connection& connection, const WatchPlan& plan);

/// Pure but for `memory`, which afterwards holds this look. A table that the publication had and
/// has no more, or not by the same entry, has lost changes: that halts, and so does another table
/// under the name of one that was captured. A table that it never had, or that is gone, is told of.
[[nodiscard]] WatchVerdict JudgeWatch(const WatchFacts& facts, const WatchPlan& plan,
                                      WatchMemory& memory);

/// The failure that tables of a source that goes on are not in the publication, although they
/// were; kDone for none.
[[nodiscard]] Failure LostTables(const PublicationSettings& settings, bool exists,
                                 const TableList& lost);

/// The failure that a name of a captured table is another table's now; kDone for none.
[[nodiscard]] Failure ReplacedTables(const PublicationSettings& settings,
                                     const TableList& replaced);
/// Is its name known as that of another table?
[[nodiscard]] bool IsAnother(const CatalogueTable& table, const TableNumbers& known);
/// Tables that were captured and are there no more, each told once; they become 0 in `known`.
[[nodiscard]] std::vector<Finding> TakeGone(const TableList& tables, TableNumbers& known);

[[nodiscard]] SourceWatch::WalStatus WalStatusOf(const SlotState& slot);

}  // namespace sluice::postgres
