#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/change_event.h"

namespace sluice {

/// The value of one column in one state of a row. Missing, null and unchanged are three things.
struct ColumnState {
  enum class Kind : uint8_t {
    kMissing,    ///< The row has no such column.
    kNull,       ///< SQL's null.
    kUnchanged,  ///< Not sent, because the change did not touch it.
    kText,       ///< A JSON string, as its plain text.
    kLiteral,    ///< A JSON number or boolean, as it stands.
    kJson,       ///< A JSON object or array, minified.
  };
  Kind kind = Kind::kMissing;
  std::string_view text;  ///< Empty but for kText, kLiteral and kJson.

  bool operator==(const ColumnState&) const = default;
};

/// What a record says of one row, as far as a change log asks: the wanted columns before and after.
/// Views point into the record or the decoder.
struct RowChange {
  /// kCreate, kUpdate or kDelete; kRead, kTombstone, kTruncate and kSkip tell no change of a row;
  /// kReject: `reject` says why none can be told.
  EventKind kind = EventKind::kSkip;
  RejectReason reject = RejectReason::kBadJson;
  std::span<const ColumnState> before;  ///< In the order of the wanted columns; empty: not told.
  std::span<const ColumnState> after;   ///< The same.
  int64_t commit_ms = 0;                ///< At the source, since 1970; 0: unknown.
  std::string_view source;              ///< Who tells it, its name and database; empty: not told.
  std::string_view source_position;     ///< In the source's log (`source.lsn`); empty: not told.
  /// The row as it stands in the record, by which changes of one such place are told apart:
  /// PostgreSQL logs many rows of a COPY in one. Keys may be of several rows.
  std::string_view row;
};

}  // namespace sluice
