#include "adapters/debezium/java_floats.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <system_error>

namespace sluice::debezium {
namespace {

/// The digits of a number, and the power of ten of the first of them.
struct Digits {
  char text[32];
  size_t count = 0;
  int exponent = 0;
};

/// Takes "d.ddde+XX" apart.
void Split(const char* at, const char* end, Digits& digits) {
  while (at < end && *at != 'e') {
    if (*at != '.') digits.text[digits.count++] = *at;
    ++at;
  }
  if (at < end) ++at;
  if (at < end && *at == '+') ++at;
  std::from_chars(at, end, digits.exponent);
}

/// The decimal that is nearest to the number among the shortest ones of at least two digits.
template <typename Float>
Digits ShortestDigits(Float number) {
  char text[32];
  Digits digits;
  auto end = std::to_chars(text, text + sizeof(text), number, std::chars_format::scientific).ptr;
  // One digit is less than Java shows: two may be nearer.
  if (end - text < 2 || text[1] != '.') {
    end = std::to_chars(text, text + sizeof(text), number, std::chars_format::scientific, 1).ptr;
  }
  Split(text, end, digits);
  while (digits.count > 1 && digits.text[digits.count - 1] == '0') --digits.count;
  return digits;
}

char* PutDigits(const Digits& digits, size_t from, size_t to, char* at) {
  if (from >= to) {
    *at++ = '0';
    return at;
  }
  std::memcpy(at, digits.text + from, to - from);
  return at + (to - from);
}

char* PutPlain(const Digits& digits, char* at) {
  if (digits.exponent < 0) {
    *at++ = '0';
    *at++ = '.';
    for (int i = -1; i > digits.exponent; --i) *at++ = '0';
    return PutDigits(digits, 0, digits.count, at);
  }
  const auto whole = static_cast<size_t>(digits.exponent) + 1;
  const size_t shown = whole < digits.count ? whole : digits.count;
  at = PutDigits(digits, 0, shown, at);
  for (size_t i = shown; i < whole; ++i) *at++ = '0';
  *at++ = '.';
  return PutDigits(digits, whole, digits.count, at);
}

char* PutScientific(const Digits& digits, char* at) {
  *at++ = digits.text[0];
  *at++ = '.';
  at = PutDigits(digits, 1, digits.count, at);
  *at++ = 'E';
  return std::to_chars(at, at + 8, digits.exponent).ptr;
}

template <typename Float>
void Append(Float number, TextBuffer& out) {
  if (std::isnan(number)) return out.Append("\"NaN\"");
  if (std::isinf(number)) return out.Append(number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  char* const start = out.Need(64);
  char* at = start;
  if (std::signbit(number)) *at++ = '-';
  const Float size = std::abs(number);
  if (size == 0) {
    constexpr std::string_view kZero = "0.0";
    at = std::copy(kZero.begin(), kZero.end(), at);
  } else {
    const Digits digits = ShortestDigits(size);
    at = digits.exponent >= -3 && digits.exponent < 7 ? PutPlain(digits, at)
                                                      : PutScientific(digits, at);
  }
  out.Advance(static_cast<size_t>(at - start));
}

bool IsInfinity(std::string_view text, bool& negative) {
  negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  return text == "Infinity";
}

/// Whether a text has the form of a decimal number, which from_chars would not ask of it.
bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && ((text.front() >= '0' && text.front() <= '9') || text.front() == '.');
}

/// Beyond the range from_chars says no more than that; the text tells which end it was.
template <typename Float>
Float OutOfRange(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t exponent = text.find_first_of("eE");
  const bool small =
      exponent != std::string_view::npos
          ? text.substr(exponent + 1).starts_with('-')
          : text.substr(0, text.find('.')).find_first_not_of('0') == std::string_view::npos;
  const Float size = small ? 0 : std::numeric_limits<Float>::infinity();
  return negative ? -size : size;
}

template <typename Float>
bool Read(std::string_view text, Float& number) {
  if (IsNumber(text)) [[likely]] {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ptr != end) return false;
    if (read.ec == std::errc::result_out_of_range) number = OutOfRange<Float>(text);
    return read.ec != std::errc::invalid_argument;
  }
  bool negative = false;
  if (IsInfinity(text, negative)) {
    number =
        negative ? -std::numeric_limits<Float>::infinity() : std::numeric_limits<Float>::infinity();
    return true;
  }
  number = std::numeric_limits<Float>::quiet_NaN();
  return text == "NaN";
}

/// The database's text is already Java's where it is plain and short: digits, a point, digits.
/// `digits_max` is how many digits every decimal keeps in the type.
bool IsJavaText(std::string_view text, size_t digits_max) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const size_t point = text.find('.');
  if (point == std::string_view::npos || point == 0 || point > 7) return false;
  if (text.find('.', point + 1) != std::string_view::npos) return false;
  if (text.size() > digits_max + 1 || point + 1 == text.size()) return false;
  // From 1 upwards; 0.001 to 1 has leading zeros, which are no digits.
  if (text.front() == '0') return false;
  for (const char c : text) {
    if (c != '.' && (c < '0' || c > '9')) return false;
  }
  return text.back() != '0' || point + 2 == text.size();
}

}  // namespace

void AppendDouble(double number, TextBuffer& out) {
  Append(number, out);
}

void AppendFloat(float number, TextBuffer& out) {
  Append(number, out);
}

bool ReadDouble(std::string_view text, double& number) {
  return Read(text, number);
}

bool AppendFloat64(std::string_view text, TextBuffer& out) {
  if (IsJavaText(text, std::numeric_limits<double>::digits10)) {
    out.Append(text);
    return true;
  }
  double number = 0;
  if (!Read(text, number)) return false;
  Append(number, out);
  return true;
}

bool AppendFloat32(std::string_view text, TextBuffer& out) {
  if (IsJavaText(text, std::numeric_limits<float>::digits10)) {
    out.Append(text);
    return true;
  }
  float number = 0;
  if (!Read(text, number)) return false;
  Append(number, out);
  return true;
}

}  // namespace sluice::debezium
