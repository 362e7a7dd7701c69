#include "core/operations/change_header.h"

#include <array>
#include <charconv>

namespace sluice {
namespace {

constexpr std::string_view kGrammar = "1;";
constexpr std::string_view kUnchanged = "u=";
constexpr std::string_view kHex = "0123456789abcdef";

void AppendNumber(std::string& out, int64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// Takes the text up to the next `separator` off the front; all of it when there is none.
std::string_view Take(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<std::string> Name(std::string_view text) {
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      name += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const size_t high = kHex.find(text[i + 1]);
    const size_t low = kHex.find(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    name += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return name;
}

}  // namespace

void AppendChangeHeader(std::string& out, int64_t version, int64_t epoch) {
  out += kGrammar;
  AppendNumber(out, version);
  out += ';';
  AppendNumber(out, epoch);
}

void AppendUnchangedColumn(std::string& out, std::string_view name, bool first) {
  if (first) {
    out += ';';
    out += kUnchanged;
  } else {
    out += ',';
  }
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && c != '%' && c != ',' && c != ';') {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

std::optional<ChangeHeader> ParseChangeHeader(std::string_view text) {
  if (!text.starts_with(kGrammar)) return std::nullopt;
  text.remove_prefix(kGrammar.size());
  const auto version = Number(Take(text, ';'));
  const auto epoch = Number(Take(text, ';'));
  if (!version || !epoch || *epoch < 1) return std::nullopt;
  ChangeHeader header{*version, *epoch, {}};
  while (!text.empty()) {
    std::string_view part = Take(text, ';');
    if (!part.starts_with(kUnchanged)) continue;
    part.remove_prefix(kUnchanged.size());
    while (!part.empty()) {
      auto name = Name(Take(part, ','));
      if (!name) return std::nullopt;
      header.unchanged.push_back(std::move(*name));
    }
  }
  return header;
}

}  // namespace sluice
