#include "adapters/debezium/scalar_values.h"

#include <array>
#include <charconv>
#include <limits>
#include <system_error>

#include "adapters/debezium/base64.h"
#include "adapters/debezium/java_floats.h"
#include "adapters/debezium/json_string.h"
#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

constexpr std::array<uint8_t, 256> MakeHexValues() {
  std::array<uint8_t, 256> values{};
  values.fill(0xFF);
  for (uint8_t i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(10 + i);
    values[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(10 + i);
  }
  return values;
}

constexpr std::array<uint8_t, 256> kHexValues = MakeHexValues();

uint8_t HexValue(char digit) {
  return kHexValues[static_cast<unsigned char>(digit)];
}

/// Bit strings hold their highest bit first.
bool IsBitString(std::string_view text) {
  for (const char c : text) {
    if (c != '0' && c != '1') return false;
  }
  return true;
}

}  // namespace

void ValueSink::Attribute(const ColumnName& column) {
  AlterationCounts& sum = CountsOf(altered, column);
  for (size_t i = 0; i < counts.size(); ++i) sum[i] += counts[i] - attributed[i];
  attributed = counts;
}

void AppendText(std::string_view text, ValueSink& sink) {
  const size_t replaced = AppendJsonString(text, sink.out);
  if (replaced > 0) [[unlikely]]
    sink.Note(Alteration::kReplaced, replaced);
}

bool RenderBoolean(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  if (text == "t" || text == "true") {
    sink.out.Append("true");
    return true;
  }
  if (text == "f" || text == "false") {
    sink.out.Append("false");
    return true;
  }
  return false;
}

bool RenderInteger(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  constexpr size_t kBytesMax = 20;
  if (text.empty() || text.size() > kBytesMax) return false;
  const char* const end = text.data() + text.size();
  const char* const digits = text.data() + (text.front() == '-' ? 1 : 0);
  if (digits == end || SkipDigits(digits, end) != end) return false;
  if (*digits == '0' && (end - digits > 1 || text.front() == '-')) return false;
  if (end - digits > std::numeric_limits<int64_t>::digits10) {
    int64_t number = 0;
    if (std::from_chars(text.data(), end, number).ec != std::errc()) return false;
  }
  sink.out.Append(text);
  return true;
}

bool RenderNull(std::string_view /*text*/, const ValueFormat& /*format*/, ValueSink& sink) {
  sink.out.Append("null");
  sink.Lose(KeyLoss::kCompat);
  return true;
}

bool RenderText(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  AppendText(text, sink);
  return true;
}

bool RenderUntyped(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  sink.Note(Alteration::kUntyped);
  AppendText(text, sink);
  return true;
}

bool RenderFloat32(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  return AppendFloat32(text, sink.out);
}

bool RenderFloat64(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  return AppendFloat64(text, sink.out);
}

bool DecodeHex(std::string_view digits, std::string& bytes) {
  if (digits.size() % 2 != 0) return false;
  bytes.resize(digits.size() / 2);
  uint32_t seen = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint32_t high = HexValue(digits[2 * i]);
    const uint32_t low = HexValue(digits[2 * i + 1]);
    seen |= high | low;
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  return seen < 16;
}

void AppendBytes(std::string_view bytes, BinaryMode mode, TextBuffer& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.Put('"');
  switch (mode) {
    case BinaryMode::kBytes:
    case BinaryMode::kBase64: AppendBase64(bytes, Base64Alphabet::kStandard, out); break;
    case BinaryMode::kBase64UrlSafe: AppendBase64(bytes, Base64Alphabet::kUrlSafe, out); break;
    case BinaryMode::kHex: {
      char* to = out.Need(bytes.size() * 2);
      for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *to++ = kDigits[byte >> 4];
        *to++ = kDigits[byte & 15];
      }
      out.Advance(bytes.size() * 2);
      break;
    }
  }
  out.Put('"');
}

bool RenderBytes(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  if (!text.starts_with("\\x") || !DecodeHex(text.substr(2), sink.bytes)) return false;
  AppendBytes(sink.bytes, format.binary, sink.out);
  return true;
}

bool RenderTextAsBytes(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  AppendBytes(text, format.binary, sink.out);
  return true;
}

bool RenderBit(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  if (text.size() > 1 || !IsBitString(text)) return false;
  if (text.empty()) sink.Lose(KeyLoss::kBits);
  sink.out.Append(text == "1" ? "true" : "false");
  return true;
}

bool RenderBits(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  if (!IsBitString(text)) return false;
  if (format.varying && text.starts_with('0')) sink.Lose(KeyLoss::kBits);
  // The lowest byte first, and no byte above the highest one that is set.
  const size_t first = text.find('1');
  const std::string_view bits = first == std::string_view::npos ? "" : text.substr(first);
  sink.bytes.assign((bits.size() + 7) / 8, '\0');
  for (size_t i = 0; i < bits.size(); ++i) {
    if (bits[bits.size() - 1 - i] == '0') continue;
    char& byte = sink.bytes[i / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (i % 8));
  }
  AppendBytes(sink.bytes, BinaryMode::kBytes, sink.out);
  return true;
}

}  // namespace sluice::debezium
