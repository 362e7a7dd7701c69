#include "adapters/debezium/name_uuid.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace sluice::debezium {
namespace {

using Digest = std::array<uint32_t, 4>;

/// One 64-byte block of MD5 (RFC 1321 part 3.4).
void Mix(Digest& digest, const std::array<uint32_t, 16>& words) {
  constexpr std::array<std::array<int, 4>, 4> kShifts = {
      {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
  auto [a, b, c, d] = digest;
  for (uint32_t step = 0; step < 64; ++step) {
    uint32_t mixed = 0;
    uint32_t word = 0;
    if (step < 16) {
      mixed = (b & c) | (~b & d);
      word = step;
    } else if (step < 32) {
      mixed = (d & b) | (~d & c);
      word = (5 * step + 1) % 16;
    } else if (step < 48) {
      mixed = b ^ c ^ d;
      word = (3 * step + 5) % 16;
    } else {
      mixed = c ^ (b | ~d);
      word = (7 * step) % 16;
    }
    const auto sine = static_cast<uint32_t>(std::floor(std::fabs(std::sin(step + 1.0)) * 0x1p32));
    const uint32_t sum = a + mixed + sine + words[word];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShifts[step / 16][step % 4]);
  }
  digest[0] += a;
  digest[1] += b;
  digest[2] += c;
  digest[3] += d;
}

std::array<unsigned char, 16> Md5(std::string_view text) {
  std::string padded(text);
  padded.push_back(static_cast<char>(0x80));
  while (padded.size() % 64 != 56) padded.push_back('\0');
  const uint64_t bits = uint64_t{text.size()} * 8;
  for (unsigned i = 0; i < 8; ++i) padded.push_back(static_cast<char>((bits >> (8 * i)) & 0xFF));
  Digest digest = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  for (size_t at = 0; at < padded.size(); at += 64) {
    std::array<uint32_t, 16> words{};
    for (size_t i = 0; i < 64; ++i) {
      words[i / 4] |= uint32_t{static_cast<unsigned char>(padded[at + i])} << (8 * (i % 4));
    }
    Mix(digest, words);
  }
  std::array<unsigned char, 16> bytes{};
  for (size_t i = 0; i < 16; ++i) {
    bytes[i] = static_cast<unsigned char>((digest[i / 4] >> (8 * (i % 4))) & 0xFF);
  }
  return bytes;
}

}  // namespace

std::string NameUuid(std::string_view name) {
  std::array<unsigned char, 16> bytes = Md5(name);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x30);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 0x0F]);
  }
  return text;
}

}  // namespace sluice::debezium
