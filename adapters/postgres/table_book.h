#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/table_mark.h"
#include "adapters/postgres/type_map.h"
#include "core/model/table.h"

namespace sluice::postgres {

/// All shapes of all tables that a source has told, each with a number of its own. The same shape
/// told again, as after each reconnection, is the same object.
///
/// Threads:   one call at a time; tables that were returned may be read by any thread.
/// Ownership: owns the tables; they stay where they are until the book is destroyed.
/// Time:      never blocks.
/// Errors:    none.
class TableBook {
 public:
  const Table& Keep(Table table);
  /// The shape that was kept last of a table; null: none was.
  [[nodiscard]] const Table* Latest(uint32_t id) const {
    const auto it = latest_.find(id);
    return it == latest_.end() ? nullptr : it->second;
  }

  /// What a table's columns were before changes of it are read.
  void KnowColumns(uint32_t id, const TableMark& mark) { marks_[id] = mark; }
  /// Takes over what they are now, and tells which names mean another column than before.
  const std::set<std::string>& LookAtColumns(const CatalogueTable& now, const TableFilter& filter) {
    TableMark& mark = marks_[now.id];
    mark = MarkOf(now, filter, mark);
    return mark.moved;
  }

  /// Types of all runs of the source: one that was dropped meanwhile is still what it was.
  [[nodiscard]] KnownTypes& types() { return types_; }

 private:
  std::vector<std::unique_ptr<const Table>> tables_;  ///< By number.
  std::map<uint32_t, std::vector<uint32_t>> by_id_;
  std::map<uint32_t, const Table*> latest_;
  std::map<uint32_t, TableMark> marks_;
  KnownTypes types_;
};

}  // namespace sluice::postgres
