#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/known_tables.h"
#include "adapters/postgres/partition_watch.h"
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
  std::vector<CatalogueTable> tables;       ///< Captured.
  std::vector<CatalogueTable> leaves = {};  ///< Of captured tables that are partitioned.
  /// That would be captured, and are not written to the log.
  std::vector<CatalogueTable> unlogged = {};
  Coverage coverage;
  Partitions partitions;
};

/// What earlier looks found.
struct WatchMemory {
  KnownTables tables;  ///< Begins with what the start found.
  std::set<std::string> idle_slots;
  Partitions partitions;
};

/// What a look means.
struct WatchVerdict {
  Failure failure;  ///< kHalt: changes are lost already; else kDone.
  std::vector<Finding> findings;
  SourceWatch watch;  ///< Without the time and the heartbeat's counts.
};

/// On a plain connection: some short queries.
Result<WatchFacts> ReadWatchFacts(Connection& connection, const WatchPlan& plan);

/// Pure but for `memory`, which afterwards holds this look, and of tables that were away what was
/// known before. A table that the publication had and has no more, or not by the same entry, has
/// lost changes: that halts, and so does another table under the name of one that was captured. A
/// table that it never had, has for the first time, or that is gone, is told of; so is a partition
/// that came or went with its rows.
[[nodiscard]] WatchVerdict JudgeWatch(const WatchFacts& facts, const WatchPlan& plan,
                                      WatchMemory& memory);

[[nodiscard]] SourceWatch::WalStatus WalStatusOf(const SlotState& slot);

}  // namespace sluice::postgres
