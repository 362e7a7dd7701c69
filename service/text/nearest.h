#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// The number of single-character insertions, deletions, replacements and swaps of neighbours that
/// turn one word into the other.
[[nodiscard]] size_t EditDistance(std::string_view a, std::string_view b);

/// The known word that was probably meant, or an empty one when none is near enough (a third of the
/// word's length).
[[nodiscard]] std::string_view NearestWord(std::string_view word,
                                           std::span<const std::string_view> known);

}  // namespace sluice
