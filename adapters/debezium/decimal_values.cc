#include "adapters/debezium/decimal_values.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

#include "adapters/debezium/base64.h"
#include "adapters/debezium/java_floats.h"
#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

constexpr size_t kRegisterDigits = 18;
constexpr uint64_t kRegisterPower = 1'000'000'000'000'000'000;

__extension__ typedef unsigned __int128 Wide;

/// A number's text taken apart: `whole` and `fraction` hold digits only.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
};

bool Split(std::string_view text, Parts& parts) {
  parts.negative = text.starts_with('-');
  if (parts.negative) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const char* const point = SkipDigits(text.data(), end);
  parts.whole = text.substr(0, static_cast<size_t>(point - text.data()));
  parts.fraction = {};
  if (parts.whole.empty()) return false;
  if (point == end) return true;
  if (*point != '.') return false;
  parts.fraction = text.substr(parts.whole.size() + 1);
  return !parts.fraction.empty() && SkipDigits(point + 1, end) == end;
}

std::string_view WithoutZerosBehind(std::string_view digits) {
  const size_t last = digits.find_last_not_of('0');
  return digits.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// `number` as the fewest bytes in two's complement, highest first, at the end of `memory`.
std::string_view RegisterBytes(int64_t number, char (&memory)[8]) {
  for (size_t i = 0; i < 8; ++i) {
    memory[7 - i] = static_cast<char>(static_cast<uint64_t>(number) >> (8 * i));
  }
  // One bit more than the number has, for the sign.
  const auto bits = static_cast<unsigned>(
      std::bit_width(static_cast<uint64_t>(number < 0 ? ~number : number)) + 1);
  const size_t count = (bits + 7) / 8;
  return {memory + 8 - count, count};
}

/// The same for any number of digits, which are in `sink.bytes`; the result replaces them.
void LongBytes(bool negative, ValueSink& sink) {
  std::string& digits = sink.bytes;
  std::vector<uint64_t>& limbs = sink.limbs;
  limbs.clear();
  size_t at = 0;
  while (at < digits.size()) {
    const size_t count = at == 0 && digits.size() % kRegisterDigits != 0
                             ? digits.size() % kRegisterDigits
                             : kRegisterDigits;
    auto carry = static_cast<uint64_t>(ReadDigits(digits.data() + at, count));
    for (uint64_t& limb : limbs) {
      const Wide product = static_cast<Wide>(limb) * kRegisterPower + carry;
      limb = static_cast<uint64_t>(product);
      carry = static_cast<uint64_t>(product >> 64);
    }
    if (carry != 0) limbs.push_back(carry);
    at += count;
  }
  limbs.push_back(0);  // room for the sign
  if (negative) {
    uint64_t carry = 1;
    for (uint64_t& limb : limbs) {
      limb = ~limb + carry;
      carry = carry != 0 && limb == 0 ? 1 : 0;
    }
  }
  digits.clear();
  for (size_t i = limbs.size(); i-- > 0;) {
    for (int shift = 56; shift >= 0; shift -= 8) digits += static_cast<char>(limbs[i] >> shift);
  }
  // Bytes in front that the sign says already.
  const char fill = negative ? '\xFF' : '\0';
  size_t skip = 0;
  while (skip + 1 < digits.size() && digits[skip] == fill &&
         ((digits[skip + 1] ^ fill) & '\x80') == 0) {
    ++skip;
  }
  digits.erase(0, skip);
}

/// Appends the base64 of a number of which `fraction` is followed by `zeros` more zeros.
void AppendUnscaled(const Parts& parts, std::string_view fraction, size_t zeros, ValueSink& sink) {
  sink.out.Put('"');
  const size_t count = parts.whole.size() + fraction.size() + zeros;
  if (count <= kRegisterDigits) [[likely]] {
    int64_t number = ReadDigits(parts.whole.data(), parts.whole.size());
    for (const char digit : fraction) number = number * 10 + (digit - '0');
    for (size_t i = 0; i < zeros; ++i) number *= 10;
    char memory[8];
    AppendBase64(RegisterBytes(parts.negative ? -number : number, memory),
                 Base64Alphabet::kStandard, sink.out);
  } else {
    sink.bytes.assign(parts.whole);
    sink.bytes.append(fraction);
    sink.bytes.append(zeros, '0');
    const bool zero = sink.bytes.find_first_not_of('0') == std::string::npos;
    LongBytes(parts.negative && !zero, sink);
    AppendBase64(sink.bytes, Base64Alphabet::kStandard, sink.out);
  }
  sink.out.Put('"');
}

/// Appends a number at a fixed scale. False when it has digits beyond that scale.
bool AppendAtScale(Parts parts, int32_t scale, ValueSink& sink) {
  if (scale < 0) {
    const auto dropped = static_cast<size_t>(-scale);
    if (!WithoutZerosBehind(parts.fraction).empty()) return false;
    const size_t kept = parts.whole.size() > dropped ? parts.whole.size() - dropped : 0;
    if (!WithoutZerosBehind(parts.whole.substr(kept)).empty()) return false;
    parts.whole = kept == 0 ? "0" : parts.whole.substr(0, kept);
    AppendUnscaled(parts, {}, 0, sink);
    return true;
  }
  const auto digits = static_cast<size_t>(scale);
  if (parts.fraction.size() > digits) {
    if (!WithoutZerosBehind(parts.fraction.substr(digits)).empty()) return false;
    parts.fraction = parts.fraction.substr(0, digits);
  }
  AppendUnscaled(parts, parts.fraction, digits - parts.fraction.size(), sink);
  return true;
}

/// NaN and the infinities. False for any other text.
bool AppendSpecial(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  const bool nan = text == "NaN";
  if (!nan && text != "Infinity" && text != "-Infinity") return false;
  const bool compat = format.fidelity == Fidelity::kCompat;
  if (format.decimal == DecimalMode::kPrecise && (compat || format.schema)) {
    sink.out.Append("null");
    sink.Lose(KeyLoss::kSpecialNumber);
  } else if (format.decimal == DecimalMode::kString && compat) {
    sink.out.Append(nan                   ? "\"NAN\""
                    : text.front() == '-' ? "\"NEGATIVE_INFINITY\""
                                          : "\"POSITIVE_INFINITY\"");
  } else {
    sink.out.Put('"');
    sink.out.Append(text);
    sink.out.Put('"');
  }
  return true;
}

/// A decimal number without its zeros in front and behind: 0.d1d2d3… times ten to that power.
struct Digits {
  std::string text;
  int64_t power = 0;
};

Digits DigitsOf(std::string_view number) {
  Digits digits;
  if (number.starts_with('-')) number.remove_prefix(1);
  const size_t exponent = number.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::from_chars(number.data() + exponent + 1, number.data() + number.size(), digits.power);
    number = number.substr(0, exponent);
  }
  const size_t point = std::min(number.find('.'), number.size());
  digits.power += static_cast<int64_t>(point);
  digits.text.append(number.substr(0, point));
  if (point < number.size()) digits.text.append(number.substr(point + 1));
  const size_t zeros = std::min(digits.text.find_first_not_of('0'), digits.text.size());
  digits.power -= static_cast<int64_t>(zeros);
  digits.text.erase(0, zeros);
  digits.text.resize(WithoutZerosBehind(digits.text).size());
  return digits;
}

/// Whether a double keeps a number: what it is told as is that very number.
bool IsKept(std::string_view number, std::string_view told) {
  constexpr size_t kKeptDigits = 15;
  if (number.size() <= kKeptDigits) return true;
  const Digits wanted = DigitsOf(number);
  const Digits got = DigitsOf(told);
  return wanted.text == got.text && (wanted.text.empty() || wanted.power == got.power);
}

/// What the modes double and string make of a number that is one.
void AppendInexact(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  if (format.decimal == DecimalMode::kDouble) {
    const size_t start = sink.out.size();
    AppendFloat64(text, sink.out);
    if (format.of_key && !IsKept(text, sink.out.view().substr(start))) {
      sink.Lose(KeyLoss::kDecimalMode);
    }
    return;
  }
  sink.out.Put('"');
  sink.out.Append(text);
  sink.out.Put('"');
}

/// Rounds a plain number to so many digits behind its point, a half away from zero.
/// False: what was cut was more than zeros.
bool RoundTo(size_t digits, std::string& plain) {
  const size_t point = plain.find('.');
  if (point == std::string::npos || plain.size() <= point + 1 + digits) return true;
  const bool exact = WithoutZerosBehind(std::string_view(plain).substr(point + 1 + digits)).empty();
  const bool up = plain[point + 1 + digits] >= '5';
  plain.resize(digits == 0 ? point : point + 1 + digits);
  for (size_t i = plain.size(); up && i-- > 0;) {
    if (plain[i] == '.') continue;
    if (plain[i] >= '0' && plain[i] < '9') {
      ++plain[i];
      return exact;
    }
    if (plain[i] == '-') break;
    plain[i] = '0';
  }
  if (up) plain.insert(plain.starts_with('-') ? 1 : 0, "1");
  return exact;
}

/// Whether other money may read the same: with three digits behind the point, of which there are
/// none, 12 is 12,000 as well; and a mark before all digits is no point.
bool IsAmbiguousMoney(std::string_view text, int32_t fraction_digits) {
  constexpr int32_t kGroupDigits = 3;
  const size_t mark = text.find_last_of(".,");
  if (mark == std::string_view::npos) return fraction_digits == kGroupDigits;
  return text.find_first_of("0123456789") > mark;
}

/// Money as a plain number, in `plain`. False when the text holds no digit.
bool ReadMoney(std::string_view text, int32_t fraction_digits, std::string& plain) {
  plain.clear();
  const size_t mark = text.find_last_of(".,");
  size_t behind = 0;
  if (mark != std::string_view::npos) {
    for (const char c : text.substr(mark + 1)) behind += c >= '0' && c <= '9' ? 1 : 0;
  }
  // Three digits behind the last mark are a group of thousands, unless money has that many.
  const bool point = behind > 0 && (behind == static_cast<size_t>(fraction_digits) || behind != 3);
  if (text.find_first_of("-(") != std::string_view::npos) plain += '-';
  const size_t digits_from = plain.size();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= '0' && text[i] <= '9') plain += text[i];
    if (point && i == mark) {
      if (plain.size() == digits_from) plain += '0';
      plain += '.';
    }
  }
  return plain.size() > digits_from;
}

}  // namespace

bool RenderDecimal(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Parts parts;
  if (!Split(text, parts)) return AppendSpecial(text, format, sink);
  if (format.decimal == DecimalMode::kPrecise) return AppendAtScale(parts, format.scale, sink);
  AppendInexact(text, format, sink);
  return true;
}

bool RenderNumeric(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Parts parts;
  if (!Split(text, parts)) return AppendSpecial(text, format, sink);
  if (format.decimal != DecimalMode::kPrecise) {
    AppendInexact(text, format, sink);
    return true;
  }
  parts.fraction = WithoutZerosBehind(parts.fraction);
  sink.out.Append("{\"scale\":");
  sink.out.AppendUnsigned(parts.fraction.size());
  sink.out.Append(",\"value\":");
  AppendUnscaled(parts, parts.fraction, 0, sink);
  sink.out.Put('}');
  return true;
}

bool RenderMoney(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  std::string& plain = sink.plain;
  if (!ReadMoney(text, format.scale, plain)) return false;
  if (format.of_key && IsAmbiguousMoney(text, format.scale)) sink.Lose(KeyLoss::kMoneyDigits);
  if (format.decimal != DecimalMode::kPrecise) {
    AppendInexact(plain, format, sink);
    return true;
  }
  if (!RoundTo(static_cast<size_t>(std::max(format.scale, 0)), plain)) {
    sink.Lose(KeyLoss::kMoneyDigits);
  }
  Parts parts;
  return Split(plain, parts) && AppendAtScale(parts, std::max(format.scale, 0), sink);
}

}  // namespace sluice::debezium
