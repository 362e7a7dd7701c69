#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// Texts of a configuration turned into values and back. None: the text is no such value.
///
///   integer   decimal digits, `-` allowed
///   size      digits and B, KiB, MiB or GiB: "5MiB", in bytes
///   duration  digits and us, ms, s, m or h: "200ms", in microseconds
///   plain ms  digits alone: "10000", in microseconds
///   share     0 to 1 with up to six decimals: "0.1", in millionths
///   boolean   true or false
[[nodiscard]] std::optional<int64_t> ParseInteger(std::string_view text);
[[nodiscard]] std::optional<int64_t> ParseBytes(std::string_view text);
[[nodiscard]] std::optional<int64_t> ParseDurationUs(std::string_view text);
[[nodiscard]] std::optional<int64_t> ParseMillisecondsUs(std::string_view text);
[[nodiscard]] std::optional<int64_t> ParseShare(std::string_view text);
[[nodiscard]] std::optional<bool> ParseBoolean(std::string_view text);

/// The shortest exact text.
[[nodiscard]] std::string FormatBytes(int64_t bytes);
[[nodiscard]] std::string FormatDurationUs(int64_t us);
[[nodiscard]] std::string FormatShare(int64_t millionths);

inline constexpr int64_t kUsPerMillisecond = 1'000;
inline constexpr int64_t kMillionth = 1'000'000;  ///< How many of them are a whole.

/// Parts between commas, without the blanks around them; empty text has no parts. `\,` is a comma
/// inside a part, as in Debezium's lists of regular expressions.
[[nodiscard]] std::vector<std::string> SplitCommas(std::string_view text);
[[nodiscard]] std::string_view Trim(std::string_view text);

}  // namespace sluice::config
