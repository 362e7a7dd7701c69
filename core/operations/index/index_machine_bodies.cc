// Bodies and time: which operation is sent when, and what is held meanwhile (I8).
#include <algorithm>
#include <utility>

#include "core/operations/index/index_machine.h"

namespace sluice {
namespace {

/// What an operation costs beside its document and its id: its places in the tables (of lanes, two
/// slots of eight bytes, as that is half empty) and in a body.
constexpr uint64_t kOpBytes = sizeof(IndexMachine::Op) + sizeof(IndexMachine::Trouble) + 64;
/// A record that is not terminal.
constexpr uint64_t kLedgerEntryBytes = 16;

}  // namespace

bool IndexMachine::MayBuild() const {
  if (building_group_) return false;
  if (open_batch_ != kNoBatch) return true;
  return gate_us_ <= now_us_ && in_flight_ + sendable_.size() <= concurrency_;
}

uint32_t IndexMachine::OpenBatch() {
  if (free_batches_.empty()) {
    free_batches_.push_back(static_cast<uint32_t>(batches_.size()));
    batches_.emplace_back();
  }
  const uint32_t batch = free_batches_.back();
  free_batches_.pop_back();
  batches_[batch].used = true;
  return batch;
}

void IndexMachine::CloseBatch() {
  sendable_.push_back(std::exchange(open_batch_, kNoBatch));
}

void IndexMachine::PlaceInBatch(OpIndex index) {
  if (open_batch_ == kNoBatch) open_batch_ = OpenBatch();
  ops_[index].state = OpState::kBuilding;
  batches_[open_batch_].ops.push_back(index);
}

void IndexMachine::Appended(uint32_t batch, size_t batch_bytes) {
  Batch& body = batches_[batch];
  batch_bytes_ += batch_bytes - body.bytes;
  body.bytes = batch_bytes;
  body.full = !building_group_ && body.bytes >= body_size_.bytes();
  if (building_group_ ? group_left_.empty()
                      : body.full || body.ops.size() >= settings_.bulk_max_documents) {
    building_group_ = false;
    if (open_batch_ == batch) CloseBatch();
  }
}

OpIndex IndexMachine::NextToAppend(uint32_t& batch) {
  OpIndex next = kNoOp;
  if (!building_group_ && !groups_.empty() && MayBuild()) {
    if (open_batch_ != kNoBatch) CloseBatch();
    group_left_ = std::move(groups_.front());
    groups_.pop_front();
    building_group_ = true;
  }
  while (next == kNoOp && !group_left_.empty()) {
    // A merge may have sent a member elsewhere: it is not of this group any more.
    if (ops_[group_left_.back()].state == OpState::kGrouped) next = group_left_.back();
    group_left_.pop_back();
  }
  if (next == kNoOp) {
    if (std::exchange(building_group_, false) && open_batch_ != kNoBatch) CloseBatch();
    if (!MayBuild()) return kNoOp;
    while (next == kNoOp && !ready_.empty()) {
      if (ops_[ready_.front()].state == OpState::kReady) next = ready_.front();
      ready_.pop_front();  // entries whose operation has moved on are stale
    }
    if (next == kNoOp) return kNoOp;
  }
  ForgetDocument(ops_[next]);
  PlaceInBatch(next);
  batch = open_batch_;
  return next;
}

bool IndexMachine::NextToSend(uint32_t& batch) {
  if (gate_us_ > now_us_ || in_flight_ >= concurrency_ || lease_over()) return false;
  if (sendable_.empty()) {
    // A body that is not full goes out when none went out for a linger: at once when idle.
    if (open_batch_ == kNoBatch || building_group_) return false;
    if (now_us_ - last_send_us_ < settings_.bulk_linger_us) return false;
    CloseBatch();
  }
  batch = sendable_.front();
  sendable_.pop_front();
  for (const OpIndex index : batches_[batch].ops) ops_[index].state = OpState::kInFlight;
  if (!windows_.empty() || last_partition_window_us_ > now_us_) MarkDeletes(batch);
  ++in_flight_;
  last_send_us_ = now_us_;
  ++stats_.bulk_requests;
  stats_.bulk_bytes.Add(static_cast<double>(batches_[batch].bytes), kBytesBounds);
  stats_.bulk_items.Add(static_cast<double>(batches_[batch].ops.size()), kItemsBounds);
  return true;
}

void IndexMachine::Tick(int64_t now_us) {
  now_us_ = now_us;
  windows_.Tick(now_us);
  while (!timers_.empty() && timers_.top().at_us <= now_us) {
    const OpIndex index = timers_.top().op;
    timers_.pop();
    // A place in the table that was freed or delayed again has a later timer of its own.
    if (ops_[index].state == OpState::kBackingOff && troubles_[index].not_before_us <= now_us)
      Unblock(index);
    else if (ops_[index].state == OpState::kRemembered && troubles_[index].again_us <= now_us)
      SendAgain(index);
  }
}

int64_t IndexMachine::deadline_us() const {
  int64_t deadline = timers_.empty() ? INT64_MAX : timers_.top().at_us;
  const bool unsent =
      open_batch_ != kNoBatch || !sendable_.empty() || !ready_.empty() || !groups_.empty();
  if (unsent && gate_us_ > now_us_) {
    deadline = std::min(deadline, gate_us_);
  } else if (open_batch_ != kNoBatch && in_flight_ < concurrency_ && !lease_over()) {
    deadline = std::min(deadline, last_send_us_ + settings_.bulk_linger_us);
  }
  return deadline;
}

uint64_t IndexMachine::held_bytes() const {
  uint64_t bytes = waiting_bytes_ + batch_bytes_ + operations() * kOpBytes + id_bytes_ +
                   absorbed_ * sizeof(RecordRef) + windows_.size() * DoubtWindows::kBytesEach;
  for (const Partition& partition : partitions_)
    bytes += partition.ledger.span() * kLedgerEntryBytes;
  return bytes;
}

void IndexMachine::PublishLevels() {
  stats_.waiting_bytes = waiting_bytes_;
  stats_.batch_bytes = batch_bytes_;
  stats_.body_size_bytes = body_size_.bytes();
  stats_.inflight_requests = in_flight_;
  stats_.waiting_operations = operations() - remembered_;
  stats_.windows_open = windows_.size();
  stats_.deletes_remembered = remembered_;
}

}  // namespace sluice
