#pragma once

#include <span>
#include <string_view>

#include "core/model/source_change.h"

namespace sluice::postgres {

/// Reads one row of COPY's text format into `row`, whose size says how many columns there are.
/// Escapes are undone in place: the values are views into `line`. False: not that many columns, or
/// an escape without an end. A line end after the last column is no part of it.
[[nodiscard]] bool ReadCopyRow(std::span<char> line, std::span<ColumnValue> row);

}  // namespace sluice::postgres
