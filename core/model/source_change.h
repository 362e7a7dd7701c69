#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/model/position.h"
#include "core/model/table.h"

namespace sluice {

/// A value of one column in one row.
struct ColumnValue {
  enum class Kind : uint8_t {
    kNull,
    kText,       ///< `text` is the value in the database's text form.
    kUnchanged,  ///< A large value that the change did not touch; it was not sent.
    kAbsent,     ///< Not part of what was sent: columns outside the key of an old row.
  };
  Kind kind = Kind::kAbsent;
  std::string_view text;

  [[nodiscard]] bool unchanged() const { return kind == Kind::kUnchanged; }
};

/// One row: a value for each column of its table, in the table's order.
using Row = std::span<const ColumnValue>;

/// Whether the change left values of the row out that it did not touch.
[[nodiscard]] inline bool HasUnchanged(Row row) {
  return std::any_of(row.begin(), row.end(),
                     [](const ColumnValue& value) { return value.unchanged(); });
}

/// What a source of changes tells, in the order of commits.
enum class ChangeKind : uint8_t {
  kBegin,   ///< A transaction that has committed begins.
  kCommit,  ///< It ends.
  kInsert,
  kUpdate,
  kDelete,
  kTruncate,  ///< `table` was emptied; one change for each table.
  kMessage,   ///< A text or bytes that an application wrote to the log.
  kRead,      ///< A row that existed when a snapshot was taken.
  kPosition,  ///< The log has been read up to `end`, and nothing before it is to come.
};

/// One change. All views are valid until the source is asked for the next one.
struct SourceChange {
  ChangeKind kind = ChangeKind::kPosition;
  /// Where the change stands in the log. kBegin: where its commit stands. kCommit: the end of the
  /// commit.
  Lsn lsn;
  Lsn end;                      ///< kCommit: the end of the transaction in the log. kPosition.
  int64_t commit_us = 0;        ///< kBegin, kCommit: when, in microseconds since 1970.
  uint32_t transaction_id = 0;  ///< kBegin.
  const Table* table = nullptr;
  std::optional<Row> before;  ///< The old row as far as it was sent.
  std::optional<Row> after;   ///< The new row: of kInsert, kUpdate, kRead.
  bool transactional = true;  ///< kMessage: part of a transaction.
  std::string_view prefix;    ///< kMessage.
  std::string_view content;   ///< kMessage.
};

}  // namespace sluice
