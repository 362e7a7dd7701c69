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
  const char* const end = at + bytes.size();
  const auto load = [](const char* from, auto word) {
    std::memcpy(&word, from, sizeof(word));
    return uint64_t{word};
  };
  // The size is in the hash already, so that pieces may overlap.
  uint64_t last = 0;
  if (bytes.size() >= 8) {
    for (; end - at > 8; at += 8) hash = fold(hash ^ load(at, uint64_t{}), kMultiplier);
    last = load(end - 8, uint64_t{});
  } else if (bytes.size() >= 4) {
    last = load(at, uint32_t{}) | load(end - 4, uint32_t{}) << 32;
  } else if (!bytes.empty()) {
    last = load(at, uint8_t{}) | load(at + bytes.size() / 2, uint8_t{}) << 8 |
           load(end - 1, uint8_t{}) << 16;
  }
  hash = fold(hash ^ last, kMultiplier);
  return fold(hash, 0xa0761d6478bd642f);
}

}  // namespace sluice
