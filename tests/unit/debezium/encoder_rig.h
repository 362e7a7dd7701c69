#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/envelope_encoder.h"
#include "tests/unit/debezium/workload_tables.h"

namespace sluice::debezium {

inline ColumnValue Sent(std::string_view text) {
  return {ColumnValue::Kind::kText, text};
}
inline ColumnValue Null() {
  return {ColumnValue::Kind::kNull, {}};
}
inline ColumnValue Unchanged() {
  return {ColumnValue::Kind::kUnchanged, {}};
}

/// Encodes single values: the JSON of a column, cut out of an envelope.
class EncoderRig {
 public:
  explicit EncoderRig(EncoderOptions options = {}) : options_(std::move(options)) {}

  EncoderOptions& options() { return options_; }
  EncoderRig& Compat() {
    options_.fidelity = [](const Table&) { return Fidelity::kCompat; };
    return *this;
  }

  /// What `"v":` holds in `after` of a row of this one column; "(left out)" without it.
  std::string Json(Column column, ColumnValue value);
  std::string Json(ColumnType type, std::string_view text) {
    return Json(MakeColumn("v", type), Sent(text));
  }
  std::string ArrayJson(ColumnType type, std::string_view text) {
    Column column = MakeColumn("v", type);
    column.array = true;
    return Json(column, Sent(text));
  }
  /// The schema of that column in `after`.
  std::string Schema(Column column);

  /// Values of the last Json() that were told by their text.
  uint64_t unparsed = 0;
  uint64_t clamped = 0;       ///< Those that had no place in their number.
  AlterationCounts counts{};  ///< All of the last Json(), by kind.

 private:
  EncoderOptions options_;
};

}  // namespace sluice::debezium
