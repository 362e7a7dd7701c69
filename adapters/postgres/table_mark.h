#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/table_filter.h"
#include "adapters/postgres/table_shape.h"

namespace sluice::postgres {

/// What an enum's labels were: those up to a number, for later ones may be added.
struct LabelMark {
  uint32_t last = 0;  ///< The greatest number of a label.
  uint64_t hash = 0;  ///< Over numbers and texts; the same in every version.

  bool operator==(const LabelMark&) const = default;
};

/// What a column's name stood for.
struct ColumnMark {
  int32_t number = 0;  ///< `attnum`
  uint32_t type = 0;

  bool operator==(const ColumnMark&) const = default;
};

/// What a table was like: a later look finds by it what no change has told.
struct TableMark {
  std::map<uint32_t, LabelMark> labels = {};       ///< By the number of an enum of its columns.
  std::map<std::string, ColumnMark> columns = {};  ///< By name; empty: not known, nor the rest.
  /// Names of columns that meant another column before, or are those of a renamed one: what
  /// readers have under such a name is not what the column holds.
  std::set<std::string> moved = {};
  std::vector<std::string> key = {};
  std::map<uint32_t, uint32_t> files = {};  ///< Of rows, as in CatalogueTable.

  bool operator==(const TableMark&) const = default;
};

/// The labels up to that number.
[[nodiscard]] LabelMark MarkOf(const CatalogueEnum& type, uint32_t last);

/// What a table is like now, where it was like `before`.
[[nodiscard]] TableMark MarkOf(const CatalogueTable& table, const TableFilter& filter,
                               const TableMark& before);

}  // namespace sluice::postgres
