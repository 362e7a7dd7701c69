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
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

size_t HexDigit(char c) {
  return kHex.find(c);
}

/// Whether the writer writes a name so.
bool IsName(std::string_view text) {
  if (text.empty()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) <= ' ') return false;
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || HexDigit(text[i + 1]) == std::string_view::npos ||
        HexDigit(text[i + 2]) == std::string_view::npos)
      return false;
    i += 2;
  }
  return true;
}

bool AreNames(std::string_view list) {
  for (;;) {
    const size_t end = list.find(',');
    if (!IsName(list.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    list.remove_prefix(end + 1);
  }
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
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
  const size_t version_end = text.find(';');
  if (version_end == std::string_view::npos) return std::nullopt;
  const auto version = Number(text.substr(0, version_end));
  text.remove_prefix(version_end + 1);
  const size_t epoch_end = text.find(';');
  const auto epoch = Number(text.substr(0, epoch_end));
  if (!version || !epoch) return std::nullopt;
  ChangeHeader header{*version, *epoch, {}};
  for (size_t end = epoch_end; end != std::string_view::npos;) {
    text.remove_prefix(end + 1);
    end = text.find(';');
    std::string_view part = text.substr(0, end);
    if (part.empty() || !IsLetter(part.front())) return std::nullopt;
    if (!part.starts_with(kUnchanged)) continue;
    part.remove_prefix(kUnchanged.size());
    if (!header.unchanged.empty() || !AreNames(part)) return std::nullopt;
    header.unchanged = part;
  }
  return header;
}

void ReadUnchangedColumns(std::string_view unchanged, std::vector<std::string>& names) {
  size_t count = 0;
  while (!unchanged.empty()) {
    const std::string_view text = Take(unchanged, ',');
    if (count == names.size()) names.emplace_back();
    std::string& name = names[count++];
    name.clear();
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        name += text[i];
        continue;
      }
      name += static_cast<char>(HexDigit(text[i + 1]) << 4 | HexDigit(text[i + 2]));
      i += 2;
    }
  }
  names.resize(count);
}

}  // namespace sluice
