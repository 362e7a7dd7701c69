#include "core/operations/source/chunk_window.h"

#include <algorithm>

namespace sluice {
namespace {

/// Two rows of one table have equal keys if and only if these texts are equal.
void AppendPart(std::string_view part, std::string& key) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

std::vector<uint32_t> Positions(const Table& table, const std::vector<std::string>& names) {
  std::vector<uint32_t> positions;
  for (const std::string& name : names) {
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                     [&](const Column& known) { return known.name == name; });
    if (column == table.columns.end()) return {};
    positions.push_back(static_cast<uint32_t>(column - table.columns.begin()));
  }
  return positions;
}

bool SameColumns(const Table& one, const Table& other) {
  return std::equal(one.columns.begin(), one.columns.end(), other.columns.begin(),
                    other.columns.end(),
                    [](const Column& a, const Column& b) { return a.name == b.name; });
}

}  // namespace

void ChunkWindow::Learn(const Table& table) {
  if (shape_.table == &table) return;
  // Between two shapes values cannot be put together.
  const bool others = std::any_of(touched_.begin(), touched_.end(),
                                  [](const auto& entry) { return !entry.second.whole; });
  if (others || (table_ != nullptr && !SameColumns(*table_, table))) spoiled_ = true;
  shape_ = {&table, Positions(table, key_)};
  if (shape_.key.empty()) spoiled_ = true;
}

std::optional<std::string> ChunkWindow::KeyOf(Row row, const std::optional<Row>& other) {
  std::string key;
  for (const uint32_t column : shape_.key) {
    const ColumnValue* value = &row[column];
    // A part that was not sent is that of the change's other row.
    if (value->kind >= ColumnValue::Kind::kUnchanged && other) value = &(*other)[column];
    if (value->kind != ColumnValue::Kind::kText) return std::nullopt;
    AppendPart(value->text, key);
  }
  return key;
}

ChunkWindow::Touched* ChunkWindow::Touch(Row row, const std::optional<Row>& other) {
  const auto key = KeyOf(row, other);
  if (!key) {
    spoiled_ = true;
    return nullptr;
  }
  if (rows_ != nullptr && !numbers_.contains(*key)) return nullptr;
  return &touched_[*key];
}

void ChunkWindow::OnChange(const SourceChange& change) {
  if (change.kind == ChangeKind::kTruncate) {
    emptied_ = true;
    return;
  }
  Learn(*change.table);
  if (spoiled_) return;
  const bool gaps = change.after && HasUnchanged(*change.after);
  if (change.before) {
    // Another key, or none: the row is gone. The same key is looked at below.
    const bool stays =
        change.after && KeyOf(*change.before, change.after) == KeyOf(*change.after, change.before);
    Touched* gone = stays ? nullptr : Touch(*change.before, change.after);
    if (gone != nullptr) gone->whole = true;
  }
  if (!change.after) return;
  Touched* touched = Touch(*change.after, change.before);
  if (touched == nullptr || touched->whole) return;
  if (change.kind == ChangeKind::kInsert || !gaps) {
    touched->whole = true;
    touched->values.clear();
  } else {
    Overlay(*change.table, *change.after, *touched);
  }
}

void ChunkWindow::Overlay(const Table& table, Row after, Touched& touched) {
  for (size_t i = 0; i < after.size(); ++i) {
    if (after[i].unchanged()) continue;
    auto& value = touched.values[table.columns[i].name];
    value.reset();
    if (after[i].kind == ColumnValue::Kind::kText) value = after[i].text;
    kept_bytes_ += after[i].text.size() + sizeof(ColumnValue);
  }
}

void ChunkWindow::SetRows(const Table& table, const HeldRows& rows,
                          const std::vector<uint32_t>& key) {
  table_ = &table;
  rows_ = &rows;
  for (size_t row = 0; row < rows.size(); ++row) {
    std::string text;
    for (const uint32_t column : key) AppendPart(rows[row][column].text, text);
    numbers_.emplace(std::move(text), row);
  }
  std::erase_if(touched_, [&](const auto& entry) { return !numbers_.contains(entry.first); });
  if (shape_.table != nullptr && !SameColumns(*shape_.table, table)) spoiled_ = true;
}

std::vector<Row> ChunkWindow::Rest() {
  if (emptied_) return {};
  std::vector<const Touched*> by_row(rows_->size(), nullptr);
  for (const auto& [key, touched] : touched_) by_row[numbers_.at(key)] = &touched;
  std::vector<Row> rest;
  for (size_t row = 0; row < rows_->size(); ++row) {
    const Touched* touched = by_row[row];
    if (touched == nullptr) rest.push_back((*rows_)[row]);
    if (touched == nullptr || touched->whole) continue;
    auto& values = assembled_.emplace_back((*rows_)[row].begin(), (*rows_)[row].end());
    for (size_t i = 0; i < values.size(); ++i) {
      const auto told = touched->values.find(table_->columns[i].name);
      if (told == touched->values.end()) continue;
      values[i] = told->second ? ColumnValue{ColumnValue::Kind::kText, *told->second}
                               : ColumnValue{ColumnValue::Kind::kNull, {}};
    }
    rest.emplace_back(values);
  }
  return rest;
}

}  // namespace sluice
