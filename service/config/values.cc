#include "service/config/values.h"

#include <array>
#include <charconv>
#include <limits>

namespace sluice::config {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

// Largest first, so that formatting takes the first that divides.
constexpr std::array<Unit, 4> kByteUnits = {
    Unit{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};
constexpr std::array<Unit, 5> kTimeUnits = {
    Unit{"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}};

template <size_t N>
std::optional<int64_t> ParseQuantity(std::string_view text, const std::array<Unit, N>& units) {
  const size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
  const auto number = ParseInteger(text.substr(0, digits));
  const std::string_view name = Trim(text.substr(digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (*number > std::numeric_limits<int64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

template <size_t N>
std::string FormatQuantity(int64_t value, const std::array<Unit, N>& units, std::string_view zero) {
  if (value == 0) return std::string(zero);
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return std::to_string(value);
}

}  // namespace

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseBytes(std::string_view text) {
  return ParseQuantity(text, kByteUnits);
}

std::optional<int64_t> ParseDurationUs(std::string_view text) {
  return ParseQuantity(text, kTimeUnits);
}

std::optional<int64_t> ParseMillisecondsUs(std::string_view text) {
  const auto number = ParseInteger(text);
  if (!number || *number > std::numeric_limits<int64_t>::max() / kUsPerMillisecond ||
      *number < std::numeric_limits<int64_t>::min() / kUsPerMillisecond) {
    return std::nullopt;
  }
  return *number * kUsPerMillisecond;
}

std::optional<int64_t> ParseShare(std::string_view text) {
  constexpr size_t kDecimals = 6;
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string decimals;
  if (point != std::string_view::npos) {
    decimals = text.substr(point + 1);
    if (decimals.empty() || decimals.size() > kDecimals) return std::nullopt;
  }
  decimals.resize(kDecimals, '0');
  if ((whole != "0" && whole != "1") ||
      decimals.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return (whole == "1" ? kMillionth : 0) + *ParseInteger(decimals);
}

std::optional<bool> ParseBoolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::string FormatBytes(int64_t bytes) {
  return FormatQuantity(bytes, kByteUnits, "0B");
}

std::string FormatDurationUs(int64_t us) {
  return FormatQuantity(us, kTimeUnits, "0s");
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string FormatShare(int64_t millionths) {
  if (millionths % kMillionth == 0) return std::to_string(millionths / kMillionth);
  std::string decimals = std::to_string(kMillionth + millionths % kMillionth).substr(1);
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return std::to_string(millionths / kMillionth) + "." + decimals;
}

std::vector<std::string> SplitCommas(std::string_view text) {
  std::vector<std::string> parts;
  if (Trim(text).empty()) return parts;
  std::string part;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      parts.emplace_back(Trim(part));
      part.clear();
      continue;
    }
    // A backslash keeps the character behind it together with itself, so that `\\,` still ends a
    // part; in front of a comma it has done its work.
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    if (escape && text[i + 1] != ',') part += text[i];
    if (escape) ++i;
    part += text[i];
  }
  parts.emplace_back(Trim(part));
  return parts;
}

}  // namespace sluice::config
