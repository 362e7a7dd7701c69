#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::postgres {

/// A name as SQL: always in double quotes, so that it can neither end early nor be folded.
[[nodiscard]] std::string QuoteName(std::string_view name);
/// `"schema"."table"`.
[[nodiscard]] std::string QuoteName(std::string_view schema, std::string_view name);
/// `"a", "b"`.
[[nodiscard]] std::string QuoteNames(std::span<const std::string> names);
/// A text as SQL: in single quotes, and safe whatever standard_conforming_strings says.
[[nodiscard]] std::string QuoteText(std::string_view text);
/// Texts with something between them.
[[nodiscard]] std::string Joined(std::span<const std::string> texts,
                                 std::string_view between = ", ");
/// Numbers as the text of an array: "{1,2}".
[[nodiscard]] std::string NumberArray(std::span<const uint32_t> numbers);

}  // namespace sluice::postgres
