#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The name of the one header that our own source adds to row, tombstone and truncate records.
inline constexpr std::string_view kChangeHeaderName = "sluice";

/// What that header says.
///
///   header  = "1" ";" version ";" epoch *( ";" part )
///   version = decimal, 1 to 2^63-1      epoch = decimal, 1 to 2^63-1, both without leading zeros
///   part    = "u=" name *( "," name )       at most once
///   name    = a column that the change did not touch and whose value was not sent; the bytes
///             % , ; and everything up to the blank are written as % and two hexadecimal digits, of
///             lower case
///
/// A reader passes over other parts, which begin with a letter; another first number is another
/// grammar.
struct ChangeHeader {
  int64_t version = 0;
  int64_t epoch = 0;
  std::string_view unchanged;  ///< The names as they stand in the text; empty: none.
};

/// Appends the header to `out` without its unchanged columns …
void AppendChangeHeader(std::string& out, int64_t version, int64_t epoch);
/// … and then each of them.
void AppendUnchangedColumn(std::string& out, std::string_view name, bool first);

/// None: it is not of this grammar. Allocates nothing; the result points into `text`.
[[nodiscard]] std::optional<ChangeHeader> ParseChangeHeader(std::string_view text);
/// The names of a header that was parsed, as they are. Memory in `names` is used again.
void ReadUnchangedColumns(std::string_view unchanged, std::vector<std::string>& names);

}  // namespace sluice
