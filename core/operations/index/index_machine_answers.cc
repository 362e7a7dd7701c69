// What the answers of the index mean for the operations in a body (delivery contract, parts 6, 9).
#include <algorithm>
#include <utility>

#include "core/model/check.h"
#include "core/operations/group/backoff.h"
#include "core/operations/index/index_machine.h"

namespace sluice {
namespace {

/// A field that one document gives two types is refused each time with the words of a race.
constexpr uint8_t kMappingRacesMost = 3;

}  // namespace

void IndexMachine::Answer(uint32_t batch, const Verdict& request, std::span<const Verdict> items,
                          bool body_sent, int64_t wall_ms) {
  --in_flight_;
  if (body_sent && request.disposition != Disposition::kDone) DoubtAll(batch);
  ++stats_.bulk_answers[static_cast<size_t>(request.disposition)];
  const size_t count = batches_[batch].ops.size();
  const auto requeue_all = [&] {
    for (uint32_t i = 0; i < count; ++i) Requeue(batches_[batch].ops[i], batch, i, nullptr);
  };
  switch (request.disposition) {
    case Disposition::kDone: {
      SLUICE_CHECK(items.size() == count, "one verdict per item");
      failures_ = 0;
      gate_us_ = 0;
      bool overloaded = false;
      for (uint32_t i = 0; i < count; ++i) {
        PrefetchAnswered(batch, i);
        overloaded |= items[i].reason == FailureReason::kOverloaded;
        AnswerItem(batches_[batch].ops[i], items[i], batch, i, wall_ms);
      }
      body_size_.Acknowledged(batches_[batch].bytes, batches_[batch].full, now_us_);
      if (overloaded) body_size_.Overloaded();
      concurrency_ = overloaded ? std::max(1U, concurrency_ / 2)
                                : std::min(concurrency_ + 1, settings_.bulk_max_in_flight);
      break;
    }
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
      RequestFailed(request);
      stats_.retries[static_cast<size_t>(request.reason)] += count;
      requeue_all();
      break;
    case Disposition::kCancelled: requeue_all(); break;
    case Disposition::kSplit:
    case Disposition::kReject: Split(batch, request, wall_ms); break;
    case Disposition::kHalt:
      commands_.push_back({Command::Kind::kHalt, kNoOp, batch, 0});
      requeue_all();
      break;
  }
  batch_bytes_ -= batches_[batch].bytes;
  batches_[batch].ops.clear();
  batches_[batch].bytes = 0;
  batches_[batch].full = false;
  batches_[batch].used = false;
  free_batches_.push_back(batch);
  commands_.push_back({Command::Kind::kDiscard, kNoOp, batch, 0});
}

/// Each operation is used once more, long after it was stored: without this every answer waits for
/// memory, first for the operation and then for its lane.
__attribute__((always_inline)) inline void IndexMachine::PrefetchAnswered(uint32_t batch,
                                                                          uint32_t ordinal) const {
  constexpr uint32_t kOpsAhead = 16;
  constexpr uint32_t kLanesAhead = 8;
  const std::vector<OpIndex>& ops = batches_[batch].ops;
  if (ordinal + kOpsAhead < ops.size()) ops_[ops[ordinal + kOpsAhead]].Prefetch();
  if (ordinal + kLanesAhead < ops.size()) lanes_.Prefetch(ops_[ops[ordinal + kLanesAhead]].hash);
}

void IndexMachine::AnswerItem(OpIndex index, const Verdict& verdict, uint32_t batch,
                              uint32_t ordinal, int64_t wall_ms) {
  switch (verdict.disposition) {
    case Disposition::kDone:
      if (verdict.result == WriteResult::kConflictHigher ||
          verdict.result == WriteResult::kConflictUnknown) {
        ops_[index].state = OpState::kJudged;
        commands_.push_back({Command::Kind::kJudge, index, batch, ordinal});
        return;
      }
      Finish(index, verdict.result, wall_ms);
      return;
    case Disposition::kInDoubt: windows_.Open(ops_[index].hash, now_us_); [[fallthrough]];
    case Disposition::kRetry:
    case Disposition::kHold:
      BackOff(index, verdict);
      if (verdict.reason == FailureReason::kMappingRaced &&
          ++troubles_[index].races > kMappingRacesMost) {
        Refuse(index, batch, ordinal, wall_ms);
        return;
      }
      Requeue(index, batch, ordinal, nullptr);
      return;
    case Disposition::kCancelled: Requeue(index, batch, ordinal, nullptr); return;
    case Disposition::kSplit:
    case Disposition::kReject: Refuse(index, batch, ordinal, wall_ms); return;
    case Disposition::kHalt:
      commands_.push_back({Command::Kind::kHalt, index, batch, ordinal});
      Requeue(index, batch, ordinal, nullptr);
      return;
  }
}

void IndexMachine::Refuse(OpIndex index, uint32_t batch, uint32_t ordinal, int64_t wall_ms) {
  Op& op = ops_[index];
  EndHeld(op);
  op.troubled = true;
  if (troubles_[index].first_ms == 0) troubles_[index].first_ms = wall_ms;
  op.state = OpState::kDeadLetter;
  if (op.index.value < stats_.indices.size()) ++stats_.indices[op.index.value].rejected;
  commands_.push_back({Command::Kind::kDeadLetter, index, batch, ordinal});
}

void IndexMachine::SettleAll(const Op& op, Fate own) {
  SettleRecord(op.record, own);
  for (const RecordRef& record : op.replaced) SettleRecord(record, Fate::kCoalesced);
}

void IndexMachine::Finish(OpIndex index, WriteResult result, int64_t wall_ms) {
  const Op& op = ops_[index];
  WriteResult first = result;
  if (op.troubled) [[unlikely]] {
    // A DELETE that was sent again, be it once more in a window that opened since.
    if (troubles_[index].applied) {
      first = troubles_[index].result;
      ++stats_.deletes_sent_again;
      if (result == WriteResult::kDeleted) ++stats_.late_copies_deleted;
    }
    if (troubles_[index].again_us != 0) {
      Remember(index, result, wall_ms);
      return;
    }
  }
  if (!op.troubled || !troubles_[index].applied) CountDone(op, result, wall_ms);
  SettleAll(op, first == WriteResult::kConflictHigher ? Fate::kSuperseded : Fate::kApplied);
  if (op.index.value < watched_.size() && watched_[op.index.value]) [[unlikely]]
    watched_writes_.push_back({op.index, op.id, op.version, op.whole, first});
  Promote(index);
  FreeOp(index);
}

void IndexMachine::CountDone(const Op& op, WriteResult result, int64_t wall_ms) {
  if (op.index.value < stats_.indices.size())
    ++stats_.indices[op.index.value].documents[static_cast<size_t>(result)];
  if (op.source_ms > 0)
    stats_.event_age_seconds.Add(
        static_cast<double>(std::max<int64_t>(0, wall_ms - op.source_ms)) / 1000.0, kSecondsBounds);
}

void IndexMachine::DeadLettered(OpIndex index) {
  Op& op = ops_[index];
  SettleRecord(op.record, Fate::kDeadLettered);
  // The same record, read again after a rebalance.
  absorbed_ -= std::erase_if(op.replaced, [&](const RecordRef& record) {
    if (record.partition != op.record.partition || record.offset != op.record.offset) return false;
    SettleRecord(record, Fate::kDeadLettered);
    return true;
  });
  TakePredecessor(index);
}

/// The newest record that the refused operation had replaced takes its place.
void IndexMachine::TakePredecessor(OpIndex index) {
  Op& op = ops_[index];
  absorbed_ -= std::erase_if(op.replaced, [this](const RecordRef& record) {
    return partitions_[record.partition.value].generation != record.generation;
  });
  const auto newest =
      std::max_element(op.replaced.begin(), op.replaced.end(),
                       [](const RecordRef& a, const RecordRef& b) { return a.offset < b.offset; });
  if (newest == op.replaced.end()) {
    Promote(index);
    FreeOp(index);
    return;
  }
  op.record = *newest;
  op.replaced.erase(newest);
  --absorbed_;
  Trouble trouble;
  trouble.older = true;
  const bool is_delete = op.troubled && troubles_[index].delete_version != 0 &&
                         troubles_[index].delete_record.offset == op.record.offset;
  const Trouble before = std::exchange(troubles_[index], trouble);
  op.troubled = true;
  if (is_delete) {
    op.action = WriteAction::kDelete;
    op.kind = EventKind::kDelete;
    op.whole = true;
    op.version = before.delete_version;
    op.state = OpState::kBlocked;
    ++stats_.predecessors_applied;
    Kept(index, 0, false);
    return;
  }
  troubles_[index].delete_version = before.delete_version;
  troubles_[index].delete_record = before.delete_record;
  op.state = OpState::kRereading;
  commands_.push_back({Command::Kind::kReread, index, 0, 0});
}

bool IndexMachine::Rereads(uint64_t token, OpIndex& index) const {
  index = static_cast<OpIndex>(token & UINT32_MAX);
  return index < ops_.size() && ops_[index].generation == (token >> 32) &&
         ops_[index].state == OpState::kRereading;
}

/// What a truncate wanted of the id carries no columns, and says nothing of how it stands to the
/// records: some between the two may be applied already.
std::optional<RecordRef> IndexMachine::ReplacedBefore(OpIndex index, Offset offset) const {
  std::optional<RecordRef> newest;
  for (const RecordRef& record : ops_[index].replaced) {
    if (record.number == kPartOfRecord) continue;
    if (record.offset < offset && (!newest || record.offset > newest->offset)) newest = record;
  }
  return newest;
}

void IndexMachine::TakeAgain(OpIndex index, const Proposal& older, bool fillable) {
  Op& op = ops_[index];
  op.action = older.action;
  op.kind = older.kind;
  op.whole = !older.open;
  op.version = older.version;
  op.source_ms = older.source_ms;
  op.fillable = fillable;
  op.state = OpState::kBlocked;  // until Kept()
  ++stats_.predecessors_applied;
}

void IndexMachine::RecordGone(OpIndex index) {
  SettleRecord(ops_[index].record, Fate::kCoalesced);
  ++stats_.predecessors_gone;
  TakePredecessor(index);
}

void IndexMachine::Judged(OpIndex index, WriteResult result, int64_t wall_ms) {
  Finish(index, result, wall_ms);
}

bool IndexMachine::Judging(uint64_t token, OpIndex& index) const {
  index = static_cast<OpIndex>(token & UINT32_MAX);
  return index < ops_.size() && ops_[index].generation == token >> 32 &&
         ops_[index].state == OpState::kJudged;
}

void IndexMachine::BackOff(OpIndex index, const Verdict& verdict) {
  Op& op = ops_[index];
  Trouble& trouble = troubles_[index];
  op.troubled = true;
  ++trouble.attempts;
  ++stats_.retries[static_cast<size_t>(verdict.reason)];
  trouble.not_before_us = now_us_ + BackoffUs(settings_.backoff, trouble.attempts, Random());
  if (verdict.disposition == Disposition::kHold) {
    held_reason_ = verdict.reason;
    if (!op.held) ++held_operations_;
    op.held = true;
  }
}

void IndexMachine::RequestFailed(const Verdict& request) {
  ++failures_;
  gate_us_ = now_us_ + BackoffUs(settings_.backoff, failures_, Random());
  if (request.reason != FailureReason::kOverloaded) return;
  concurrency_ = std::max(1U, concurrency_ / 2);
  body_size_.Overloaded();
}

/// `newer` takes the place of an operation that is a delete, or has taken one over itself.
void IndexMachine::NoteDelete(OpIndex newer, const Op& replaced, const Trouble& its) {
  const bool deletes = replaced.action == WriteAction::kDelete;
  const int64_t version = deletes ? replaced.version : its.delete_version;
  Trouble& noted = troubles_[newer];
  if (version == 0 || (ops_[newer].troubled && noted.delete_version > version)) return;
  ops_[newer].troubled = true;
  noted.delete_version = version;
  noted.delete_record = deletes ? replaced.record : its.delete_record;
}

/// Of a truncate that stands before the operation: if that is refused, the delete is sent.
void IndexMachine::NotePart(OpIndex newer, const Proposal& part) {
  if (part.record.partition != ops_[newer].record.partition) return;
  Op deletes;
  deletes.action = WriteAction::kDelete;
  deletes.version = part.version;
  deletes.record = part.record;
  NoteDelete(newer, deletes, {});
}

/// The newer one behind it goes out in its place and takes its records over.
void IndexMachine::GiveWay(OpIndex index, uint32_t batch, uint32_t ordinal) {
  Op& op = ops_[index];
  const OpIndex survivor = LeaveLane(index);
  Op& newer = ops_[survivor];
  Absorb(newer, op.record);
  for (const RecordRef& record : op.replaced) Absorb(newer, record);
  if (op.troubled) {
    newer.troubled = true;
    Trouble& its = troubles_[survivor];
    its.attempts = std::max(its.attempts, troubles_[index].attempts);
    its.not_before_us = std::max(its.not_before_us, troubles_[index].not_before_us);
  }
  NoteDelete(survivor, op, op.troubled ? troubles_[index] : Trouble{});
  if (op.held && !std::exchange(newer.held, true)) ++held_operations_;
  if (newer.open && newer.fillable && op.action == WriteAction::kIndex) {
    newer.fillable = op.fillable;
    commands_.push_back({Command::Kind::kFill, survivor, batch, ordinal, op.version});
  } else {
    Unblock(survivor);
  }
  FreeOp(index);
}

void IndexMachine::Requeue(OpIndex index, uint32_t batch, uint32_t ordinal,
                           std::vector<OpIndex>* group) {
  Op& op = ops_[index];
  if (Stale(op)) {
    Promote(index);
    DropOp(index);
    return;
  }
  if (op.waiting != kNoOp) {
    GiveWay(index, batch, ordinal);
    return;
  }
  op.open = false;                                 // what was in a body is whole
  if (op.troubled) troubles_[index].again_us = 0;  // decided when it is sent
  if (op.action == WriteAction::kIndex)
    commands_.push_back({Command::Kind::kTakeBack, index, batch, ordinal});
  if (group != nullptr) {
    op.state = OpState::kGrouped;
    group->push_back(index);
  } else {
    Unblock(index);
  }
}

void IndexMachine::Split(uint32_t batch, const Verdict& request, int64_t wall_ms) {
  const std::vector<OpIndex> ops = batches_[batch].ops;
  if (ops.size() == 1) {
    const Verdict refused{Disposition::kReject, request.reason, WriteResult::kCreated};
    AnswerItem(ops.front(), refused, batch, 0, wall_ms);
    return;
  }
  if (request.reason == FailureReason::kTooLarge) body_size_.TooLarge(batches_[batch].bytes);
  stats_.retries[static_cast<size_t>(request.reason)] += ops.size();
  std::vector<OpIndex> first;
  std::vector<OpIndex> second;
  for (uint32_t i = 0; i < ops.size(); ++i)
    Requeue(ops[i], batch, i, i < ops.size() / 2 ? &first : &second);
  // Depth first, so that a long bisection does not pile up halves.
  if (!second.empty()) groups_.push_front(std::move(second));
  if (!first.empty()) groups_.push_front(std::move(first));
}

uint64_t IndexMachine::LookupToken(OpIndex index) const {
  return uint64_t{ops_[index].generation} << 32 | index;
}

bool IndexMachine::LookedUp(uint64_t token, OpIndex& index) const {
  index = static_cast<OpIndex>(token & UINT32_MAX);
  return index < ops_.size() && ops_[index].generation == (token >> 32) &&
         ops_[index].state == OpState::kLookup;
}

bool IndexMachine::Strips(uint64_t token, OpIndex& index) const {
  index = static_cast<OpIndex>(token & UINT32_MAX);
  if (index >= ops_.size() || ops_[index].generation != (token >> 32)) return false;
  const Op& op = ops_[index];
  return op.open && (op.state == OpState::kLookup || op.state == OpState::kBlocked);
}

void IndexMachine::Watch(IndexSlot index, bool watch) {
  if (index.value >= watched_.size()) watched_.resize(index.value + size_t{1});
  watched_[index.value] = watch;
}

void IndexMachine::LookupFailed(OpIndex index, const Verdict& verdict) {
  BackOff(index, verdict);
  ops_[index].state = OpState::kBlocked;
  Unblock(index);
}

}  // namespace sluice
