// Assignments and commits: what this member owns and how far it is settled (I1).
#include <algorithm>
#include <utility>

#include "core/operations/pipeline_loop.h"

namespace sluice {

bool Pipeline::Loop::PollSource() {
  SourceEvent event;
  bool any = false;
  while (ports_.source.NextEvent(event)) {
    any = true;
    switch (event.kind) {
      case SourceEvent::Kind::kAssigned: TakeAssignment(event); break;
      case SourceEvent::Kind::kRevoking:
        ++machine_.stats().partitions_revoked;
        revoking_ = true;
        revoked_ = event.slots;
        revoke_deadline_us_ = now_us_ + settings_.revoke_timeout_us;
        break;
      case SourceEvent::Kind::kLost:
        ++machine_.stats().partitions_lost;
        revoked_ = event.slots;
        for (const PartitionSlot slot : revoked_)
          ports_.observer.OnRevoked(worker_, ports_.source.Name(slot), true);
        EndRevoke();
        break;
      case SourceEvent::Kind::kEndOfPartition:
        // Told once: also while other partitions are given up. Only a halt leaves records that were
        // handed out before it unread.
        for (const PartitionSlot slot : event.slots)
          if (machine_.stats().partitions[slot.value].assigned && phase_ != Phase::kClosing)
            machine_.ReachEnd(slot, event.offset);
        break;
      case SourceEvent::Kind::kCommitted: EndCommit(true); break;
      case SourceEvent::Kind::kCommitFailed:
        EndCommit(false);
        TakeFault(event.failure, HoldPlace::kCommit);
        break;
      case SourceEvent::Kind::kFault: TakeFault(event.failure, HoldPlace::kSource); break;
      case SourceEvent::Kind::kRecovered: EndHold(HoldPlace::kSource); break;
      case SourceEvent::Kind::kClosed:
        if (phase_ == Phase::kClosing) phase_ = Phase::kEnded;
        break;
    }
  }
  return any;
}

void Pipeline::Loop::TakeAssignment(const SourceEvent& event) {
  PipelineStats& stats = machine_.stats();
  ++stats.partitions_assigned;
  stats.group_joined = true;
  for (const AssignedPartition& partition : event.assigned) {
    const size_t slot = partition.slot.value;
    machine_.StartPartition(partition.slot, partition.name, partition.start);
    if (slot >= index_of_.size()) {
      index_of_.resize(slot + 1);
      accepted_.resize(slot + 1);
    }
    accepted_[slot] = partition.start;  // nothing to commit before something is settled
    if (partition.committed) stats.partitions[slot].committed = partition.start.next.value;
    index_of_[slot] = ports_.index.Prepare(partition.name.topic);
    const size_t index = index_of_[slot].value;
    if (index >= index_ready_.size()) {
      index_ready_.resize(index + 1);
      stats.indices.resize(index + 1);
    }
    stats.indices[index].name = ports_.index.IndexName(index_of_[slot]);
    if (std::find(assigned_.begin(), assigned_.end(), partition.slot) == assigned_.end())
      assigned_.push_back(partition.slot);
    ports_.observer.OnAssigned(worker_, partition.name, partition.start.next, partition.committed);
  }
  awaiting_start_ = true;
  StartWhenPrepared();
}

void Pipeline::Loop::StartWhenPrepared() {
  if (!awaiting_start_ || phase_ != Phase::kRunning) return;
  for (const PartitionSlot slot : assigned_)
    if (!index_ready_[index_of_[slot.value].value]) return;
  awaiting_start_ = false;
  reading_ = true;
  paused_ = false;
  full_since_us_ = -1;
  ports_.source.StartReading();
  if (machine_.stats().state == PipelineStats::State::kStarting)
    machine_.stats().state = PipelineStats::State::kRunning;
}

void Pipeline::Loop::TakePrepared(const PrepareResult& result) {
  const std::string& name = ports_.index.IndexName(result.index);
  switch (result.failure.verdict.disposition) {
    case Disposition::kDone:
      machine_.stats().index_reached = true;
      if (result.index.value >= index_ready_.size()) index_ready_.resize(result.index.value + 1);
      if (!index_ready_[result.index.value]) ports_.observer.OnIndexReady(worker_, name);
      index_ready_[result.index.value] = true;
      EndHold(HoldPlace::kPrepare);
      StartWhenPrepared();
      return;
    case Disposition::kHalt:
    case Disposition::kReject:
      Halt(result.failure.verdict.reason,
           "index " + name + " cannot be used: " + result.failure.detail);
      return;
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kSplit:
      Hold(HoldPlace::kPrepare, result.failure.verdict.reason,
           "index " + name + " is not ready yet and is tried again: " + result.failure.detail);
      return;
    case Disposition::kCancelled: return;
  }
}

void Pipeline::Loop::TakeFault(const Failure& failure, HoldPlace place) {
  switch (failure.verdict.disposition) {
    case Disposition::kHalt:
    case Disposition::kReject: Halt(failure.verdict.reason, failure.detail); return;
    case Disposition::kHold:
    case Disposition::kInDoubt:
    case Disposition::kSplit: Hold(place, failure.verdict.reason, failure.detail); return;
    case Disposition::kRetry:      // the next commit carries the newest position
    case Disposition::kCancelled:  // the assignment is gone: whoever has it now reads on
    case Disposition::kDone: return;
  }
}

// ---- Giving partitions up ----------------------------------------------------------------------

void Pipeline::Loop::AdvanceRevoke() {
  if (!revoking_) return;
  // Nothing more settles after the deadline that could still be committed: one last commit, whose
  // answer is awaited for a grace of a second.
  const bool very_late = now_us_ >= revoke_deadline_us_ + kRevokeGraceUs;
  if (commit_in_flight_ && !very_late && phase_ != Phase::kClosing) return;
  const bool drained = std::all_of(revoked_.begin(), revoked_.end(), [this](PartitionSlot slot) {
    return machine_.ledger(slot).settled();
  });
  const bool late = now_us_ >= revoke_deadline_us_;
  if (!drained && !late && phase_ != Phase::kClosing) return;
  if (CommitWanted() && !very_late && phase_ != Phase::kClosing) {
    if (now_us_ >= commit_not_before_us_) StartCommit();
    return;
  }
  for (const PartitionSlot slot : revoked_)
    ports_.observer.OnRevoked(worker_, ports_.source.Name(slot), false);
  EndRevoke();
}

void Pipeline::Loop::EndRevoke() {
  machine_.DropPartitions(revoked_);
  RunCommands();
  std::erase_if(assigned_, [this](PartitionSlot slot) {
    return std::find(revoked_.begin(), revoked_.end(), slot) != revoked_.end();
  });
  revoking_ = false;
  revoked_.clear();
  if (assigned_.empty()) reading_ = awaiting_start_ = false;
  commit_in_flight_ = false;
  committing_.clear();
  if (!CommitWanted()) EndHold(HoldPlace::kCommit);
  ports_.source.CompleteRevoke();
}

// ---- Commits -----------------------------------------------------------------------------------

bool Pipeline::Loop::CommitWanted() const {
  return std::any_of(assigned_.begin(), assigned_.end(), [this](PartitionSlot slot) {
    return machine_.ledger(slot).position().next != accepted_[slot.value].next;
  });
}

void Pipeline::Loop::StartCommit() {
  committing_.clear();
  for (const PartitionSlot slot : assigned_) {
    const CommitPosition position = machine_.ledger(slot).position();
    if (position.next != accepted_[slot.value].next) committing_.push_back({slot, position});
  }
  last_commit_us_ = now_us_;
  if (committing_.empty()) return;
  commit_in_flight_ = true;
  ports_.source.Commit(committing_);
}

void Pipeline::Loop::EndCommit(bool accepted) {
  PipelineStats& stats = machine_.stats();
  ++(accepted ? stats.commits : stats.commit_failures);
  commit_in_flight_ = false;
  if (accepted) {
    for (const RecordSource::Position& committed : committing_) {
      accepted_[committed.slot.value] = committed.position;
      stats.partitions[committed.slot.value].committed = committed.position.next.value;
    }
    EndHold(HoldPlace::kCommit);
  } else {
    constexpr int64_t kCommitAgainAfterUs = 100'000;
    commit_not_before_us_ = now_us_ + kCommitAgainAfterUs;
  }
  committing_.clear();
}

}  // namespace sluice
