#include "adapters/elasticsearch/plain_json.h"

#include <cstdint>
#include <cstring>

namespace sluice::elasticsearch {

namespace {

/// Whether eight bytes can stand between quotes as they are.
bool IsPlainWord(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  // A mark in some byte where any is below the bound; which one it is does not matter.
  const auto below = [bytes](uint64_t flip, uint64_t bound) {
    const uint64_t flipped = bytes ^ (kOnes * flip);
    return (flipped - kOnes * bound) & ~flipped;
  };
  return ((below(0, 0x20) | below('"', 1) | below('\\', 1)) & kHighs) == 0;
}

template <typename Word>
uint64_t Load(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

}  // namespace

bool IsPlainJson(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  // The last piece may overlap the one before it.
  if (text.size() >= 8) {
    for (; end - at > 8; at += 8) {
      if (!IsPlainWord(Load<uint64_t>(at))) return false;
    }
    return IsPlainWord(Load<uint64_t>(end - 8));
  }
  if (text.size() >= 4) return IsPlainWord(Load<uint32_t>(at) << 32 | Load<uint32_t>(end - 4));
  uint64_t bytes = 0x2020202020202020;
  for (; at < end; ++at) bytes = bytes << 8 | static_cast<unsigned char>(*at);
  return IsPlainWord(bytes);
}

}  // namespace sluice::elasticsearch
