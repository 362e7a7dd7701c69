#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace sluice {

/// How a value was told that the form of its column has no place for.
enum class Alteration : uint8_t {
  kClamped,   ///< Beyond what the chosen precision holds: the nearest number.
  kText,      ///< No value of its column's type: its text.
  kReplaced,  ///< Bytes that are no UTF-8: U+FFFD for each; counts bytes.
  kUntyped,   ///< Of a type that was dropped and of which nothing is known: its text.
};
inline constexpr size_t kAlterations = 4;
[[nodiscard]] const char* AlterationName(Alteration alteration);  ///< "clamped", …

/// A column of a table.
struct ColumnName {
  std::string table;  ///< `schema.table`
  std::string column;

  auto operator<=>(const ColumnName&) const = default;
};

using AlterationCounts = std::array<uint64_t, kAlterations>;  ///< By Alteration.
/// Of the columns that had any. What comes after the first `kAlteredColumnsMax` is counted under
/// the column "(other)" of the table "(other)".
using AlteredValues = std::map<ColumnName, AlterationCounts>;
inline constexpr size_t kAlteredColumnsMax = 1'000;

/// Where a column is counted.
[[nodiscard]] AlterationCounts& CountsOf(AlteredValues& values, const ColumnName& column);
void AddAltered(AlteredValues& into, const AlteredValues& more);

}  // namespace sluice
