#include "adapters/debezium/fingerprint_scan.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "core/model/check.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define SLUICE_SCAN_AVX2 1
#include <immintrin.h>
#else
#define SLUICE_SCAN_AVX2 0
#endif

namespace sluice::debezium {

FingerprintScanner::FingerprintScanner(std::vector<std::string> needles, ScanKernel kernel)
    : needles_(std::move(needles)), kernel_(kernel) {
  SLUICE_CHECK(needles_.size() <= kNeedlesMax, "one bit per needle");
  for (size_t needle = 0; needle < needles_.size(); ++needle) {
    SLUICE_CHECK(needles_[needle].size() >= kBytes, "a fingerprint has three bytes");
    const auto bit = static_cast<uint8_t>(1U << needle);
    for (size_t i = 0; i < kBytes; ++i) {
      const auto byte = static_cast<unsigned char>(needles_[needle][i]);
      tables_.whole[i][byte] |= bit;
      for (const size_t lane : {size_t{0}, size_t{16}}) {
        tables_.low[i][lane + (byte & 0x0F)] |= bit;
        tables_.high[i][lane + (byte >> 4)] |= bit;
      }
    }
  }
}

bool FingerprintScanner::Confirm(std::string_view text, size_t at) const {
  return std::any_of(needles_.begin(), needles_.end(), [&](const std::string& needle) {
    return text.substr(at).starts_with(needle);
  });
}

bool FingerprintScanner::FindsPortable(std::string_view text, size_t from) const {
  const auto bits = [&](size_t at, size_t i) {
    return tables_.whole[i][static_cast<unsigned char>(text[at + i])];
  };
  for (size_t at = from; at + kBytes <= text.size(); ++at) {
    if ((bits(at, 0) & bits(at, 1) & bits(at, 2)) != 0 && Confirm(text, at)) return true;
  }
  return false;
}

#if SLUICE_SCAN_AVX2

namespace {

__attribute__((target("avx2"))) inline __m256i Load(const void* from) {
  __m256i bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}

/// The needles that have, at one place, a byte like each of these: looked up by both half bytes.
__attribute__((target("avx2"))) inline __m256i Needles(__m256i bytes, const void* low,
                                                       const void* high) {
  const __m256i half = _mm256_set1_epi8(0x0F);
  return _mm256_and_si256(
      _mm256_shuffle_epi8(Load(low), _mm256_and_si256(bytes, half)),
      _mm256_shuffle_epi8(Load(high), _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
}

}  // namespace

/// One bit per place of the 32 at `at` where a needle may begin. Reads 34 bytes.
__attribute__((target("avx2"))) uint32_t FingerprintScanner::CandidatesAvx2(const char* at) const {
  const Tables& t = tables_;
  const __m256i found =
      _mm256_and_si256(_mm256_and_si256(Needles(Load(at), t.low[0].data(), t.high[0].data()),
                                        Needles(Load(at + 1), t.low[1].data(), t.high[1].data())),
                       Needles(Load(at + 2), t.low[2].data(), t.high[2].data()));
  return ~static_cast<uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_setzero_si256())));
}

__attribute__((target("avx2"))) bool FingerprintScanner::FindsAvx2(std::string_view text) const {
  size_t at = 0;
  for (; at + 34 <= text.size(); at += 32) {
    for (uint32_t places = CandidatesAvx2(text.data() + at); places != 0; places &= places - 1) {
      if (Confirm(text, at + static_cast<size_t>(std::countr_zero(places)))) return true;
    }
  }
  // The last piece is copied, so that no byte outside the text is read: at most 33 bytes are left.
  char tail[66] = {};
  std::memcpy(tail, text.data() + at, text.size() - at);
  for (size_t step = 0; step < 33; step += 32) {
    for (uint32_t places = CandidatesAvx2(tail + step); places != 0; places &= places - 1) {
      const size_t place = at + step + static_cast<size_t>(std::countr_zero(places));
      if (place < text.size() && Confirm(text, place)) return true;
    }
    if (at + step + 32 >= text.size()) break;
  }
  return false;
}

#else

uint32_t FingerprintScanner::CandidatesAvx2(const char*) const {
  return 0;
}
bool FingerprintScanner::FindsAvx2(std::string_view text) const {
  return FindsPortable(text, 0);
}

#endif

bool FingerprintScanner::FindsAny(std::string_view text) const {
  switch (kernel_) {
    case ScanKernel::kAvx2: return FindsAvx2(text);
    case ScanKernel::kPortable: break;
  }
  return FindsPortable(text, 0);
}

}  // namespace sluice::debezium
