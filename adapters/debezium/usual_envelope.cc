#include "adapters/debezium/usual_envelope.h"

#include <cstring>

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

/// `end` is farther than any name is long: see kTailBytesMin.
template <size_t kSize>
bool At(const char* at, const char (&text)[kSize]) {
  return std::memcmp(at, text, kSize - 1) == 0;
}

/// Those that the tail has, and the two before it; ts_us and ts_ns are counted and not kept.
constexpr uint32_t kMembersSeen =
    1U << static_cast<unsigned>(Member::kBefore) | 1U << static_cast<unsigned>(Member::kAfter) |
    1U << static_cast<unsigned>(Member::kSource) |
    1U << static_cast<unsigned>(Member::kTransaction) | 1U << static_cast<unsigned>(Member::kOp) |
    1U << static_cast<unsigned>(Member::kTsMs);
constexpr uint32_t kMembersCounted = 8;

}  // namespace

/// Over `null` or a row whose text is sound; null where it is not, or not surely.
const char* UsualEnvelopeReader::PassRow(const char* at, const char* end, bool& marked) const {
  if (*at != '{') return At(at, "null") ? at + 4 : nullptr;
  const RowFacts facts = rows_.Scan(at, end);
  if (facts.end == nullptr) return nullptr;
  if (!facts.ascii && !IsUtf8({at, static_cast<size_t>(facts.end - at)})) return nullptr;
  marked = facts.marked;
  return facts.end;
}

bool UsualEnvelopeReader::Read(PartitionSlot slot, std::string_view text, bool wrapped,
                               ObjectFrame& envelope) {
  const EnvelopeTail* tail = tails_.Last(slot);
  constexpr size_t kHeadMin = sizeof(R"({"before":null,"after":null)") - 1;
  if (tail == nullptr || tail->wrapped != wrapped || text.size() < kHeadMin + tail->text.size()) {
    return false;
  }
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* const tail_begin = end - tail->text.size();
  // Nothing is compared beyond the tail's beginning: the tail is longer than any name.
  const char* const before = begin + 10;
  if (!At(begin, R"({"before":)")) return false;
  bool marked = false;
  const char* const before_end = PassRow(before, end, marked);
  if (before_end == nullptr || before_end > tail_begin || !At(before_end, R"(,"after":)")) {
    return false;
  }
  const char* const after = before_end + 9;
  after_marked_ = false;
  if (PassRow(after, end, after_marked_) != tail_begin) return false;
  const std::string_view tail_text(tail_begin, tail->text.size());
  if (!tails_.Matches(*tail, tail_text)) return false;
  const auto set = [&envelope](Member member, std::string_view value) {
    envelope.values[static_cast<size_t>(member)] = value;
  };
  set(Member::kBefore, {before, static_cast<size_t>(before_end - before)});
  set(Member::kAfter, {after, static_cast<size_t>(tail_begin - after)});
  set(Member::kSource, tail->source.in(tail_text));
  set(Member::kTransaction, tail->transaction.in(tail_text));
  set(Member::kOp, tail->op.in(tail_text));
  set(Member::kTsMs, tail->ts_ms.in(tail_text));
  envelope.seen = kMembersSeen;
  envelope.count = kMembersCounted;
  source_ = TailCache::Source(*tail, tail_text);
  return true;
}

}  // namespace sluice::debezium
