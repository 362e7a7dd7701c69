#include "adapters/debezium/row_scan.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "adapters/debezium/avx2.h"
#include "core/model/check.h"

namespace sluice::debezium {
namespace {

/// Deepest nesting that is followed here: one bit a level.
constexpr uint32_t kDepthMax = 64;

uint32_t MarkAt(const char* at) {
  uint32_t mark = 0;
  std::memcpy(&mark, at, RowScanner::kMarkBytes);
  return mark;
}

}  // namespace

/// Bytes of a block that are looked at one by one, a bit each.
struct RowScanner::Masks {
  uint64_t quotes;
  uint64_t brackets;
  uint64_t backslashes;
  uint64_t firsts;  ///< Behind a quote, and the first byte of a mark.
};

/// What is carried from one block to the next.
struct RowScanner::Progress {
  const char* row_end = nullptr;
  uint64_t in_string = 0;  ///< All ones inside a string.
  uint64_t objects = 1;    ///< A bit per open bracket, the innermost lowest: set for a brace.
  uint32_t depth = 1;
  bool escape = false;  ///< The block ended with a backslash that escapes.
  bool marked = false;
};

RowScanner::RowScanner(const ValueMarks& marks, ScanKernel kernel)
    : kernel_(kernel), element_(marks.element) {
  SLUICE_CHECK(marks.strings.size() <= kMarksMax, "marks are few");
  firsts_[0] = firsts_[16] = 1;  // 0 has the lower half 0; that of 1 is another
  choosy_ = !marks.strings.empty();
  for (const std::string& mark : marks.strings) {
    SLUICE_CHECK(mark.size() >= kMarkBytes, "a mark is compared whole");
    if (!TakeFirst(static_cast<unsigned char>(mark[0]))) choosy_ = false;
    marks_.push_back(MarkAt(mark.data()));
  }
}

bool RowScanner::TakeFirst(unsigned char byte) {
  const size_t half = byte & 0x0F;
  const char empty = half == 0 ? 1 : 0;
  const char first = static_cast<char>(byte);
  if (byte > 0x7F || (firsts_[half] != empty && firsts_[half] != first)) return false;
  firsts_[half] = firsts_[half + 16] = first;
  return true;
}

bool RowScanner::IsMark(const char* at, const char* end) const {
  if (end - at < static_cast<ptrdiff_t>(kMarkBytes)) return true;
  return std::find(marks_.begin(), marks_.end(), MarkAt(at)) != marks_.end();
}

#if SLUICE_SCAN_AVX2

namespace {

/// Brackets, backslashes and the rare bar, none of the others: a bar has the backslash's bits but
/// for 0x20, which is added to all.
SLUICE_AVX2 __m256i BracketsAndBackslashes(__m256i bytes) {
  const __m256i by_half = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{', '|', '}', 0, 0,  //
                                           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{', '|', '}', 0, 0);
  return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(by_half, bytes),
                           _mm256_or_si256(bytes, _mm256_set1_epi8(0x20)));
}

}  // namespace

/// False when the scan is over: the row ended, or is not to be read in this way.
SLUICE_AVX2_ENTRY bool RowScanner::TakeBlock(const char* at, const char* end, const Masks& masks,
                                             Progress& progress) const {
  uint64_t quotes = masks.quotes;
  if (masks.backslashes != 0 || progress.escape) {
    quotes &= ~EscapedBytes(masks.backslashes, progress.escape);
    progress.marked = true;  // text may be spelled in escapes
  }
  const uint64_t in_string = PrefixXor(quotes) ^ progress.in_string;
  progress.in_string = static_cast<uint64_t>(static_cast<int64_t>(in_string) >> 63);
  if ((masks.backslashes & ~in_string) != 0) return false;
  for (uint64_t rest = masks.firsts; rest != 0; rest &= rest - 1) {
    if (IsMark(at + std::countr_zero(rest), end)) progress.marked = true;
  }
  for (uint64_t rest = masks.brackets; rest != 0; rest &= rest - 1) {
    const int place = std::countr_zero(rest);
    const char* bracket = at + place;
    // In strings too: what seems to hold a placeholder is told by its bytes alone.
    if (*bracket == '[' && (end - bracket < 2 || bracket[1] == element_)) progress.marked = true;
    if (((in_string >> place) & 1) != 0) continue;
    const uint64_t object = (*bracket & 0x20) != 0 ? 1 : 0;
    if ((*bracket & 2) != 0) {  // { and [
      if (++progress.depth > kDepthMax) return false;
      progress.objects = progress.objects << 1 | object;
      continue;
    }
    if ((progress.objects & 1) != object) return false;
    progress.objects >>= 1;
    if (--progress.depth == 0) {
      progress.row_end = bracket + 1;
      return false;
    }
  }
  return true;
}

SLUICE_AVX2_ENTRY RowFacts RowScanner::ScanAvx2(const char* row, const char* end) const {
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i firsts = LoadBytes(firsts_.data());
  __m256i seen = _mm256_setzero_si256();
  __m256i least = _mm256_set1_epi8(-1);
  Progress progress;
  bool going = true;
  // The envelope goes on behind a row for longer than a block, so that no tail is left to read.
  for (const char* at = row + 1; going && end - at >= 64; at += 64) {
    const __m256i low = LoadBytes(at);
    const __m256i high = LoadBytes(at + 32);
    seen = _mm256_or_si256(seen, _mm256_or_si256(low, high));
    least = _mm256_min_epu8(least, _mm256_min_epu8(low, high));
    const __m256i low_first =
        _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(firsts, low), low),
                         _mm256_cmpeq_epi8(LoadBytes(at - 1), quote));
    const __m256i high_first =
        _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(firsts, high), high),
                         _mm256_cmpeq_epi8(LoadBytes(at + 31), quote));
    const __m256i look =
        _mm256_or_si256(_mm256_or_si256(low_first, high_first),
                        _mm256_or_si256(BracketsAndBackslashes(low), BracketsAndBackslashes(high)));
    const __m256i low_quotes = _mm256_cmpeq_epi8(low, quote);
    const __m256i high_quotes = _mm256_cmpeq_epi8(high, quote);
    if (_mm256_testz_si256(look, look) != 0 && !progress.escape) [[likely]] {
      // Nothing but quotes: what counts is whether their number is odd.
      const auto odd = static_cast<uint64_t>(
          std::popcount(static_cast<uint32_t>(_mm256_movemask_epi8(low_quotes)) ^
                        static_cast<uint32_t>(_mm256_movemask_epi8(high_quotes))));
      progress.in_string ^= 0 - (odd & 1);
      continue;
    }
    const __m256i backslash = _mm256_set1_epi8('\\');
    const Masks masks{Mask(low_quotes, high_quotes), Mask(Brackets(low), Brackets(high)),
                      Mask(_mm256_cmpeq_epi8(low, backslash), _mm256_cmpeq_epi8(high, backslash)),
                      Mask(low_first, high_first)};
    going = TakeBlock(at, end, masks, progress);
  }
  const __m256i controls = _mm256_cmpeq_epi8(_mm256_min_epu8(least, _mm256_set1_epi8(0x1F)), least);
  if (_mm256_movemask_epi8(controls) != 0) return {};
  return {progress.row_end, _mm256_movemask_epi8(seen) == 0, progress.marked || !choosy_};
}

#else

bool RowScanner::TakeBlock(const char* /*at*/, const char* /*end*/, const Masks& /*masks*/,
                           Progress& /*progress*/) const {
  return false;
}

RowFacts RowScanner::ScanAvx2(const char* /*row*/, const char* /*end*/) const {
  return {};
}

#endif

RowFacts RowScanner::Scan(const char* row, const char* end) const {
  switch (kernel_) {
    case ScanKernel::kAvx2: return ScanAvx2(row, end);
    case ScanKernel::kPortable: break;
  }
  return {};
}

}  // namespace sluice::debezium
