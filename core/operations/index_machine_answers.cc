// What the answers of the index mean for the operations in a body (delivery contract, parts 6, 9).
#include <algorithm>
#include <utility>

#include "core/model/check.h"
#include "core/operations/backoff.h"
#include "core/operations/index_machine.h"

namespace sluice {
namespace {

/// A field that one document gives two types is refused each time with the words of a race.
constexpr uint8_t kMappingRacesMost = 3;

}  // namespace

void IndexMachine::Answer(uint32_t batch, const Verdict& request, std::span<const Verdict> items,
                          int64_t wall_ms) {
  --in_flight_;
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
    case Disposition::kDone: Finish(index, verdict.result, wall_ms); return;
    case Disposition::kRetry:
    case Disposition::kInDoubt:
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
  if (op.index.value < stats_.indices.size())
    ++stats_.indices[op.index.value].documents[static_cast<size_t>(result)];
  SettleAll(op, result == WriteResult::kConflictHigher ? Fate::kSuperseded : Fate::kApplied);
  if (op.source_ms > 0)
    stats_.event_age_seconds.Add(
        static_cast<double>(std::max<int64_t>(0, wall_ms - op.source_ms)) / 1000.0, kSecondsBounds);
  Promote(index);
  FreeOp(index);
}

void IndexMachine::DeadLettered(OpIndex index) {
  SettleAll(ops_[index], Fate::kDeadLettered);
  Promote(index);
  FreeOp(index);
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
  if (request.reason == FailureReason::kOverloaded) concurrency_ = std::max(1U, concurrency_ / 2);
}

void IndexMachine::Requeue(OpIndex index, uint32_t batch, uint32_t ordinal,
                           std::vector<OpIndex>* group) {
  Op& op = ops_[index];
  if (Stale(op)) {  // its partition is somebody else's now
    Promote(index);
    FreeOp(index);
    return;
  }
  if (op.waiting != kNoOp) {
    // The newer one goes out in its place and takes its records over.
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
    if (op.held && !std::exchange(newer.held, true)) ++held_operations_;
    if (newer.open && newer.fillable && op.action == WriteAction::kIndex) {
      newer.fillable = op.fillable;
      commands_.push_back({Command::Kind::kFill, survivor, batch, ordinal});
    } else {
      Unblock(survivor);
    }
    FreeOp(index);
    return;
  }
  op.open = false;  // what was in a body is whole
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
  return index < ops_.size() && ops_[index].generation == token >> 32 &&
         ops_[index].state == OpState::kLookup;
}

void IndexMachine::LookupFailed(OpIndex index, const Verdict& verdict) {
  BackOff(index, verdict);
  ops_[index].state = OpState::kBlocked;
  Unblock(index);
}

}  // namespace sluice
