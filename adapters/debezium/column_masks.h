#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/debezium/encoder_options.h"
#include "core/model/result.h"

namespace sluice::debezium {

/// Hides or shortens the values of one column, as Debezium's `column.mask.…` and
/// `column.truncate.…` do. Only texts and enums have such values, and keys never do.
///
/// Threads:   one call at a time per instance.
/// Ownership: what Apply() returns is valid until its next call.
/// Time:      never blocks; no allocation once warm.
/// Errors:    none: a hash that cannot be made leaves stars, never the value.
class ColumnMask {
 public:
  ~ColumnMask();
  ColumnMask(const ColumnMask&) = delete;
  ColumnMask& operator=(const ColumnMask&) = delete;

  /// The mask of a column by the first rule that matches it; none: nothing is hidden.
  [[nodiscard]] static std::unique_ptr<ColumnMask> Choose(const std::vector<MaskRule>& rules,
                                                          const Table& table, const Column& column);
  /// Whether values of the column can be hidden: texts and enums, as in Debezium.
  [[nodiscard]] static bool Fits(const Column& column);
  /// Whether a rule can be carried out: its algorithm is one that OpenSSL knows.
  [[nodiscard]] static Result<bool> Check(const MaskRule& rule);

  [[nodiscard]] std::string_view Apply(std::string_view text);
  /// Whether a null, and a value that was not sent, are hidden as well.
  [[nodiscard]] bool hides_nulls() const { return rule_.kind == MaskRule::Kind::kStars; }
  /// What Debezium adds to the column's schema.
  [[nodiscard]] std::pair<std::string, std::string> parameter() const;

 private:
  struct Digest;

  ColumnMask(MaskRule rule, int32_t column_length);

  [[nodiscard]] std::string_view Hash(std::string_view text);
  [[nodiscard]] std::string_view Cut(std::string_view text, size_t chars) const;

  MaskRule rule_;
  int32_t column_length_;
  std::string stars_;
  std::string hash_;
  std::string serialised_;
  std::unique_ptr<Digest> digest_;
};

}  // namespace sluice::debezium
