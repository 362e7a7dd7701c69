#include "adapters/postgres/table_mark.h"

#include <algorithm>

#include "core/operations/change_version.h"

namespace sluice::postgres {
namespace {

/// Whether the name stands for what it stood for, or for a column that came since.
bool Stays(const TableMark& before, const CatalogueColumn& column) {
  const auto same = before.columns.find(column.name);
  if (same != before.columns.end()) return same->second.number == column.number;
  return std::none_of(before.columns.begin(), before.columns.end(),
                      [&](const auto& former) { return former.second.number == column.number; });
}

}  // namespace

LabelMark MarkOf(const CatalogueEnum& type, uint32_t last) {
  LabelMark mark;
  for (const auto& [number, text] : type.labels) {
    if (number > last) break;
    mark.last = number;
    mark.hash = StableHash(text, StableHash(std::to_string(number), mark.hash));
  }
  return mark;
}

TableMark MarkOf(const CatalogueTable& table, const TableFilter& filter, const TableMark& before) {
  TableMark mark;
  for (const auto& [id, type] : table.enums) mark.labels[id] = MarkOf(type, UINT32_MAX);
  for (const CatalogueColumn& column : table.columns) {
    mark.columns[column.name] = {column.number, column.type, column.modifier, column.generated};
    const bool moved = before.moved.contains(column.name) || !Stays(before, column);
    if (moved && !before.columns.empty()) mark.moved.insert(column.name);
  }
  mark.key = KeyNames(table, filter);
  for (const auto& [id, file] : table.files) mark.files[id] = {file.number, file.attached_by};
  return mark;
}

}  // namespace sluice::postgres
