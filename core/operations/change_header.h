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
///   header  = "1" ";" version ";" epoch [ ";u=" name *( "," name ) ]
///   version = decimal, 0 to 2^63-1      epoch = decimal, 1 to 2^63-1
///   name    = a column that the change did not touch and whose value was not sent; the bytes
///             % , ; and everything up to the blank are written as % and two hexadecimal digits
///
/// A reader passes over further parts that begin with ";" and a letter; another first number is
/// another grammar.
struct ChangeHeader {
  int64_t version = 0;
  int64_t epoch = 0;
  std::vector<std::string> unchanged;
};

/// Appends the header to `out` without its unchanged columns …
void AppendChangeHeader(std::string& out, int64_t version, int64_t epoch);
/// … and then each of them.
void AppendUnchangedColumn(std::string& out, std::string_view name, bool first);

/// None: it is not of this grammar.
[[nodiscard]] std::optional<ChangeHeader> ParseChangeHeader(std::string_view text);

}  // namespace sluice
