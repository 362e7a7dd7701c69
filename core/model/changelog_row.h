#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// What stands in one column of a change log's rows.
enum class RowPart : uint8_t {
  kColumn,     ///< A column of the row: as it is after the change, of a delete as it was before.
  kField,      ///< The name of the field that the row is about.
  kOld,        ///< Its value before; null where there was none.
  kNew,        ///< Its value after; null where there is none.
  kChanged,    ///< true or false: whether both are there and differ, as SQL's <> has it.
  kCreated,    ///< When that was committed, if the change is an insert; else null.
  kUpdated,    ///< The same of an update.
  kDeleted,    ///< The same of a delete.
  kInserted,   ///< When the record came into the log.
  kOperation,  ///< c, u or d.
  kId,         ///< The row's id.
};

/// One column of a change log's rows.
struct RowColumn {
  std::string name;
  RowPart part = RowPart::kColumn;
  std::string column;  ///< Of kColumn: which one of the table.
};

/// One value of a row.
struct RowValue {
  enum class Kind : uint8_t {
    kNull,
    kText,
    kVerbatim,  ///< JSON as it stands: a number, boolean, object or array.
  };
  Kind kind = Kind::kNull;
  std::string text;

  bool operator==(const RowValue&) const = default;
};

/// One row of a change log: one field of one change.
struct ChangelogRow {
  std::string id;
  std::vector<RowValue> values;  ///< In the order of ChangelogSpec::columns.
};

}  // namespace sluice
