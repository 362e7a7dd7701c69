#include "core/model/control.h"

#include <array>
#include <charconv>

namespace sluice {
namespace {

constexpr std::string_view kSchemaPrefix = "schema:";
constexpr size_t kDigits = 16;
/// No fingerprint of a schema is one of the small numbers.
constexpr uint64_t kSchemaBit = uint64_t{1} << 63;

}  // namespace

const char* VersionModeName(VersionMode mode) {
  switch (mode) {
    case VersionMode::kOffset: return "offset";
    case VersionMode::kHeader: return "header";
  }
  return "?";
}

const char* RefillName(Refill::From from) {
  switch (from) {
    case Refill::From::kTopic: return "topic";
    case Refill::From::kSource: return "source";
    case Refill::From::kFormer: return "former";
  }
  return "?";
}

KeyEncoding KeyWithSchema(std::string_view schema) {
  // FNV-1a with a last mixing: written down and compared for years, so it is spelled out here.
  uint64_t hash = 0xCBF29CE484222325U;
  for (const char byte : schema) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001B3U;
  }
  hash ^= hash >> 32;
  return hash | kSchemaBit;
}

std::string KeyEncodingText(KeyEncoding encoding) {
  if (encoding == kKeyUnknown) return "";
  if (encoding == kKeyJson) return "json";
  if (encoding == kKeyText) return "text";
  std::array<char, kDigits> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + kDigits, encoding, 16);
  return std::string(kSchemaPrefix) + std::string(digits.data(), end);
}

std::optional<KeyEncoding> ParseKeyEncoding(std::string_view text) {
  if (text.empty()) return kKeyUnknown;
  if (text == "json") return kKeyJson;
  if (text == "text") return kKeyText;
  if (!text.starts_with(kSchemaPrefix)) return std::nullopt;
  text.remove_prefix(kSchemaPrefix.size());
  KeyEncoding encoding = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), encoding, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if ((encoding & kSchemaBit) == 0) return std::nullopt;
  return encoding;
}

}  // namespace sluice
