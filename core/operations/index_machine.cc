// Intake and lanes: how records become operations and operations become bodies.
// What the answers to those bodies mean stands in index_machine_answers.cc.
#include "core/operations/index_machine.h"

#include <algorithm>
#include <utility>

#include "core/model/check.h"
#include "core/operations/hash.h"

namespace sluice {
namespace {

/// What an operation costs beside its document: its place in the tables and its id.
constexpr uint64_t kOpBytes = sizeof(IndexMachine::Op) + 64;
/// A record that is not terminal: its ledger entry and, when it was merged, its place in
/// `replaced`.
constexpr uint64_t kLedgerEntryBytes = 16 + sizeof(RecordRef);

}  // namespace

IndexMachine::IndexMachine(const PipelineSettings& settings, uint64_t seed)
    : settings_(settings), random_state_(seed), concurrency_(settings.bulk_max_in_flight) {}

uint64_t IndexMachine::Random() {
  // splitmix64: the machine's own, so that a copy of the machine goes on the same way.
  uint64_t z = (random_state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// ---- Partitions and records --------------------------------------------------------------------

void IndexMachine::StartPartition(PartitionSlot slot, const TopicPartition& name,
                                  CommitPosition start) {
  if (slot.value >= partitions_.size()) {
    partitions_.resize(slot.value + 1);
    stats_.partitions.resize(slot.value + 1);
  }
  Partition& partition = partitions_[slot.value];
  ++partition.generation;
  partition.ledger.Start(start);
  PartitionStats& stats = stats_.partitions[slot.value];
  stats.name = name;
  stats.assigned = true;
  stats.position = start.next.value;
}

const OffsetLedger& IndexMachine::ledger(PartitionSlot slot) const {
  return partitions_[slot.value].ledger;
}

void IndexMachine::ReachEnd(PartitionSlot slot, Offset end) {
  partitions_[slot.value].ledger.ReachEnd(end);
  PartitionStats& stats = stats_.partitions[slot.value];
  stats.position = std::max(stats.position, end.value);
}

RecordRef IndexMachine::Track(const Record& record) {
  Partition& partition = partitions_[record.partition.value];
  PartitionStats& stats = stats_.partitions[record.partition.value];
  ++stats.records;
  stats.position = record.offset.value + 1;
  return RecordRef{record.partition, partition.generation,
                   partition.ledger.Track(record.offset, record.leader_epoch), record.offset};
}

void IndexMachine::SettleRecord(const RecordRef& record, Fate fate) {
  Partition& partition = partitions_[record.partition.value];
  if (partition.generation != record.generation) return;
  partition.ledger.Settle(record.number);
  ++stats_.partitions[record.partition.value].fates[static_cast<size_t>(fate)];
}

bool IndexMachine::Stale(const Op& op) const {
  const auto live = [this](const RecordRef& record) {
    return partitions_[record.partition.value].generation == record.generation;
  };
  return !live(op.record) && std::none_of(op.replaced.begin(), op.replaced.end(), live);
}

void IndexMachine::DropPartitions(std::span<const PartitionSlot> slots) {
  for (const PartitionSlot slot : slots) {
    ++partitions_[slot.value].generation;
    partitions_[slot.value].ledger.Start(partitions_[slot.value].ledger.position());
    stats_.partitions[slot.value].assigned = false;
  }
  // What waits goes before the bodies are taken apart, so that nothing is promoted only to go.
  for (OpIndex i = 0; i < ops_.size(); ++i) {
    Op& op = ops_[i];
    const bool waits = op.state != OpState::kFree && op.state != OpState::kBuilding &&
                       op.state != OpState::kInFlight && op.state != OpState::kDeadLetter;
    if (!waits || !Stale(op)) continue;
    Lane* lane = LaneOf(op);
    lane->waiting = kNoOp;
    if (lane->empty()) lanes_.Erase(lane);
    FreeOp(i);
  }
  DropUnsentBatches();
}

void IndexMachine::DropUnsentBatches() {
  if (building_group_) {
    // The group's own order does not matter: its operations are ready again one by one.
    for (const OpIndex i : group_left_)
      if (ops_[i].state == OpState::kGrouped) Unblock(i);
    group_left_.clear();
    building_group_ = false;
  }
  if (open_batch_ != kNoBatch) sendable_.push_back(std::exchange(open_batch_, kNoBatch));
  for (const uint32_t batch : std::exchange(sendable_, {})) {
    for (uint32_t ordinal = 0; ordinal < batches_[batch].ops.size(); ++ordinal)
      Requeue(batches_[batch].ops[ordinal], batch, ordinal, nullptr);
    batch_bytes_ -= batches_[batch].bytes;
    batches_[batch] = Batch{};
    free_batches_.push_back(batch);
    commands_.push_back({Command::Kind::kDiscard, kNoOp, batch, 0});
  }
}

// ---- Operations and lanes ----------------------------------------------------------------------

OpIndex IndexMachine::NewOp(const Proposal& proposal, uint64_t hash) {
  OpIndex index = 0;
  if (free_.empty()) {
    index = static_cast<OpIndex>(ops_.size());
    ops_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Op& op = ops_[index];
  op.action = proposal.action;
  op.kind = proposal.kind;
  op.open = proposal.open;
  op.fillable = proposal.kind == EventKind::kUpdate;
  op.index = proposal.index;
  op.hash = hash;
  op.version = proposal.version;
  op.source_ms = proposal.source_ms;
  op.record = proposal.record;
  op.id.assign(proposal.id);
  return index;
}

void IndexMachine::ForgetDocument(Op& op) {
  waiting_bytes_ -= op.kept_bytes;
  op.kept_bytes = 0;
}

void IndexMachine::FreeOp(OpIndex index) {
  Op& op = ops_[index];
  if (op.kept_bytes > 0 || op.open) {
    ForgetDocument(op);
    commands_.push_back({Command::Kind::kForget, index, 0, 0});
  }
  if (op.held) --held_operations_;
  op.state = OpState::kFree;
  op.open = op.held = op.fillable = false;
  op.attempts = 0;
  op.not_before_us = op.first_ms = 0;
  constexpr size_t kReplacedKept = 64;  // memory of a hot key is given back
  if (op.replaced.capacity() > kReplacedKept) op.replaced = {};
  op.replaced.clear();
  ++op.generation;
  free_.push_back(index);
}

Lane* IndexMachine::FindLane(uint64_t hash, IndexSlot index, std::string_view id) {
  return lanes_.Find(hash, [&](const Lane& lane) {
    const Op& op = ops_[lane.sent != kNoOp ? lane.sent : lane.waiting];
    return op.index == index && op.id == id;
  });
}

Lane* IndexMachine::LaneOf(const Op& op) {
  return FindLane(op.hash, op.index, op.id);
}

Admission IndexMachine::Admit(const Proposal& proposal) {
  const uint64_t hash = HashBytes(proposal.id, proposal.index.value);
  Lane* lane = FindLane(hash, proposal.index, proposal.id);
  if (lane == nullptr) {
    const OpIndex index = NewOp(proposal, hash);
    if (!proposal.open && ready_.empty() && MayBuild()) {
      lanes_.Insert(Lane{hash, index, kNoOp});
      PlaceInBatch(index);
      return {Admission::Action::kAppend, index, open_batch_};
    }
    lanes_.Insert(Lane{hash, kNoOp, index});
    ops_[index].state = OpState::kBlocked;  // until Kept()
    return {Admission::Action::kKeep, index, 0};
  }

  const OpIndex newest = lane->waiting != kNoOp ? lane->waiting : lane->sent;
  Op& older = ops_[newest];
  // Read again after a rebalance while the first reading is still on its way, or the tombstone of a
  // delete that is on its way: nothing to send, but terminal only together with that operation.
  const bool already_there = proposal.version <= older.version;
  const bool confirms_delete = lane->waiting == kNoOp && older.state != OpState::kDeadLetter &&
                               proposal.kind == EventKind::kTombstone &&
                               older.action == WriteAction::kDelete;
  if (already_there || confirms_delete) {
    older.replaced.push_back(proposal.record);
    return {};
  }
  if (lane->waiting == kNoOp) {
    const OpIndex index = NewOp(proposal, hash);
    lane->waiting = index;
    ops_[index].state = OpState::kBlocked;
    // A row that is created again is not the row whose delete is on its way.
    if (ops_[lane->sent].action == WriteAction::kDelete) ops_[index].fillable = false;
    return {Admission::Action::kKeep, index, 0};
  }

  // Merge into the waiting operation: it takes the newer record's place in the log. Only an update
  // is filled from it: a row that is created is not the row that had this id before.
  const bool can_fill = proposal.open && proposal.kind == EventKind::kUpdate &&
                        older.action == WriteAction::kIndex;
  older.replaced.push_back(older.record);
  older.record = proposal.record;
  older.fillable =
      proposal.kind == EventKind::kUpdate && older.action == WriteAction::kIndex && older.fillable;
  older.action = proposal.action;
  older.kind = proposal.kind;
  older.version = proposal.version;
  older.source_ms = proposal.source_ms;
  return {can_fill ? Admission::Action::kMerge : Admission::Action::kKeep, newest, 0};
}

void IndexMachine::Kept(OpIndex index, size_t document_bytes, bool open) {
  Op& op = ops_[index];
  ForgetDocument(op);
  op.kept_bytes = static_cast<uint32_t>(document_bytes);
  waiting_bytes_ += op.kept_bytes;
  const bool was_open = std::exchange(op.open, open);
  const bool blocked = LaneOf(op)->sent != kNoOp;
  if (blocked) {
    op.state = OpState::kBlocked;
  } else if (op.state == OpState::kBlocked || op.state == OpState::kLookup || open || was_open) {
    Unblock(index);
  }
}

void IndexMachine::Unblock(OpIndex index) {
  Op& op = ops_[index];
  if (op.not_before_us > now_us_) {
    op.state = OpState::kBackingOff;
    timers_.push({op.not_before_us, index});
  } else if (op.open && op.fillable) {
    if (op.state == OpState::kLookup) return;  // the answer on its way is as good for this state
    op.state = OpState::kLookup;
    commands_.push_back({Command::Kind::kLookup, index, 0, 0});
  } else if (op.open) {
    op.state = OpState::kBlocked;
    commands_.push_back({Command::Kind::kStrip, index, 0, 0});
  } else {
    op.state = OpState::kReady;
    ready_.push_back(index);
  }
}

void IndexMachine::Promote(Lane* lane) {
  lane->sent = kNoOp;
  if (lane->waiting == kNoOp) {
    lanes_.Erase(lane);
  } else {
    Unblock(lane->waiting);
  }
}

// ---- Bodies ------------------------------------------------------------------------------------

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
  if (building_group_ ? group_left_.empty()
                      : body.bytes >= settings_.bulk_max_bytes ||
                            body.ops.size() >= settings_.bulk_max_documents) {
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
  Op& op = ops_[next];
  ForgetDocument(op);
  Lane* lane = LaneOf(op);
  lane->waiting = kNoOp;
  lane->sent = next;
  PlaceInBatch(next);
  batch = open_batch_;
  return next;
}

bool IndexMachine::NextToSend(uint32_t& batch) {
  if (gate_us_ > now_us_ || in_flight_ >= concurrency_) return false;
  if (sendable_.empty()) {
    // A body that is not full goes out when none went out for a linger: at once when idle.
    if (open_batch_ == kNoBatch || building_group_) return false;
    if (now_us_ - last_send_us_ < settings_.bulk_linger_us) return false;
    CloseBatch();
  }
  batch = sendable_.front();
  sendable_.pop_front();
  for (const OpIndex index : batches_[batch].ops) ops_[index].state = OpState::kInFlight;
  ++in_flight_;
  last_send_us_ = now_us_;
  ++stats_.bulk_requests;
  stats_.bulk_bytes.Add(static_cast<double>(batches_[batch].bytes), kBytesBounds);
  stats_.bulk_items.Add(static_cast<double>(batches_[batch].ops.size()), kItemsBounds);
  return true;
}

void IndexMachine::Tick(int64_t now_us) {
  now_us_ = now_us;
  while (!timers_.empty() && timers_.top().at_us <= now_us) {
    const OpIndex index = timers_.top().op;
    timers_.pop();
    // A place in the table that was freed or delayed again has a later timer of its own.
    if (ops_[index].state == OpState::kBackingOff && ops_[index].not_before_us <= now_us)
      Unblock(index);
  }
}

int64_t IndexMachine::deadline_us() const {
  int64_t deadline = timers_.empty() ? INT64_MAX : timers_.top().at_us;
  const bool unsent =
      open_batch_ != kNoBatch || !sendable_.empty() || !ready_.empty() || !groups_.empty();
  if (unsent && gate_us_ > now_us_) {
    deadline = std::min(deadline, gate_us_);
  } else if (open_batch_ != kNoBatch && in_flight_ < concurrency_) {
    deadline = std::min(deadline, last_send_us_ + settings_.bulk_linger_us);
  }
  return deadline;
}

uint64_t IndexMachine::held_bytes() const {
  uint64_t bytes = waiting_bytes_ + batch_bytes_ + operations() * kOpBytes;
  for (const Partition& partition : partitions_)
    bytes += partition.ledger.span() * kLedgerEntryBytes;
  return bytes;
}

void IndexMachine::PublishLevels() {
  stats_.waiting_bytes = waiting_bytes_;
  stats_.batch_bytes = batch_bytes_;
  stats_.inflight_requests = in_flight_;
  stats_.waiting_operations = operations();
}

}  // namespace sluice
