#include "adapters/postgres/row_mapper.h"

namespace sluice::postgres {
namespace {

using Old = PgoutputMessage::Old;
using Value = ColumnValue::Kind;

/// Outside the replica identity the server writes null, whatever the column held.
void HideOutsideKey(const TableShape& shape, std::span<ColumnValue> old_row) {
  for (size_t i = 0; i < old_row.size(); ++i) {
    if (!shape.identity[i]) old_row[i] = {Value::kAbsent, {}};
  }
}

/// A value that was not touched is the old one: under FULL identity always there, otherwise for a
/// large key column.
void FillUnchanged(std::span<const ColumnValue> old_row, std::span<ColumnValue> new_row) {
  for (size_t i = 0; i < new_row.size(); ++i) {
    if (new_row[i].kind == Value::kUnchanged && old_row[i].kind == Value::kText) {
      new_row[i] = old_row[i];
    }
  }
}

Row Compact(const TableShape& shape, std::span<ColumnValue> row) {
  if (shape.straight) return row;
  for (size_t i = 0; i < row.size(); ++i) {
    // Positions only ever move to the front, so nothing is overwritten before it is read.
    if (shape.positions[i] >= 0) row[static_cast<size_t>(shape.positions[i])] = row[i];
  }
  return row.first(shape.table.columns.size());
}

}  // namespace

bool MapRows(const TableShape& shape, PgoutputMessage& message, MappedRows& rows) {
  const size_t width = shape.positions.size();
  const bool has_old = message.old != Old::kNothing;
  const bool has_new = message.kind != PgoutputMessage::Kind::kDelete;
  rows.before.reset();
  rows.after.reset();
  if ((has_old && message.old_row.size() != width) ||
      (has_new && message.new_row.size() != width)) {
    return false;
  }
  if (message.old == Old::kKey) HideOutsideKey(shape, message.old_row);
  if (has_old && has_new) FillUnchanged(message.old_row, message.new_row);
  if (has_old) rows.before = Compact(shape, message.old_row);
  if (has_new) rows.after = Compact(shape, message.new_row);
  return true;
}

}  // namespace sluice::postgres
