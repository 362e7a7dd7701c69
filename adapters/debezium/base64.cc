#include "adapters/debezium/base64.h"

#include <cstdint>

namespace sluice::debezium {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

uint32_t Byte(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

void AppendBase64(std::string_view bytes, Base64Alphabet alphabet, TextBuffer& out) {
  const std::string_view letters = alphabet == Base64Alphabet::kUrlSafe ? kUrlAlphabet : kAlphabet;
  const size_t length = (bytes.size() + 2) / 3 * 4;
  char* to = out.Need(length);
  size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const uint32_t bits = Byte(bytes, at) << 16 | Byte(bytes, at + 1) << 8 | Byte(bytes, at + 2);
    *to++ = letters[bits >> 18];
    *to++ = letters[(bits >> 12) & 63];
    *to++ = letters[(bits >> 6) & 63];
    *to++ = letters[bits & 63];
  }
  if (at < bytes.size()) {
    const bool two = at + 2 == bytes.size();
    const uint32_t bits = Byte(bytes, at) << 16 | (two ? Byte(bytes, at + 1) << 8 : 0U);
    *to++ = letters[bits >> 18];
    *to++ = letters[(bits >> 12) & 63];
    *to++ = two ? letters[(bits >> 6) & 63] : '=';
    *to++ = '=';
  }
  out.Advance(length);
}

std::string Base64(std::string_view bytes) {
  TextBuffer out;
  AppendBase64(bytes, Base64Alphabet::kStandard, out);
  return std::string(out.view());
}

}  // namespace sluice::debezium
