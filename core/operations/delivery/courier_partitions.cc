// Assignments and commits: what this member owns and how far it is settled (I1).
#include <algorithm>
#include <utility>

#include "core/operations/delivery/courier_loop.h"

namespace sluice {
namespace {
constexpr int kWorker = 0;
}  // namespace

bool Courier::Loop::PollSource() {
  SourceEvent event;
  bool any = false;
  while (ports_.source.NextEvent(event)) {
    any = true;
    switch (event.kind) {
      case SourceEvent::Kind::kAssigned: TakeAssignment(event); break;
      case SourceEvent::Kind::kRevoking:
        ++machine_.stats().partitions_revoked;
        revoking_ = true;
        drain_deadline_us_ = now_us_ + settings_.drain_timeout_us;
        break;
      case SourceEvent::Kind::kLost:
        ++machine_.stats().partitions_lost;
        for (const PartitionSlot slot : assigned_)
          ports_.observer.OnRevoked(kWorker, ports_.source.Name(slot), true);
        EndRevoke();
        break;
      case SourceEvent::Kind::kEndOfPartition:
        for (const PartitionSlot slot : event.slots)
          if (machine_.assigned(slot) && !held(slot) && phase_ == Phase::kRunning)
            machine_.ReachEnd(slot, event.offset);
        break;
      case SourceEvent::Kind::kCommitted: EndCommit(true); break;
      case SourceEvent::Kind::kCommitFailed:
        EndCommit(false);
        TakeFault(event.failure, HoldPlace::kCommit);
        break;
      case SourceEvent::Kind::kFault: TakeFault(event.failure, HoldPlace::kSource); break;
      case SourceEvent::Kind::kRecovered: EndHold(HoldPlace::kSource); break;
      case SourceEvent::Kind::kStreamFacts:
      case SourceEvent::Kind::kGroup:
      case SourceEvent::Kind::kPlace: break;  // nothing was asked, and all members are active
      case SourceEvent::Kind::kClosed:
        if (phase_ == Phase::kClosing) phase_ = Phase::kEnded;
        break;
    }
  }
  return any;
}

void Courier::Loop::TakeAssignment(const SourceEvent& event) {
  PipelineStats& stats = machine_.stats();
  ++stats.partitions_assigned;
  stats.group_joined = true;
  for (const AssignedPartition& partition : event.assigned) {
    const size_t slot = partition.slot.value;
    if (slot >= accepted_.size()) {
      accepted_.resize(slot + 1);
      held_since_us_.resize(slot + 1, -1);
    }
    const auto parked = by_parked_stream_.find(partition.name.topic);
    ports_.reader.Bind(partition.slot, partition.name);
    if (parked == by_parked_stream_.end()) {
      machine_.StartSource(partition.slot, partition.name, partition.start);
    } else {
      machine_.StartParked(partition.slot, partition.name, parked->second, partition.start);
    }
    held_since_us_[slot] = -1;
    accepted_[slot] = partition.committed ? partition.start : CommitPosition{Offset{-1}, -1};
    if (partition.committed) stats.partitions[slot].committed = partition.start.next.value;
    assigned_.push_back(partition.slot);
    ports_.observer.OnAssigned(kWorker, partition.name, partition.start.next, partition.committed);
  }
  if (const std::string mismatch = machine_.Mismatch(); !mismatch.empty()) {
    return Halt(FailureReason::kStreamMissing,
                "this member was given " + mismatch +
                    ", which belongs to it: parked topics have as many partitions as " +
                    settings_.stream +
                    ", and all members of the group the same destinations and the strategy range, "
                    "and nothing else reads by this group. Where partitions or destinations were "
                    "added, stop all members before one of them starts anew");
  }
  if (phase_ != Phase::kRunning) return;
  constexpr int64_t kGatherUs = 1'000'000;
  gathered_us_ = now_us_ + kGatherUs;
  reading_ = true;
  ports_.source.StartReading();
  if (stats.state == PipelineStats::State::kStarting) stats.state = PipelineStats::State::kRunning;
}

void Courier::Loop::TakeFault(const Failure& failure, HoldPlace place) {
  switch (AnswerTo(failure.verdict.disposition)) {
    case FaultAnswer::kNothing: return;
    case FaultAnswer::kHold: Hold(place, failure.verdict.reason, failure.detail); return;
    case FaultAnswer::kHalt: Halt(failure.verdict.reason, failure.detail); return;
  }
}

// ---- Giving partitions up ----------------------------------------------------------------------

/// All of them: the strategy range takes everything away at each rebalance. What is under way is
/// waited for a little; a slow destination must not hold up the group.
void Courier::Loop::AdvanceRevoke() {
  if (!revoking_) return;
  constexpr int64_t kGraceUs = 1'000'000;  // for the last commit
  const bool very_late = now_us_ >= drain_deadline_us_ + kGraceUs || phase_ == Phase::kClosing;
  if (!very_late) {
    if (!drained() && now_us_ < drain_deadline_us_) return;
    if (commit_in_flight_) return;
    if (CommitWanted()) {
      if (now_us_ >= commit_not_before_us_) StartCommit();
      return;
    }
  }
  for (const PartitionSlot slot : assigned_)
    ports_.observer.OnRevoked(kWorker, ports_.source.Name(slot), false);
  EndRevoke();
}

void Courier::Loop::EndRevoke() {
  ports_.destinations.CancelAll();
  machine_.DropAll();
  ForgetOver();
  jobs_.clear();
  assigned_.clear();
  reading_ = revoking_ = commit_in_flight_ = false;
  committing_.clear();
  EndHold(HoldPlace::kCommit);
  ports_.source.CompleteRevoke();
}

// ---- Commits -----------------------------------------------------------------------------------

bool Courier::Loop::CommitWanted() const {
  return std::any_of(assigned_.begin(), assigned_.end(), [this](PartitionSlot slot) {
    return machine_.ledger(slot).position().next != accepted_[slot.value].next;
  });
}

int64_t Courier::Loop::CommitDueUs() const {
  if (!reading_ || commit_in_flight_ || revoking_ || !CommitWanted()) return INT64_MAX;
  return std::max(last_commit_us_ + settings_.commit_interval_us, commit_not_before_us_);
}

void Courier::Loop::StartCommit() {
  committing_.clear();
  for (const PartitionSlot slot : assigned_) {
    const CommitPosition position = machine_.ledger(slot).position();
    if (position.next == accepted_[slot.value].next) continue;
    committing_.push_back({slot, position, settings_.commit_note});
  }
  last_commit_us_ = now_us_;
  if (committing_.empty()) return;
  commit_in_flight_ = true;
  ports_.source.Commit(committing_);
}

void Courier::Loop::EndCommit(bool accepted) {
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
