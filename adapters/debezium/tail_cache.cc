#include "adapters/debezium/tail_cache.h"

#include <algorithm>
#include <cstring>

#include "adapters/debezium/avx2.h"
#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

/// A digit may become any digit: they differ from 0 in the lower bits, by 9 at most.
constexpr char kAnyDigit = '0';
constexpr char kDigitBound = 9;
/// Letters of one case differ from this byte in the lower five bits. Whatever else does is none of
/// the structural bytes of a string, and no letter that `op` may have.
constexpr char kAnyLetter = '`';
constexpr char kLetterBound = 0x1F;

/// Goes over an envelope's tail and notes where its parts are.
class TailReader {
 public:
  TailReader(std::string_view tail, EnvelopeTail& out) : tail_(tail), out_(out) {}

  [[nodiscard]] bool Read(const ObjectFrame& envelope) {
    if (!Take(",\"source\":") || !TakeValue(envelope.at(Member::kSource), out_.source) ||
        !ReadSource(envelope.at(Member::kSource)) || !Take(",\"transaction\":") ||
        !TakeValue(envelope.at(Member::kTransaction), out_.transaction) || !Take(",\"op\":") ||
        !TakeValue(envelope.at(Member::kOp), out_.op)) {
      return false;
    }
    const std::string_view op = out_.op.in(tail_);
    if (op.size() != 3 || op[1] < 'a' || op[1] > 'z') return false;
    Span other;
    return Take(",\"ts_ms\":") && TakeTime(out_.ts_ms, out_.leading[1]) &&
           out_.ts_ms.in(tail_).data() == envelope.at(Member::kTsMs).data() &&
           Take(",\"ts_us\":") && TakeTime(other, out_.leading[2]) && Take(",\"ts_ns\":") &&
           TakeTime(other, out_.leading[3]) && Take("}") && (!out_.wrapped || Take("}")) &&
           at_ == tail_.size();
  }

 private:
  [[nodiscard]] bool Take(std::string_view text) {
    if (!tail_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  [[nodiscard]] bool TakeValue(std::string_view value, Span& span) {
    if (value.data() != tail_.data() + at_) return false;
    span = {static_cast<uint32_t>(at_), static_cast<uint32_t>(value.size())};
    at_ += value.size();
    return true;
  }
  [[nodiscard]] bool TakeTime(Span& span, uint32_t& leading) {
    const char* begin = tail_.data() + at_;
    const char* end = SkipDigits(begin, tail_.data() + tail_.size());
    if (end == begin || *begin == '0') return false;
    span = {static_cast<uint32_t>(at_), static_cast<uint32_t>(end - begin)};
    leading = span.at;
    at_ += span.bytes;
    return true;
  }
  /// `ts_ms` of 8 to 16 digits with `snapshot`, a string, behind it: as Debezium writes them.
  [[nodiscard]] bool ReadSource(std::string_view source) {
    if (!IsJson(source)) return false;
    MemberReader members(source);
    while (members.Next()) {
      if (members.name() != "ts_ms") continue;
      const char* begin = members.value().data();
      const char* after = SkipDigits(begin, source.data() + source.size());
      constexpr std::string_view kSnapshot = ",\"snapshot\":\"";
      const std::string_view rest = source.substr(static_cast<size_t>(after - source.data()));
      if (after - begin < 8 || after - begin > 16 || *begin == '0' ||
          !rest.starts_with(kSnapshot)) {
        return false;
      }
      out_.source_ms = {static_cast<uint32_t>(begin - tail_.data()),
                        static_cast<uint32_t>(after - begin)};
      out_.leading[0] = out_.source_ms.at;
      out_.first_of_snapshot = rest.substr(kSnapshot.size()).starts_with("first");
      return true;
    }
    return false;
  }

  std::string_view tail_;
  EnvelopeTail& out_;
  size_t at_ = 0;
};

/// What stands before `source.ts_ms` stays as it is, digits too: versions and names.
[[nodiscard]] bool Generalise(std::string_view tail, EnvelopeTail& out) {
  out.text = tail;
  out.bounds.assign(tail.size(), '\0');
  for (size_t i = 0; i < tail.size(); ++i) {
    if (tail[i] < ' ') return false;  // a control byte, or above 0x7F
    if (i < out.source_ms.at || tail[i] < '0' || tail[i] > '9') continue;
    out.text[i] = kAnyDigit;
    out.bounds[i] = kDigitBound;
  }
  out.text[out.op.at + 1] = kAnyLetter;
  out.bounds[out.op.at + 1] = kLetterBound;
  return true;
}

#if SLUICE_SCAN_AVX2

/// Zero in each byte that is as near to `text` as `bounds` wants.
SLUICE_AVX2 __m256i Excess(const char* at, const char* text, const char* bounds) {
  return _mm256_subs_epu8(_mm256_xor_si256(LoadBytes(at), LoadBytes(text)), LoadBytes(bounds));
}

SLUICE_AVX2 __m256i Excess64(const char* at, const char* text, const char* bounds) {
  return _mm256_or_si256(Excess(at, text, bounds), Excess(at + 32, text + 32, bounds + 32));
}

/// Both texts are of one size, kTailBytesMin or more.
SLUICE_AVX2_ENTRY bool IsNear(std::string_view text, const EnvelopeTail& tail) {
  const char* const pattern = tail.text.data();
  const char* const bounds = tail.bounds.data();
  const size_t last = text.size() - 64;  // compared twice in part, so that nothing is left over
  __m256i excess = Excess64(text.data() + last, pattern + last, bounds + last);
  for (size_t i = 0; i < last; i += 64) {
    excess = _mm256_or_si256(excess, Excess64(text.data() + i, pattern + i, bounds + i));
  }
  return _mm256_testz_si256(excess, excess) != 0;
}

#else

bool IsNear(std::string_view /*text*/, const EnvelopeTail& /*tail*/) {
  return false;
}

#endif

}  // namespace

const EnvelopeTail* TailCache::Last(PartitionSlot slot) const {
  if (slot.value >= slots_.size() || slots_[slot.value] == 0) return nullptr;
  return &tails_[slots_[slot.value] - size_t{1}];
}

bool TailCache::Matches(const EnvelopeTail& tail, std::string_view text) {
  if (kernel_ == ScanKernel::kPortable || text.size() != tail.text.size()) return false;
  if (!IsNear(text, tail)) return false;
  const auto zero = [&](size_t number) { return text[tail.leading[number]] == '0'; };
  if (zero(0) || zero(1) || zero(2) || zero(3)) return false;
  if (patience_ < kPatienceMax) ++patience_;
  return true;
}

SourceFacts TailCache::Source(const EnvelopeTail& tail, std::string_view text) {
  return {ReadDigits(text.data() + tail.source_ms.at, tail.source_ms.bytes),
          tail.first_of_snapshot};
}

void TailCache::Learn(PartitionSlot slot, std::string_view text, bool wrapped,
                      const ObjectFrame& envelope) {
  const std::string_view after = envelope.at(Member::kAfter);
  if (kernel_ == ScanKernel::kPortable || after.empty() || slot.value >= kSlotsMax) return;
  if (patience_ < kPatienceMax) ++patience_;
  if (patience_ < kPatienceOfLearning) return;
  const std::string_view rest =
      text.substr(static_cast<size_t>(after.data() + after.size() - text.data()));
  if (rest.size() < kTailBytesMin || rest.size() > kTailBytesMax) return;
  patience_ -= kPatienceOfLearning;
  learnt_.wrapped = wrapped;
  if (!TailReader(rest, learnt_).Read(envelope) || !Generalise(rest, learnt_)) return;
  if (slot.value >= slots_.size()) slots_.resize(slot.value + size_t{1});
  slots_[slot.value] = static_cast<uint16_t>(PlaceForLearnt() + 1);
}

size_t TailCache::PlaceForLearnt() {
  const auto same = std::find_if(tails_.begin(), tails_.end(), [&](const EnvelopeTail& other) {
    return other.wrapped == learnt_.wrapped && other.text == learnt_.text &&
           other.bounds == learnt_.bounds;
  });
  if (same != tails_.end()) return static_cast<size_t>(same - tails_.begin());
  if (tails_.size() < kTailsMax) {
    tails_.push_back(learnt_);
    return tails_.size() - 1;
  }
  const size_t place = oldest_;
  oldest_ = (oldest_ + 1) % kTailsMax;
  tails_[place] = learnt_;
  return place;
}

}  // namespace sluice::debezium
