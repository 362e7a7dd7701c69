#include "core/operations/group/offset_ledger.h"

#include <utility>

#include "core/model/check.h"

namespace sluice {
namespace {
constexpr size_t kSmallest = 64;
}  // namespace

void OffsetLedger::Start(CommitPosition start) {
  head_ = tail_;
  if (ring_.size() > kSmallest) ring_ = std::vector<Entry>(kSmallest);
  position_ = start;
  next_ = start.next;
}

uint64_t OffsetLedger::Track(Offset offset, int32_t leader_epoch) {
  SLUICE_CHECK(offset >= next_, "records of a partition arrive in rising order");
  if (tail_ - head_ == ring_.size()) Grow();
  At(tail_) = Entry{offset.value, leader_epoch, false};
  next_ = offset.Next();
  return tail_++;
}

void OffsetLedger::Settle(uint64_t number) {
  SLUICE_CHECK(number >= head_ && number < tail_, "only a tracked record is settled");
  Entry& entry = At(number);
  SLUICE_CHECK(!entry.terminal, "a record becomes terminal once");
  entry.terminal = true;
  while (head_ != tail_ && At(head_).terminal) {
    const Entry& oldest = At(head_++);
    position_ = CommitPosition{Offset{oldest.offset}.Next(), oldest.leader_epoch};
  }
}

void OffsetLedger::ReachEnd(Offset end) {
  if (end <= next_) return;
  // What was passed over may be of a newer epoch than the last record: named with that one's, the
  // position would look to the broker like one of a truncated log.
  Settle(Track(Offset{end.value - 1}, -1));
}

void OffsetLedger::AppendState(std::vector<int64_t>& words) const {
  words.insert(words.end(), {position_.next.value, next_.value, static_cast<int64_t>(span())});
  for (uint64_t number = head_; number != tail_; ++number)
    words.insert(words.end(), {At(number).offset, int64_t{At(number).terminal}});
}

void OffsetLedger::Grow() {
  std::vector<Entry> larger(ring_.empty() ? kSmallest : ring_.size() * 2);
  for (uint64_t number = head_; number != tail_; ++number)
    larger[number & (larger.size() - 1)] = At(number);
  ring_ = std::move(larger);
}

}  // namespace sluice
