#include "core/model/lsn_text.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace sluice {
namespace {

std::optional<uint32_t> Half(std::string_view text) {
  uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string LsnText(Lsn lsn) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%X/%X", static_cast<unsigned>(lsn.value >> 32),
                static_cast<unsigned>(lsn.value & 0xFFFFFFFFU));
  return text.data();
}

std::optional<Lsn> ParseLsn(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = Half(text.substr(0, slash));
  const auto low = Half(text.substr(slash + 1));
  if (!high || !low) return std::nullopt;
  return Lsn{uint64_t{*high} << 32 | *low};
}

}  // namespace sluice
