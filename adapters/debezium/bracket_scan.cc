#include "adapters/debezium/bracket_scan.h"

#include <bit>
#include <cstring>

#include "adapters/debezium/avx2.h"

namespace sluice::debezium {
namespace {

void ScanPortable(std::string_view text, PositionList& positions, TextFacts& facts) {
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20) facts.control = true;
    if (byte > 0x7F) facts.ascii = false;
    if (byte == '"') {
      in_string = !in_string;
    } else if (in_string) {
      // The byte behind a backslash means itself; the two facts about it are still wanted.
      if (byte != '\\' || i + 1 == text.size()) continue;
      const auto escaped = static_cast<unsigned char>(text[++i]);
      if (escaped < 0x20) facts.control = true;
      if (escaped > 0x7F) facts.ascii = false;
    } else if (byte == '\\') {
      facts.backslash_outside = true;
    } else if (byte == '{' || byte == '}' || byte == '[' || byte == ']') {
      *positions.Room() = static_cast<uint32_t>(i);
      positions.Took(1);
    }
  }
  facts.strings_closed = !in_string;
}

#if SLUICE_SCAN_AVX2

/// What is carried from one block of 64 bytes to the next.
struct Carry {
  uint64_t in_string = 0;  ///< All ones inside a string.
  uint64_t outside = 0;    ///< Backslashes found outside strings.
  bool escape = false;     ///< The block ended with a backslash that escapes.
};

struct Block {
  uint64_t quotes;
  uint64_t brackets;
  uint64_t backslashes;
};

/// `seen` and `least` gather bytes over the whole text: their sign bits, and the smallest.
SLUICE_AVX2 Block Classify(const char* at, __m256i& seen, __m256i& least) {
  const __m256i low = LoadBytes(at);
  const __m256i high = LoadBytes(at + 32);
  seen = _mm256_or_si256(seen, _mm256_or_si256(low, high));
  least = _mm256_min_epu8(least, _mm256_min_epu8(low, high));
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i backslash = _mm256_set1_epi8('\\');
  return {Mask(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote)),
          Mask(Brackets(low), Brackets(high)),
          Mask(_mm256_cmpeq_epi8(low, backslash), _mm256_cmpeq_epi8(high, backslash))};
}

SLUICE_AVX2 void TakeBlock(Block block, uint32_t base, PositionList& positions, Carry& carry) {
  uint64_t quotes = block.quotes;
  uint64_t in_string = 0;
  if (block.backslashes != 0 || carry.escape) [[unlikely]] {
    quotes &= ~EscapedBytes(block.backslashes, carry.escape);
    in_string = PrefixXor(quotes) ^ carry.in_string;
    carry.outside |= block.backslashes & ~in_string;
  } else {
    in_string = PrefixXor(quotes) ^ carry.in_string;
  }
  carry.in_string = static_cast<uint64_t>(static_cast<int64_t>(in_string) >> 63);
  uint64_t brackets = block.brackets & ~in_string;
  if (brackets == 0) return;
  uint32_t* const room = positions.Room();
  uint32_t* out = room;
  do {
    *out++ = base + static_cast<uint32_t>(std::countr_zero(brackets));
    brackets &= brackets - 1;
  } while (brackets != 0);
  positions.Took(static_cast<size_t>(out - room));
}

SLUICE_AVX2_ENTRY void ScanAvx2(std::string_view text, PositionList& positions, TextFacts& facts) {
  __m256i seen = _mm256_setzero_si256();
  __m256i least = _mm256_set1_epi8(-1);
  Carry carry;
  size_t at = 0;
  for (; at + 64 <= text.size(); at += 64) {
    const Block block = Classify(text.data() + at, seen, least);
    TakeBlock(block, static_cast<uint32_t>(at), positions, carry);
  }
  if (at < text.size()) {
    // The last piece is copied, so that no byte outside the text is read.
    alignas(32) char tail[64];
    std::memset(tail, ' ', sizeof(tail));
    std::memcpy(tail, text.data() + at, text.size() - at);
    const Block block = Classify(tail, seen, least);
    TakeBlock(block, static_cast<uint32_t>(at), positions, carry);
  }
  const __m256i controls = _mm256_cmpeq_epi8(_mm256_min_epu8(least, _mm256_set1_epi8(0x1F)), least);
  facts.control = _mm256_movemask_epi8(controls) != 0;
  facts.ascii = _mm256_movemask_epi8(seen) == 0;
  facts.strings_closed = carry.in_string == 0;
  facts.backslash_outside = carry.outside != 0;
}

#endif

}  // namespace

ScanKernel FastestScanKernel() {
#if SLUICE_SCAN_AVX2
  static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
  return avx2 ? ScanKernel::kAvx2 : ScanKernel::kPortable;
#else
  return ScanKernel::kPortable;
#endif
}

void PositionList::Grow() {
  const size_t capacity = capacity_ == 0 ? 256 : capacity_ * 2;
  // Not make_unique: it would clear what is about to be written.
  std::unique_ptr<uint32_t[]> grown(new uint32_t[capacity]);  // NOLINT(modernize-avoid-c-arrays)
  if (count_ > 0) std::memcpy(grown.get(), places_.get(), count_ * sizeof(uint32_t));
  places_ = std::move(grown);
  capacity_ = capacity;
}

BracketScanner::BracketScanner(ScanKernel kernel) : kernel_(kernel) {}

TextFacts BracketScanner::Scan(std::string_view text) {
  TextFacts facts;
  positions_.Clear();
  switch (kernel_) {
    case ScanKernel::kAvx2:
#if SLUICE_SCAN_AVX2
      ScanAvx2(text, positions_, facts);
      return facts;
#else
      break;
#endif
    case ScanKernel::kPortable: break;
  }
  ScanPortable(text, positions_, facts);
  return facts;
}

}  // namespace sluice::debezium
