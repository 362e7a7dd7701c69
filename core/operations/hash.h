#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice {

/// A fast 64-bit hash for tables in memory: multiply-and-fold over eight bytes at a time. Not
/// stable across versions, never stored, never a document id.
[[nodiscard]] inline uint64_t HashBytes(std::string_view bytes, uint64_t seed) {
  __extension__ using Wide = unsigned __int128;
  constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15;
  const auto fold = [](uint64_t a, uint64_t b) {
    const auto product = static_cast<Wide>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  uint64_t hash = fold(seed ^ kMultiplier, bytes.size() + 0xd1b54a32d192ed03);
  const char* at = bytes.data();
  size_t left = bytes.size();
  while (left >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    hash = fold(hash ^ word, kMultiplier);
    at += 8;
    left -= 8;
  }
  if (left > 0) {
    uint64_t word = 0;
    std::memcpy(&word, at, left);
    hash = fold(hash ^ word, kMultiplier);
  }
  return fold(hash, 0xa0761d6478bd642f);
}

}  // namespace sluice
