#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// How rows are compared by one column, as SQL that means the same under every search path.
struct KeyPart {
  /// Places in `operators`: a B-tree's strategies, less one.
  enum Comparison : uint8_t { kLess, kLessEqual, kEqual, kGreaterEqual, kGreater };
  static constexpr size_t kComparisons = 5;

  std::string name;        ///< Of the column.
  std::string expression;  ///< The column, with a collation where it is not the column's own.
  std::string type;        ///< That values are cast to.
  std::array<std::string, kComparisons> operators;  ///< `OPERATOR("public".<)`.
  bool array = false;  ///< The values are arrays, of which no array can be made.
};

/// The columns of a key with the comparisons of its index: only with these do "behind" and "in
/// order" mean the same, and only these are what the index is unique by. A type's own operators
/// need not be in the search path, where others are taken for them without a word.
using KeyOrder = std::vector<KeyPart>;

/// How a table's columns are compared: those of `index`, in its order, then those that other
/// indexes have. Waits for one short query. Error: the query failed.
[[nodiscard]] Result<KeyOrder> ReadKeyParts(Connection& connection, uint32_t table, uint32_t index);

/// Those of these columns, in this order. One that no index has is compared by its text. Pure, as
/// are those below.
[[nodiscard]] KeyOrder OrderOf(const KeyOrder& parts, std::span<const std::string> columns);

[[nodiscard]] std::vector<std::string> NamesOf(const KeyOrder& order);

/// The condition of the rows whose key is behind `values`, one of each part in the database's text.
[[nodiscard]] std::string Behind(const KeyOrder& order, const std::vector<std::string>& values);
/// Of those whose key is that one, or before it.
[[nodiscard]] std::string UpTo(const KeyOrder& order, const std::vector<std::string>& values);
/// Of those whose part is that one.
[[nodiscard]] std::string Is(const KeyPart& part, const std::string& value);
/// Of those whose key is one of these, of which there is at least one.
[[nodiscard]] std::string OneOf(const KeyOrder& order,
                                std::span<const std::vector<std::string>> keys);

enum class Direction : uint8_t { kForwards, kBackwards };
/// What follows ORDER BY.
[[nodiscard]] std::string SortedBy(const KeyOrder& order, Direction direction);

/// Finds names in what follows as the user's own session would; to be run by itself before
/// statements that hold a user's condition, which must be one each, and in effect as long as their
/// transaction.
inline constexpr const char* kUsersSearchPath = "SET LOCAL search_path TO DEFAULT";
/// Takes that back.
inline constexpr const char* kOwnSearchPath = "SET LOCAL search_path TO ''";

}  // namespace sluice::postgres
