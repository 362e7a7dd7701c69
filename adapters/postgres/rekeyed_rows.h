#pragma once

#include <optional>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/key_order.h"
#include "adapters/postgres/rows.h"
#include "core/model/source_change.h"

namespace sluice::postgres {

/// Reads the large values that a change of key did not touch, and therefore not carry: under its
/// new key the row is new to every reader, and none has them (delivery contract, part 5).
///
/// What is read is the row as it is now, which may be newer than the change: then a later change
/// carries the same. A row that is gone, or has another key by now, keeps its gaps: a later change
/// deletes or moves it.
///
/// Threads:   one call at a time.
/// Ownership: what Fill() tells is valid until it is called again.
/// Time:      Fill() waits for two short queries, within the statement timeout.
/// Errors:    as results; `failure()` has the verdict.
class RekeyedRows {
 public:
  explicit RekeyedRows(const Settings& settings) : settings_(settings) {}

  /// Whether a row has gaps under a key that it did not have before.
  [[nodiscard]] static bool Wants(const Table& table, const std::optional<Row>& before,
                                  const std::optional<Row>& after);
  Result<Row> Fill(const Table& table, Row row);
  [[nodiscard]] const Failure& failure() const { return connection_.failure(); }

 private:
  const Settings& settings_;
  Connection connection_;  ///< Opened when first needed.
  std::optional<Rows> read_;
  std::vector<ColumnValue> row_;
};

/// The statement that reads the gaps of a row; `parts`: how the table's columns are compared. Pure.
[[nodiscard]] std::string GapsStatement(const Table& table, Row row, const KeyOrder& parts);

}  // namespace sluice::postgres
