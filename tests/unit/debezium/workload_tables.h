#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/table.h"

namespace sluice::debezium {

/// A column by hand.
[[nodiscard]] Column MakeColumn(std::string name, ColumnType type, std::string type_name = "");

/// The tables of tests/golden/debezium/schema.sql, as a source of changes describes them.
class WorkloadTables {
 public:
  /// A table by its name with schema. `shape` tells apart the forms of `ddl`: "id:23,a:25,…", the
  /// numbers being PostgreSQL's of the types. `key` are the names of its key's columns.
  const Table& Of(const std::string& name, const std::string& shape,
                  const std::vector<std::string>& key);

 private:
  std::map<std::string, size_t> numbers_;
  std::deque<Table> tables_;
};

}  // namespace sluice::debezium
