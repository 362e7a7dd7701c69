#include "adapters/debezium/fingerprint_scan.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "adapters/debezium/avx2.h"
#include "core/model/check.h"

namespace sluice::debezium {

FingerprintScanner::FingerprintScanner(std::vector<std::string> needles, ScanKernel kernel)
    : needles_(std::move(needles)), kernel_(kernel) {
  SLUICE_CHECK(needles_.size() <= kNeedlesMax, "one bit per needle");
  for (size_t needle = 0; needle < needles_.size(); ++needle) {
    SLUICE_CHECK(needles_[needle].size() >= kNeedleBytesMin, "a fingerprint spans three bytes");
    const auto bit = static_cast<uint8_t>(1U << needle);
    for (size_t i = 0; i < kPlaces.size(); ++i) {
      const auto byte = static_cast<unsigned char>(needles_[needle][kPlaces[i]]);
      tables_.whole[i][byte] |= bit;
      for (const size_t lane : {size_t{0}, size_t{16}}) {
        tables_.low[i][lane + (byte & 0x0F)] |= bit;
        tables_.high[i][lane + (byte >> 4)] |= bit;
      }
    }
  }
}

bool FingerprintScanner::Confirm(std::string_view text, size_t at) const {
  if (at >= text.size()) return false;
  return std::any_of(needles_.begin(), needles_.end(), [&](const std::string& needle) {
    return text.substr(at).starts_with(needle);
  });
}

bool FingerprintScanner::FindsPortable(std::string_view text) const {
  const auto bits = [&](size_t at, size_t i) {
    return tables_.whole[i][static_cast<unsigned char>(text[at + kPlaces[i]])];
  };
  for (size_t at = 0; at + kNeedleBytesMin <= text.size(); ++at) {
    if ((bits(at, 0) & bits(at, 1)) != 0 && Confirm(text, at)) return true;
  }
  return false;
}

#if SLUICE_SCAN_AVX2

namespace {

/// The needles that have, at one place, a byte like each of these: looked up by both half bytes.
SLUICE_AVX2 __m256i Needles(__m256i bytes, __m256i low, __m256i high) {
  const __m256i half = _mm256_set1_epi8(0x0F);
  return _mm256_and_si256(
      _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half)),
      _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
}

}  // namespace

SLUICE_AVX2_ENTRY bool FingerprintScanner::FindsAvx2(std::string_view text) const {
  const __m256i low0 = LoadBytes(tables_.low[0].data());
  const __m256i high0 = LoadBytes(tables_.high[0].data());
  const __m256i low2 = LoadBytes(tables_.low[1].data());
  const __m256i high2 = LoadBytes(tables_.high[1].data());
  char tail[66];
  const char* piece = text.data();
  for (size_t at = 0; at < text.size(); at += 32, piece += 32) {
    if (text.size() - at < 34 && piece == text.data() + at) {
      // The last piece is copied, so that no byte outside the text is read.
      std::memset(tail, 0, sizeof(tail));
      std::memcpy(tail, piece, text.size() - at);
      piece = tail;
    }
    const __m256i found = _mm256_and_si256(Needles(LoadBytes(piece), low0, high0),
                                           Needles(LoadBytes(piece + 2), low2, high2));
    const __m256i none = _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
    auto places = ~static_cast<uint32_t>(_mm256_movemask_epi8(none));
    for (; places != 0; places &= places - 1) {
      if (Confirm(text, at + static_cast<size_t>(std::countr_zero(places)))) return true;
    }
  }
  return false;
}

#else

bool FingerprintScanner::FindsAvx2(std::string_view text) const {
  return FindsPortable(text);
}

#endif

bool FingerprintScanner::FindsAny(std::string_view text) const {
  switch (kernel_) {
    case ScanKernel::kAvx2: return FindsAvx2(text);
    case ScanKernel::kPortable: break;
  }
  return FindsPortable(text);
}

}  // namespace sluice::debezium
