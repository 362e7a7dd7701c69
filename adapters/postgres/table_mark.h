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
  int32_t modifier = kUnknown;  ///< `atttypmod`
  bool generated = false;       ///< Only where the modifier is known.

  static constexpr int32_t kUnknown = INT32_MIN;

  bool operator==(const ColumnMark&) const = default;
};

/// What held rows of a table.
struct FileMark {
  uint32_t number = 0;           ///< As in RowFile.
  std::string attached_by = {};  ///< As in RowFile; empty: not known, or no partition.

  bool operator==(const FileMark&) const = default;
};

/// What a table was like: a later look finds by it what no change has told.
struct TableMark {
  std::map<uint32_t, LabelMark> labels = {};       ///< By the number of an enum of its columns.
  std::map<std::string, ColumnMark> columns = {};  ///< By name; empty: not known, nor the rest.
  /// Names of columns that meant another column before, or are those of a renamed one: what
  /// readers have under such a name is not what the column holds.
  std::set<std::string> moved = {};
  std::vector<std::string> key = {};
  std::map<uint32_t, FileMark> files = {};  ///< By table, as in CatalogueTable.

  bool operator==(const TableMark&) const = default;
};

/// The labels up to that number.
[[nodiscard]] LabelMark MarkOf(const CatalogueEnum& type, uint32_t last);

/// What a table is like now, where it was like `before`.
[[nodiscard]] TableMark MarkOf(const CatalogueTable& table, const TableFilter& filter,
                               const TableMark& before);

}  // namespace sluice::postgres
