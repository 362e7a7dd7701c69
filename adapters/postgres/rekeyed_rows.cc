#include "adapters/postgres/rekeyed_rows.h"

#include "adapters/postgres/sql_text.h"
#include "core/operations/plan_records.h"

namespace sluice::postgres {
namespace {

/// An error of names or of values: table, column or type have changed. Whatever else is in the way
/// may pass, and then the row is read.
bool IsGone(const Failure& failure) {
  return failure.type.starts_with("42") || failure.type.starts_with("22");
}

}  // namespace

bool RekeyedRows::Wants(const Table& table, const std::optional<Row>& before,
                        const std::optional<Row>& after) {
  return before && after && KeyDiffers(table, *before, *after) && HasUnchanged(*after);
}

std::string GapsStatement(const Table& table, Row row, const KeyOrder& parts) {
  std::string columns;
  for (size_t i = 0; i < row.size(); ++i) {
    if (!row[i].unchanged()) continue;
    columns += columns.empty() ? "" : ", ";
    columns += QuoteName(table.columns[i].name);
  }
  std::string condition;
  for (const uint32_t column : table.key) {
    condition += condition.empty() ? "" : " AND ";
    const std::string& name = table.columns[column].name;
    // A part of the key that is itself a gap did not change, and is not told.
    condition += row[column].kind == ColumnValue::Kind::kText
                     ? Is(OrderOf(parts, {&name, 1}).front(), std::string(row[column].text))
                     : QuoteName(name) + " IS NULL";
  }
  return "SELECT " + columns + " FROM " + QuoteName(table.schema, table.name) + " WHERE " +
         condition + " LIMIT 2";
}

Result<Row> RekeyedRows::Fill(const Table& table, Row row) {
  const std::string doing = "reading large values of a row of " + table.schema + "." + table.name +
                            " whose key has changed";
  if (!connection_.is_open()) {
    if (const Status opened = connection_.Open(settings_, Connection::Kind::kPlain); !opened) {
      return opened.error();
    }
  }
  const auto parts = ReadKeyParts(connection_, table.id, 0);
  if (!parts) return parts.error();
  auto read = connection_.Query(GapsStatement(table, row, *parts), doing);
  // A table or column that is gone or has another name by now is read no more.
  if (!read && IsGone(connection_.failure())) return row;
  if (!read) return read.error();
  if (read->size() != 1) return row;
  read_.emplace(std::move(*read));
  row_.assign(row.begin(), row.end());
  int column = 0;
  for (ColumnValue& value : row_) {
    if (!value.unchanged()) continue;
    value = read_->IsNull(0, column)
                ? ColumnValue{ColumnValue::Kind::kNull, {}}
                : ColumnValue{ColumnValue::Kind::kText, read_->Text(0, column)};
    ++column;
  }
  return Row(row_);
}

}  // namespace sluice::postgres
