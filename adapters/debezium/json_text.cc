#include "adapters/debezium/json_text.h"

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace sluice::debezium {
namespace {

bool IsDigit(char byte) {
  return byte >= '0' && byte <= '9';
}

int HexValue(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

/// Four hexadecimal digits, or -1.
int32_t HexUnit(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexValue(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

const char* SkipLiteral(const char* at, const char* end, std::string_view literal) {
  if (static_cast<size_t>(end - at) < literal.size()) return nullptr;
  return std::memcmp(at, literal.data(), literal.size()) == 0 ? at + literal.size() : nullptr;
}

void AppendCodePoint(uint32_t code, std::string& out) {
  const auto put = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// Appends the escape whose `u` is at `at`; returns one past it, or nullptr.
const char* AppendUnicodeEscape(const char* at, const char* end, std::string& out) {
  const int32_t first = HexUnit(at + 1, end);
  if (first < 0 || (first >= 0xDC00 && first <= 0xDFFF)) return nullptr;
  at += 5;
  if (first < 0xD800 || first > 0xDBFF) {
    AppendCodePoint(static_cast<uint32_t>(first), out);
    return at;
  }
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return nullptr;
  const int32_t second = HexUnit(at + 2, end);
  if (second < 0xDC00 || second > 0xDFFF) return nullptr;
  AppendCodePoint(0x10000 + ((static_cast<uint32_t>(first) - 0xD800) << 10) +
                      (static_cast<uint32_t>(second) - 0xDC00),
                  out);
  return at + 6;
}

/// The byte that a one-letter escape stands for, or -1.
int EscapedByte(char letter) {
  switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return -1;
  }
}

/// The first byte of a string's content that is not plain: a quote, a backslash or a control byte.
/// Eight at a time: large columns are strings.
const char* SkipPlain(const char* at, const char* end) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  const auto below = [](uint64_t bytes, uint64_t bound) {
    return (bytes - kOnes * bound) & ~bytes & kHighs;  // the lowest mark is exact
  };
  while (end - at >= 8) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof(bytes));
    const uint64_t marks =
        below(bytes, 0x20) | below(bytes ^ (kOnes * '"'), 1) | below(bytes ^ (kOnes * '\\'), 1);
    if (marks != 0) {
      if constexpr (std::endian::native != std::endian::little) break;
      return at + std::countr_zero(marks) / 8;
    }
    at += 8;
  }
  while (at < end && static_cast<unsigned char>(*at) >= 0x20 && *at != '"' && *at != '\\') ++at;
  return at;
}

/// Which brackets are open: one bit a level, set for an object.
class BracketStack {
 public:
  [[nodiscard]] bool Push(bool object) {
    if (depth_ == kJsonDepthMax) return false;
    const uint64_t bit = uint64_t{1} << (depth_ % 64);
    words_[depth_ / 64] = object ? words_[depth_ / 64] | bit : words_[depth_ / 64] & ~bit;
    ++depth_;
    return true;
  }
  void Pop() { --depth_; }
  [[nodiscard]] bool empty() const { return depth_ == 0; }
  [[nodiscard]] bool in_object() const {
    return ((words_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64)) & 1) != 0;
  }

 private:
  // Only levels that were pushed are read, so the rest may stay unset: it is a lot to clear.
  std::array<uint64_t, kJsonDepthMax / 64>
      words_;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  size_t depth_ = 0;
};

/// Goes on behind a finished value: closes what closes there and stops at the next value's first
/// byte, or sets `done`.
const char* AfterValue(const char* at, const char* end, BracketStack& open, bool& done) {
  std::string_view name;
  while (!open.empty()) {
    at = SkipSpace(at, end);
    if (at == end) return nullptr;
    if (*at == ',') {
      at = SkipSpace(at + 1, end);
      return open.in_object() ? SkipName(at, end, name) : at;
    }
    if (*at != (open.in_object() ? '}' : ']')) return nullptr;
    open.Pop();
    ++at;
  }
  done = true;
  return at;
}

const char* SkipContainer(const char* at, const char* end) {
  BracketStack open;
  std::string_view name;
  bool done = false;
  while (!done) {
    if (at == end) return nullptr;
    if (*at == '{' || *at == '[') {
      const bool object = *at == '{';
      if (!open.Push(object)) return nullptr;
      at = SkipSpace(at + 1, end);
      if (at == end) return nullptr;
      if (*at != (object ? '}' : ']')) {
        if (object) at = SkipName(at, end, name);
        if (at == nullptr) return nullptr;
        continue;
      }
      open.Pop();
      ++at;
    } else {
      at = SkipScalar(at, end);
      if (at == nullptr) return nullptr;
    }
    at = AfterValue(at, end, open, done);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace

const char* SkipString(const char* at, const char* end) {
  if (at == end || *at != '"') return nullptr;
  for (++at; at < end; ++at) {
    at = SkipPlain(at, end);
    if (at == end) return nullptr;
    if (*at == '"') return at + 1;
    if (*at != '\\' || ++at == end) return nullptr;
    if (*at == 'u') {
      if (HexUnit(at + 1, end) < 0) return nullptr;
      at += 4;
    } else if (EscapedByte(*at) < 0) {
      return nullptr;
    }
  }
  return nullptr;
}

const char* SkipNumber(const char* at, const char* end) {
  if (at < end && *at == '-') ++at;
  if (at == end || !IsDigit(*at)) return nullptr;
  if (*at++ != '0') at = SkipDigits(at, end);
  if (at < end && *at == '.') {
    if (++at == end || !IsDigit(*at)) return nullptr;
    at = SkipDigits(at, end);
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    if (at == end || !IsDigit(*at)) return nullptr;
    at = SkipDigits(at, end);
  }
  return at;
}

const char* SkipScalar(const char* at, const char* end) {
  if (at == end) return nullptr;
  switch (*at) {
    case '"': return SkipString(at, end);
    case 't': return SkipLiteral(at, end, "true");
    case 'f': return SkipLiteral(at, end, "false");
    case 'n': return SkipLiteral(at, end, "null");
    default: return SkipNumber(at, end);
  }
}

const char* SkipValue(const char* at, const char* end) {
  if (at == end) return nullptr;
  return *at == '{' || *at == '[' ? SkipContainer(at, end) : SkipScalar(at, end);
}

const char* SkipName(const char* at, const char* end, std::string_view& name) {
  const char* after = SkipString(at, end);
  if (after == nullptr) return nullptr;
  name = {at + 1, static_cast<size_t>(after - at - 2)};
  after = SkipSpace(after, end);
  if (after == end || *after != ':') return nullptr;
  return SkipSpace(after + 1, end);
}

bool IsJson(std::string_view text) {
  const char* end = text.data() + text.size();
  const char* at = SkipValue(SkipSpace(text.data(), end), end);
  return at != nullptr && SkipSpace(at, end) == end;
}

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && IsJsonSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsJsonSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool AppendUnescaped(std::string_view content, std::string& out) {
  const char* at = content.data();
  const char* end = at + content.size();
  while (at < end) {
    if (*at != '\\') {
      out.push_back(*at++);
      continue;
    }
    if (++at == end) return false;
    if (*at == 'u') {
      at = AppendUnicodeEscape(at, end, out);
      if (at == nullptr) return false;
      continue;
    }
    const int byte = EscapedByte(*at++);
    if (byte < 0) return false;
    out.push_back(static_cast<char>(byte));
  }
  return true;
}

void AppendMinified(std::string_view json, std::string& out) {
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char byte = json[i];
    if (!in_string && IsJsonSpace(byte)) continue;
    out.push_back(byte);
    if (byte == '"') in_string = !in_string;
    if (in_string && byte == '\\' && i + 1 < json.size()) out.push_back(json[++i]);
  }
}

bool SameName(std::string_view left, std::string_view right) {
  if (left == right) return true;
  if (left.find('\\') == std::string_view::npos && right.find('\\') == std::string_view::npos) {
    return false;
  }
  std::string left_text;
  std::string right_text;
  return AppendUnescaped(left, left_text) && AppendUnescaped(right, right_text) &&
         left_text == right_text;
}

bool HoldsNewline(std::string_view text) {
  return std::memchr(text.data(), '\n', text.size()) != nullptr ||
         std::memchr(text.data(), '\r', text.size()) != nullptr;
}

bool IsUtf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

MemberReader::MemberReader(std::string_view object)
    : at_(object.data()), end_(object.data() + object.size()) {}

bool MemberReader::Next() {
  if (ok_ || at_ == nullptr || at_ == end_) return false;
  if (first_ && *at_ != '{') return false;
  const char* at = SkipSpace(first_ ? at_ + 1 : at_, end_);
  if (at == end_) return false;
  if (*at == '}') {
    ok_ = true;
    at_ = at + 1;
    return false;
  }
  if (!first_) {
    if (*at != ',') return false;
    at = SkipSpace(at + 1, end_);
  }
  first_ = false;
  const char* value = SkipName(at, end_, name_);
  at_ = value == nullptr ? nullptr : SkipValue(value, end_);
  if (at_ == nullptr) return false;
  value_ = {value, static_cast<size_t>(at_ - value)};
  return true;
}

}  // namespace sluice::debezium
