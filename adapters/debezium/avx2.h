#pragma once

// What the kernels with 256-bit registers share. For .cc files of this folder only.

#if defined(__x86_64__) && defined(__GNUC__)
#define SLUICE_SCAN_AVX2 1
#include <immintrin.h>

#include <cstdint>
#include <cstring>

// Inlined whole, so that what is carried from block to block stays in registers.
#define SLUICE_AVX2 __attribute__((target("avx2,pclmul,bmi,popcnt"), always_inline)) inline
#define SLUICE_AVX2_ENTRY __attribute__((target("avx2,pclmul,bmi,popcnt")))

namespace sluice::debezium {

SLUICE_AVX2 __m256i LoadBytes(const void* from) {
  __m256i bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}

/// The bytes that an escaping backslash stands before. Called where there are backslashes only.
inline uint64_t EscapedBytes(uint64_t backslashes, bool& escape) {
  uint64_t escaped = 0;
  if (escape) {
    escaped = 1;
    backslashes &= ~uint64_t{1};
    escape = false;
  }
  while (backslashes != 0) {
    const uint64_t lowest = backslashes & (~backslashes + 1);
    if (lowest == uint64_t{1} << 63) {
      escape = true;
      break;
    }
    escaped |= lowest << 1;
    backslashes &= ~(lowest * 3);
  }
  return escaped;
}

SLUICE_AVX2 uint64_t PrefixXor(uint64_t bits) {
  const __m128i product =
      _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<int64_t>(bits)), _mm_set1_epi8(-1), 0);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
}

SLUICE_AVX2 uint64_t Mask(__m256i low, __m256i high) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
         uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

/// [ and {, ] and } differ by the bit 0x20 only, and have the lower halves B and D alone.
SLUICE_AVX2 __m256i Brackets(__m256i bytes) {
  const __m256i by_half = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{', 0, '}', 0, 0,  //
                                           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{', 0, '}', 0, 0);
  return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(by_half, bytes),
                           _mm256_or_si256(bytes, _mm256_set1_epi8(0x20)));
}

}  // namespace sluice::debezium

#else
#define SLUICE_SCAN_AVX2 0
#endif
