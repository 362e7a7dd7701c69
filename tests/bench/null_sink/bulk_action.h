#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::bench {

/// One action of a `_bulk` body, or one entry of an `_mget` body. Text is as on the wire, escapes
/// included.
struct BulkAction {
  std::string_view operation;  ///< index, delete …; empty for an `_mget` entry.
  std::string_view index;
  std::string_view id;
  std::string_view source;   ///< Empty for a delete.
  int64_t version = 0;       ///< 0 when none was given.
  bool conditional = false;  ///< Has if_seq_no.
};

/// Takes a body apart, action by action.
class BulkReader {
 public:
  explicit BulkReader(std::string_view body) : rest_(body) {}

  /// The next action without a look inside it: only `operation` (index or delete) is told apart.
  /// For counting. Nothing at the end or when the body breaks off.
  std::optional<BulkAction> NextUnread();
  /// The next action, its line read.
  std::optional<BulkAction> Next();
  /// Whether the body ended where an action ended.
  [[nodiscard]] bool complete() const { return rest_.empty(); }

 private:
  std::optional<std::string_view> TakeLine();

  std::string_view rest_;
  std::string_view line_;
};

/// Reads the members of a flat JSON object that starts at `text`: _index, _id, version, if_seq_no.
/// Returns the bytes it took, 0 when it is no such object.
size_t ReadFlatObject(std::string_view text, BulkAction& action);

}  // namespace sluice::bench
