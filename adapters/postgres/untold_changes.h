#pragma once

#include <vector>

#include "adapters/postgres/known_tables.h"
#include "adapters/postgres/server_checks.h"
#include "adapters/postgres/table_filter.h"
#include "core/model/outcome.h"

namespace sluice::postgres {

// What changes rows, or what they are told as, and is in no change of the log. Pure, all of it.

/// What of these tables is not as it was known: each a warning with its cure. `filter` says which
/// columns are told, and by which key.
[[nodiscard]] std::vector<Finding> UntoldChanges(const TableList& tables, const TableFilter& filter,
                                                 const KnownTables& known);

/// Partitions that came or went with their rows while nobody looked.
[[nodiscard]] std::vector<Finding> PartitionsSince(const TableList& tables,
                                                   const KnownTables& known);

/// The failure that a known table is not written to the log any more; kDone for none.
/// `unlogged`: all such tables that would be captured.
[[nodiscard]] Failure UnloggedTables(const TableList& unlogged, const KnownTables& known);

}  // namespace sluice::postgres
