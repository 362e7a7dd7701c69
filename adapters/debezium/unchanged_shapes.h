#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/bracket_scan.h"
#include "adapters/debezium/fingerprint_scan.h"
#include "adapters/debezium/row_scan.h"
#include "core/model/change_event.h"
#include "core/model/result.h"

namespace sluice::debezium {

/// Debezium's own default for `unavailable.value.placeholder`.
inline constexpr std::string_view kDefaultPlaceholder = "__debezium_unavailable_value";

/// The bytes that the connector's setting `unavailable.value.placeholder` stands for: its text, or
/// after `hex:` the bytes spelled there.
[[nodiscard]] Result<std::string> PlaceholderBytes(std::string_view setting);

/// Finds the columns of a row for which Debezium wrote its placeholder because the change did not
/// touch their large value (I6). The placeholder's shape follows the column's type.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: names found are views into the row.
/// Time:      never blocks. A row without anything like a placeholder is passed over quickly.
/// Errors:    Find() is false for a row that may hold a placeholder but is malformed.
class UnchangedShapes {
 public:
  explicit UnchangedShapes(std::string placeholder, ScanKernel kernel = FastestScanKernel());

  /// Replaces `fields` by the unchanged columns of `row`, one JSON object.
  [[nodiscard]] bool Find(std::string_view row, std::vector<UnchangedField>& fields);

  /// How a value of a row begins that may be a form of the placeholder; nothing where that cannot
  /// be told. A row without backslashes that holds no such beginning has no unchanged column.
  [[nodiscard]] ValueMarks marks() const;

  /// Whether a whole, well-formed JSON value is a form of the placeholder.
  [[nodiscard]] bool IsPlaceholder(std::string_view value);

 private:
  [[nodiscard]] static std::vector<std::string> Needles(const UnchangedShapes& shapes);
  [[nodiscard]] bool SeemsToHold(std::string_view row) const;
  [[nodiscard]] bool MeansText(std::string_view content);
  [[nodiscard]] bool IsString(std::string_view content);
  [[nodiscard]] bool IsArray(std::string_view array);
  [[nodiscard]] bool IsElement(std::string_view element, size_t place);

  std::string text_;
  std::string base64_;
  std::string base64_url_;
  std::string hex_;
  std::string uuid_;
  std::string map_;  ///< {"text":"text"}, minified.
  bool always_look_;
  std::vector<std::string> needles_;
  FingerprintScanner scanner_;
  std::vector<std::string_view> elements_;
  std::string meaning_;
  std::string scratch_;
};

}  // namespace sluice::debezium
