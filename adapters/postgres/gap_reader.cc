#include "adapters/postgres/gap_reader.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/sql_text.h"
#include "core/operations/source/plan_records.h"

namespace sluice::postgres {
bool GapReader::Wants(const Table& table, std::span<const uint32_t> moved,
                      const std::optional<Row>& before, const std::optional<Row>& after) {
  if (!after) return false;
  const bool gap = std::any_of(moved.begin(), moved.end(),
                               [&](uint32_t column) { return (*after)[column].unchanged(); });
  return gap || (before && KeyDiffers(table, *before, *after) && HasUnchanged(*after));
}

Result<const KeyOrder*> GapReader::KeyPartsOf(const Table& table) {
  const auto known = parts_.find(&table);
  if (known != parts_.end()) return &known->second;
  auto parts = ReadKeyParts(connection_, table.id, 0);
  if (!parts) return parts.error();
  return &(parts_[&table] = std::move(*parts));
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

Result<Row> GapReader::Fill(const Table& table, Row row, uint32_t transaction) {
  const std::string doing = "reading large values of a row of " + table.schema + "." + table.name;
  if (!connection_.is_open()) {
    if (const Status opened = connection_.Open(settings_, Connection::Kind::kPlain); !opened) {
      return opened.error();
    }
  }
  // Else the row is read as it was before: of two that swap their keys, the other one's values.
  if (seen_ != transaction) {
    const Status visible = Catalogue(connection_).AwaitVisible(transaction);
    if (!visible) return visible.error();
    seen_ = transaction;
  }
  const auto parts = KeyPartsOf(table);
  if (!parts) return parts.error();
  auto read = connection_.Query(GapsStatement(table, row, **parts), doing, {}, ErrorPlace::kGap);
  if (!read) {
    parts_.erase(&table);  // its index may be another one
    if (connection_.failure().verdict.disposition == Disposition::kReject) return row;
    return read.error();
  }
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
