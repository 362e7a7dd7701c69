#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::debezium {

// Small strict readers of JSON text, for keys, envelope members and merging: where few bytes are
// read or exactness counts. The bulk of a record is framed by BracketScanner instead.
//
// Each Skip function takes the place of a token's first byte and returns one past its last byte, or
// nullptr when the text between there and `end` is not such a token.

/// Deepest nesting that SkipValue() follows; deeper text counts as malformed.
inline constexpr size_t kJsonDepthMax = 1024;

[[nodiscard]] inline bool IsJsonSpace(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

[[nodiscard]] inline const char* SkipSpace(const char* at, const char* end) {
  // What Debezium writes holds none: one comparison finds that out.
  while (at < end && *at <= ' ' && IsJsonSpace(*at)) ++at;
  return at;
}

/// From behind a value of well-formed JSON to the next one, or to the closing bracket.
[[nodiscard]] inline const char* SkipComma(const char* at, const char* end) {
  at = SkipSpace(at, end);
  return *at == ',' ? SkipSpace(at + 1, end) : at;
}

/// The first byte that is no decimal digit. Eight at a time: envelopes are full of times.
[[nodiscard]] inline const char* SkipDigits(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      uint64_t bytes = 0;
      std::memcpy(&bytes, at, sizeof(bytes));
      // A digit is 0x30 to 0x39: its upper half is 3, and stays so when 6 is added. A carry out of
      // another byte only reaches bytes behind that one.
      constexpr uint64_t kUpper = 0xF0F0F0F0F0F0F0F0;
      constexpr uint64_t kThrees = 0x3030303030303030;
      const uint64_t other =
          ((bytes & kUpper) ^ kThrees) | (((bytes + 0x0606060606060606) & kUpper) ^ kThrees);
      if (other != 0) return at + std::countr_zero(other) / 8;
      at += 8;
    }
  }
  while (at < end && *at >= '0' && *at <= '9') ++at;
  return at;
}

/// The number that eight digits mean: neighbours are joined to twos, fours and the eight.
[[nodiscard]] inline int64_t ReadEightDigits(const char* at) {
  uint64_t sum = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&sum, at, sizeof(sum));
    sum -= 0x3030303030303030;
    sum = (sum * 10 + (sum >> 8)) & 0x00FF00FF00FF00FF;
    sum = (sum * 100 + (sum >> 16)) & 0x0000FFFF0000FFFF;
    sum = (sum * 10000 + (sum >> 32)) & 0x00000000FFFFFFFF;
  } else {
    for (int i = 0; i < 8; ++i) sum = sum * 10 + static_cast<uint64_t>(at[i] - '0');
  }
  return static_cast<int64_t>(sum);
}

/// The number that at most eighteen digits mean.
[[nodiscard]] inline int64_t ReadDigits(const char* at, size_t count) {
  int64_t number = 0;
  if (count >= 8) {
    number = ReadEightDigits(at);
    at += 8;
    count -= 8;
  }
  for (; count > 0; --count) number = number * 10 + (*at++ - '0');
  return number;
}

/// Whether no byte is above 0x7F.
[[nodiscard]] inline bool IsAscii(std::string_view text) {
  uint64_t seen = 0;
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    seen |= bytes;
  }
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & 0x8080808080808080) == 0;
}

/// A string with its quotes. Control bytes and unknown escapes are refused, lone surrogates not.
[[nodiscard]] const char* SkipString(const char* at, const char* end);
[[nodiscard]] const char* SkipNumber(const char* at, const char* end);
/// A string, number, true, false or null.
[[nodiscard]] const char* SkipScalar(const char* at, const char* end);
/// Any value, down to kJsonDepthMax levels. Duplicate names are not looked for.
[[nodiscard]] const char* SkipValue(const char* at, const char* end);
/// A member's name and colon, up to the first byte of its value. `name` is set without quotes.
[[nodiscard]] const char* SkipName(const char* at, const char* end, std::string_view& name);

/// Whether `text` is one JSON value with nothing but white space around it.
[[nodiscard]] bool IsJson(std::string_view text);
[[nodiscard]] std::string_view TrimSpace(std::string_view text);

/// Appends what a string's content (without quotes) means. False, with an unspecified tail
/// appended, for a malformed escape or half a surrogate pair.
[[nodiscard]] bool AppendUnescaped(std::string_view content, std::string& out);
/// Appends JSON text without white space between its tokens. At most `json.size()` bytes.
void AppendMinified(std::string_view json, std::string& out);
/// Whether two names, without quotes, mean the same text.
[[nodiscard]] bool SameName(std::string_view left, std::string_view right);

[[nodiscard]] bool HoldsNewline(std::string_view text);
[[nodiscard]] bool IsUtf8(std::string_view text);

/// Goes through the members of one JSON object, in order, strictly.
class MemberReader {
 public:
  /// `object` begins at its brace; what follows its end is not looked at.
  explicit MemberReader(std::string_view object);

  /// False at the end, and at the first byte that is malformed: see ok().
  [[nodiscard]] bool Next();
  [[nodiscard]] std::string_view name() const { return name_; }    ///< Without quotes.
  [[nodiscard]] std::string_view value() const { return value_; }  ///< From first to last byte.
  /// After Next() was false: whether the object was read to its closing brace.
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const char* position() const { return at_; }  ///< One past the brace, when ok().

 private:
  const char* at_;
  const char* end_;
  std::string_view name_;
  std::string_view value_;
  bool first_ = true;
  bool ok_ = false;
};

}  // namespace sluice::debezium
