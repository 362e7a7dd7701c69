#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/key_order.h"
#include "adapters/postgres/rows.h"
#include "core/model/source_change.h"

namespace sluice::postgres {

/// Reads the large values that a change did not touch, and therefore not carry, where readers must
/// not take them from what they have: of a row whose key changed, which under its new key is new to
/// every reader, and of a column whose name meant another one before (delivery contract, part 5).
///
/// What is read is the row as it is now, which may be newer than the change: then a later change
/// carries the same. A row that is gone, or has another key by now, keeps its gaps: a later change
/// deletes or moves it.
///
/// Threads:   one call at a time.
/// Ownership: what Fill() tells is valid until it is called again. Tables stay where they are.
/// Time:      Fill() waits for a short query, within the statement timeout, for another at the
/// first
///            row of a table's shape, and at the first row of a transaction until others see that.
/// Errors:    as results; `failure()` has the verdict: to hold while others do not see what was
///            sent.
class GapReader {
 public:
  explicit GapReader(const Settings& settings) : settings_(settings) {}

  /// Whether a row has gaps under a key that it did not have before, or in one of the columns
  /// `moved`.
  [[nodiscard]] static bool Wants(const Table& table, std::span<const uint32_t> moved,
                                  const std::optional<Row>& before,
                                  const std::optional<Row>& after);
  /// `transaction` made the change: what it did can be sent before others see it.
  Result<Row> Fill(const Table& table, Row row, uint32_t transaction);
  [[nodiscard]] const Failure& failure() const { return connection_.failure(); }

 private:
  const Settings& settings_;
  [[nodiscard]] Result<const KeyOrder*> KeyPartsOf(const Table& table);

  Connection connection_;                   ///< Opened when first needed.
  uint32_t seen_ = 0;                       ///< The last transaction that others see.
  std::map<const Table*, KeyOrder> parts_;  ///< Of each shape that was asked for.
  std::optional<Rows> read_;
  std::vector<ColumnValue> row_;
};

/// The statement that reads the gaps of a row; `parts`: how the table's columns are compared. Pure.
[[nodiscard]] std::string GapsStatement(const Table& table, Row row, const KeyOrder& parts);

}  // namespace sluice::postgres
