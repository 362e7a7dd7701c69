// Late copies of writes: a node forgets the version of a deleted document after a while, and a copy
// of an older write that comes later would bring the document back. So a DELETE that is sent while
// such a copy may be alive is remembered, holds the committed offset, and is sent once more when
// none can be alive (delivery contract, part 4; docs/DELIVERY.md has the argument).
#include <algorithm>

#include "core/operations/index/index_machine.h"

namespace sluice {

/// The outcome of that request is not known: any of its writes may still be applied.
void IndexMachine::DoubtAll(uint32_t batch) {
  for (const OpIndex index : batches_[batch].ops) windows_.Open(ops_[index].hash, now_us_);
}

int64_t IndexMachine::WindowClosesAt(uint32_t hash, PartitionSlot slot) const {
  return std::max(windows_.ClosesAt(hash), partitions_[slot.value].window_us);
}

/// A late copy of an older write would win against one of the same version that gives way to equal
/// ones: such a write is not sent while a copy may be alive.
void IndexMachine::AwaitWindow(OpIndex index) {
  const Op& op = ops_[index];
  const int64_t closes_us = WindowClosesAt(op.hash, op.record.partition);
  if (closes_us <= now_us_) return;
  ops_[index].troubled = true;
  troubles_[index].not_before_us = std::max(troubles_[index].not_before_us, closes_us);
}

/// Notes for each DELETE of a body that is sent now whether it has to be sent again, and when. What
/// counts is the time of sending: by the answer its window may have closed.
void IndexMachine::MarkDeletes(uint32_t batch) {
  if (settings_.soft_deletes) return;
  for (const OpIndex index : batches_[batch].ops) {
    Op& op = ops_[index];
    if (op.action != WriteAction::kDelete) continue;
    const int64_t closes_us = WindowClosesAt(op.hash, op.record.partition);
    if (closes_us <= now_us_) continue;
    op.troubled = true;
    troubles_[index].again_us = closes_us;
  }
}

/// A record rides on a DELETE that was sent when its partition was this member's before. Whoever
/// had it meanwhile may have left something behind: a window that has opened since counts as well.
void IndexMachine::RideInWindow(OpIndex index, PartitionSlot partition) {
  Op& op = ops_[index];
  const bool was_sent = op.state == OpState::kInFlight || op.state == OpState::kJudged ||
                        op.state == OpState::kRemembered;
  if (op.action != WriteAction::kDelete || !was_sent) return;  // else decided when it is sent
  const int64_t closes_us = partitions_[partition.value].window_us;
  if (closes_us <= now_us_ || closes_us <= troubles_[index].again_us) return;
  op.troubled = true;
  troubles_[index].again_us = closes_us;
  if (op.state == OpState::kRemembered) timers_.push({closes_us, index});
}

/// A DELETE that was sent in a window was answered: its record is not terminal yet.
void IndexMachine::Remember(OpIndex index, WriteResult result, int64_t wall_ms) {
  Op& op = ops_[index];
  Trouble& trouble = troubles_[index];
  if (!trouble.applied) CountDone(op, result, wall_ms);
  if (!trouble.applied) trouble.result = result;
  trouble.applied = true;
  EndHeld(op);
  if (Stale(op)) {
    Promote(index);
    DropOp(index);
  } else if (op.waiting != kNoOp) {
    // A newer write stays above whatever comes late; it takes the record over.
    trouble.attempts = 0;
    trouble.not_before_us = 0;
    GiveWay(index, kNoBatch, 0);
  } else {
    op.state = OpState::kRemembered;
    ++remembered_;
    timers_.push({std::max(trouble.again_us, now_us_), index});
  }
}

void IndexMachine::SendAgain(OpIndex index) {
  --remembered_;
  troubles_[index].again_us = 0;
  troubles_[index].not_before_us = 0;
  ops_[index].state = OpState::kBlocked;
  Unblock(index);
}

bool IndexMachine::clean(PartitionSlot slot) const {
  if (!windows_.empty() || partitions_[slot.value].window_us > now_us_) return false;
  // Also operations of a former assignment: they may still be in flight.
  return std::none_of(ops_.begin(), ops_.end(), [slot](const Op& op) {
    return op.state != OpState::kFree && op.record.partition == slot;
  });
}

int64_t IndexMachine::windows_left_us() const {
  int64_t closes_us = std::max(now_us_, last_partition_window_us_);
  if (!windows_.empty()) closes_us = std::max(closes_us, windows_.last_closes_us());
  return closes_us - now_us_;
}

}  // namespace sluice
