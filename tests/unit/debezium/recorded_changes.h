#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/model/source_change.h"

namespace sluice::debezium {

/// A row that owns its values.
class OwnedRow {
 public:
  /// Leaves a place for a generated column, which the database does not send.
  void AddAbsent(size_t at);
  void Add(ColumnValue::Kind kind, std::string text);
  [[nodiscard]] Row view() const;
  [[nodiscard]] size_t size() const { return values_.size(); }

 private:
  std::vector<std::pair<ColumnValue::Kind, std::string>> values_;
  mutable std::vector<ColumnValue> views_;
};

/// What the database told for one golden record: a line of a .rows file. They were recorded from
/// PostgreSQL 15, with schema.sql and workload.sql: rows as pgoutput sends them. In a row, a text
/// is a value, true one that the change did not touch, false one that was not sent; under REPLICA
/// IDENTITY FULL the old row has filled what was not touched. Moments of now() are those of the
/// golden records.
struct RecordedChange {
  std::string kind;  ///< insert, update, delete, truncate, read, message; "": no change of a row.
  std::string table;
  std::string shape;
  std::string prefix;   ///< Of messages,
  std::string content;  ///< in bytes.
  std::optional<OwnedRow> before;
  std::optional<OwnedRow> after;
  std::optional<OwnedRow> new_key;  ///< Of a delete that is half of a change of keys.
  std::optional<OwnedRow> old_key;  ///< Of its other half.
};

/// One for each line of the golden file of the same name.
[[nodiscard]] std::vector<RecordedChange> ReadRecordedChanges(std::filesystem::path golden);

}  // namespace sluice::debezium
