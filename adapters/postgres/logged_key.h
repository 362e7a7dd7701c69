#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/pgoutput_decoder.h"
#include "core/model/outcome.h"
#include "core/model/source_change.h"
#include "core/model/table.h"

namespace sluice::postgres {

// The document of a row that is deleted, or gets another key, is found by the row's former key.
// What the log holds of that is decided by the replica identity of the table that holds the row, a
// leaf of a partitioned one; which columns are the key, by the table that it is told as.

/// Columns of the table's key that changes of `relation`, itself or a leaf of it, do not hold of
/// the former row; empty: none, or the database refuses to change and delete rows.
[[nodiscard]] std::vector<std::string> UnloggedKey(const PgoutputMessage& relation,
                                                   const Table& table);

/// Of the replica identities of a table and its leaves, by their number: a sentence where one lacks
/// columns of the key.
using KeyDoubts = std::map<uint32_t, std::string>;
/// Empty: it lacks none.
[[nodiscard]] std::string KeyDoubt(const PgoutputMessage& relation, const Table& table);

/// Whether a change of a row tells under which key readers have the row: by the old row, or, where
/// nothing is in doubt, by there being none, which means that the key is as it was.
[[nodiscard]] bool TellsFormerKey(const Table& table, bool in_doubt, const PgoutputMessage& message,
                                  const std::optional<Row>& before);

/// That a change does not, and the cure. What is in the log already stays as it is: only a new slot
/// begins behind it.
[[nodiscard]] Failure FormerKeyUntold(const Table& table, const KeyDoubts& doubts);

}  // namespace sluice::postgres
