#pragma once

#include <optional>
#include <span>
#include <vector>

#include "adapters/postgres/pgoutput_decoder.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/source_change.h"

namespace sluice::postgres {

/// Old and new row of a message in the table's order.
struct MappedRows {
  std::optional<Row> before;
  std::optional<Row> after;
};

/// Brings the rows of a message into the table's shape, in place: leaves out columns, tells the
/// columns outside an old key as absent, and fills what a change did not touch from the old row
/// where that was sent. False: the rows have not as many columns as the table was told to have.
[[nodiscard]] bool MapRows(const TableShape& shape, PgoutputMessage& message, MappedRows& rows);

}  // namespace sluice::postgres
