#pragma once

#include <string>
#include <string_view>

#include "core/model/result.h"

namespace sluice::config {

/// The condition of `SELECT * FROM table WHERE condition ORDER BY …`, as SQL; empty: all rows. The
/// order is dropped: rows of a table are read in pieces, each in the order of its place on disk.
///
/// `table` is schema.table as the catalogue spells it; the statement must name that table, folded
/// and quoted as in PostgreSQL, with or without its schema. The error says what of the statement
/// has no meaning for a table that is read in pieces, such as LIMIT or an alias.
[[nodiscard]] Result<std::string> SnapshotCondition(std::string_view table,
                                                    std::string_view statement);

}  // namespace sluice::config
