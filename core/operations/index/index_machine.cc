// Intake and lanes: how records become operations. How those become bodies stands in
// index_machine_bodies.cc, what the answers to bodies mean in index_machine_answers.cc, and what is
// done against late copies of writes in index_machine_windows.cc.
#include "core/operations/index/index_machine.h"

#include <algorithm>
#include <utility>

#include "core/model/check.h"
#include "core/operations/hash.h"

namespace sluice {
namespace {

/// Bodies in flight, the one being built and what waits behind them share the queue.
size_t LargestBody(const PipelineSettings& settings) {
  return std::min(settings.bulk_max_bytes,
                  settings.queue_max_bytes / (settings.bulk_max_in_flight + 2));
}

}  // namespace

IndexMachine::IndexMachine(const PipelineSettings& settings, uint64_t seed)
    : settings_(settings),
      random_state_(seed),
      concurrency_(settings.bulk_max_in_flight),
      body_size_(LargestBody(settings)),
      windows_(settings.window_us) {}

uint64_t IndexMachine::Random() {
  // splitmix64: the machine's own, so that a copy of the machine goes on the same way.
  uint64_t z = (random_state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// ---- Partitions and records --------------------------------------------------------------------

void IndexMachine::StartPartition(PartitionSlot slot, const TopicPartition& name,
                                  CommitPosition start, bool clean) {
  if (slot.value >= partitions_.size()) {
    partitions_.resize(slot.value + 1);
    stats_.partitions.resize(slot.value + 1);
  }
  Partition& partition = partitions_[slot.value];
  ++partition.generation;
  partition.ledger.Start(start);
  partition.parts = 0;
  partition.window_us = clean ? INT64_MIN : now_us_ + windows_.length_us();
  last_partition_window_us_ = std::max(last_partition_window_us_, partition.window_us);
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
  SLUICE_CHECK(stats.assigned, "records come from partitions that were started");
  ++stats.records;
  stats.position = record.offset.value + 1;
  return RecordRef{record.partition, partition.generation,
                   partition.ledger.Track(record.offset, record.leader_epoch), record.offset};
}

void IndexMachine::SettleRecord(const RecordRef& record, Fate fate) {
  Partition& partition = partitions_[record.partition.value];
  if (partition.generation != record.generation) return;
  if (record.number == kPartOfRecord) {
    --partition.parts;
    return;
  }
  partition.ledger.Settle(record.number);
  ++stats_.partitions[record.partition.value].fates[static_cast<size_t>(fate)];
}

RecordRef IndexMachine::PartOf(const RecordRef& record) {
  ++partitions_[record.partition.value].parts;
  return {record.partition, record.generation, kPartOfRecord, record.offset};
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
    partitions_[slot.value].parts = 0;
    partitions_[slot.value].ledger.Start(partitions_[slot.value].ledger.position());
    stats_.partitions[slot.value].assigned = false;
  }
  // What waits goes before the bodies are taken apart, so that nothing is promoted only to go.
  for (OpIndex i = 0; i < ops_.size(); ++i) {
    Op& op = ops_[i];
    const bool stays = op.outstanding() && op.state != OpState::kRereading;
    if (op.state == OpState::kFree || stays || !Stale(op)) continue;
    if (op.sent != kNoOp) {
      ops_[op.sent].waiting = kNoOp;
    } else if (const OpIndex next = LeaveLane(i); next != kNoOp && !Stale(ops_[next])) {
      Unblock(next);
    }
    DropOp(i);
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

OpIndex IndexMachine::NewOp(const Proposal& proposal) {
  OpIndex index = 0;
  if (free_.empty()) {
    index = static_cast<OpIndex>(ops_.size());
    ops_.emplace_back();
    troubles_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Op& op = ops_[index];
  op.action = proposal.action;
  op.kind = proposal.kind;
  op.open = proposal.open;
  op.whole = !proposal.open;
  op.fillable = proposal.kind == EventKind::kUpdate;
  op.index = proposal.index;
  op.hash = proposal.hash;
  op.version = proposal.version;
  op.source_ms = proposal.source_ms;
  op.record = proposal.record;
  op.id.assign(proposal.id);
  id_bytes_ += op.id.size();
  return index;
}

/// The record becomes terminal with the operation. What another partition's truncate wanted of an
/// id is left to the truncate in the id's own partition, where the operation is a record's and so
/// tells which one that is. (Nothing of its table is read while a truncate is applied: its parts
/// meet older operations, and no newer record meets them.)
void IndexMachine::Absorb(Op& op, const RecordRef& record) {
  const bool knows_partition = op.record.number != kPartOfRecord;
  if (record.number == kPartOfRecord && knows_partition &&
      record.partition != op.record.partition) {
    SettleRecord(record, Fate::kCoalesced);
    return;
  }
  op.replaced.push_back(record);
  ++absorbed_;
}

void IndexMachine::ForgetDocument(Op& op) {
  waiting_bytes_ -= op.kept_bytes;
  op.kept_bytes = 0;
}

void IndexMachine::EndHeld(Op& op) {
  if (std::exchange(op.held, false)) --held_operations_;
}

void IndexMachine::FreeOp(OpIndex index) {
  Op& op = ops_[index];
  if (op.kept_bytes > 0 || op.open) {
    ForgetDocument(op);
    commands_.push_back({Command::Kind::kForget, index, 0, 0});
  }
  EndHeld(op);
  if (op.state == OpState::kRemembered) --remembered_;
  op.state = OpState::kFree;
  op.open = op.fillable = false;
  op.sent = op.waiting = kNoOp;
  if (std::exchange(op.troubled, false)) troubles_[index] = Trouble{};
  id_bytes_ -= op.id.size();
  absorbed_ -= op.replaced.size();
  constexpr size_t kReplacedKept = 64;  // memory of a hot key is given back
  if (op.replaced.capacity() > kReplacedKept) op.replaced = {};
  op.replaced.clear();
  ++op.generation;
  free_.push_back(index);
}

/// Its partition is somebody else's now, who reads its record again.
void IndexMachine::DropOp(OpIndex index) {
  if (ops_[index].troubled && troubles_[index].applied) ++stats_.deletes_handed_over;
  FreeOp(index);
}

void IndexMachine::Prepare(Proposal& proposal) const {
  proposal.hash = static_cast<uint32_t>(HashBytes(proposal.id, proposal.index.value));
  lanes_.Prefetch(proposal.hash);
  // The last place is for the proposal before this one, which was not admitted yet.
  if (free_.size() > 1) ops_[free_[free_.size() - 2]].Prefetch();
}

/// Whether the operation is this record's write, or of a newer one.
bool IndexMachine::Holds(const Op& op, const Proposal& proposal) const {
  const bool later = proposal.record.offset > op.record.offset;
  if (op.state == OpState::kRereading) return !later;  // its version is not known yet
  if (proposal.version != op.version) return proposal.version < op.version;
  return !later || !Shared(proposal.version);
}

Admission IndexMachine::Admit(const Proposal& proposal) {
  const OpIndex first = lanes_.Find(proposal.hash, [&](OpIndex index) {
    const Op& op = ops_[index];
    return op.index == proposal.index && op.id == proposal.id;
  });
  if (first == kNoOp) {
    const OpIndex index = NewOp(proposal);
    lanes_.Insert(proposal.hash, index);
    if (!proposal.open && ready_.empty() && MayBuild() && !Shared(proposal.version)) {
      PlaceInBatch(index);
      return {Admission::Action::kAppend, index, open_batch_};
    }
    ops_[index].state = OpState::kBlocked;  // until Kept()
    return {Admission::Action::kKeep, index, 0};
  }

  const OpIndex newest = ops_[first].waiting != kNoOp ? ops_[first].waiting : first;
  Op& older = ops_[newest];
  // Read again after a rebalance while the first reading is still on its way, or the tombstone of a
  // delete that is on its way: nothing to send, but terminal only together with that operation.
  const bool already_there = Holds(older, proposal);
  const bool sent = (older.state == OpState::kBuilding || older.state == OpState::kInFlight ||
                     older.state == OpState::kRemembered) &&
                    !(older.troubled && troubles_[newest].older);
  const bool confirms_delete =
      sent && proposal.kind == EventKind::kTombstone && older.action == WriteAction::kDelete;
  if (already_there || confirms_delete) {
    if (proposal.record.number == kPartOfRecord) NotePart(newest, proposal);
    Absorb(older, proposal.record);
    RideInWindow(newest, proposal.record.partition);
    return {};
  }
  if (older.outstanding()) {
    const OpIndex index = NewOp(proposal);
    ops_[first].waiting = index;
    ops_[index].sent = first;
    ops_[index].state = OpState::kBlocked;
    // A row that is created again is not the row whose delete is on its way.
    if (ops_[first].action == WriteAction::kDelete) ops_[index].fillable = false;
    return {Admission::Action::kKeep, index, 0};
  }

  if (older.state == OpState::kRemembered) {
    // A newer write of that id makes sending it again needless: it holds whatever comes late.
    --remembered_;
    older.state = OpState::kBlocked;  // until Kept()
    troubles_[newest].again_us = 0;
    troubles_[newest].applied = false;
  }

  if (older.troubled) troubles_[newest].older = false;
  if (older.action == WriteAction::kDelete) NoteDelete(newest, older, {});

  // Merge into the waiting operation: it takes the newer record's place in the log. Only an update
  // is filled from it: a row that is created is not the row that had this id before.
  const bool can_fill =
      proposal.open && proposal.kind == EventKind::kUpdate && older.action == WriteAction::kIndex;
  Absorb(older, older.record);
  older.record = proposal.record;
  older.fillable =
      proposal.kind == EventKind::kUpdate && older.action == WriteAction::kIndex && older.fillable;
  older.action = proposal.action;
  older.kind = proposal.kind;
  older.whole = !proposal.open;
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
  if (op.sent != kNoOp) {
    op.state = OpState::kBlocked;
  } else if (op.state == OpState::kBlocked || op.state == OpState::kLookup || open || was_open) {
    Unblock(index);
  }
}

void IndexMachine::Unblock(OpIndex index) {
  Op& op = ops_[index];
  if (Shared(op.version)) [[unlikely]]
    AwaitWindow(index);
  if (op.troubled && troubles_[index].not_before_us > now_us_) {
    op.state = OpState::kBackingOff;
    timers_.push({troubles_[index].not_before_us, index});
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

/// Takes an outstanding operation out of its lane. Returns the one that is the lane's first now,
/// or kNoOp.
OpIndex IndexMachine::LeaveLane(OpIndex index) {
  const Op& op = ops_[index];
  if (op.waiting == kNoOp) {
    lanes_.Erase(op.hash, index);
  } else {
    lanes_.Replace(op.hash, index, op.waiting);
    ops_[op.waiting].sent = kNoOp;
  }
  return op.waiting;
}

/// An outstanding operation is over: the one behind it may go on.
void IndexMachine::Promote(OpIndex index) {
  const OpIndex next = LeaveLane(index);
  if (next != kNoOp) Unblock(next);
}

}  // namespace sluice
