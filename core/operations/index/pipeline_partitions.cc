// Assignments and commits: what this member owns and how far it is settled (I1).
#include <algorithm>
#include <utility>

#include "core/operations/group/commit_note.h"
#include "core/operations/index/pipeline_loop.h"

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
        closing_note_tried_ = false;
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
      case SourceEvent::Kind::kStreamFacts: TakeStream(event.stream); break;
      case SourceEvent::Kind::kGroup: break;  // asked for by nobody here
      case SourceEvent::Kind::kPlace:
        machine_.stats().place = event.place;
        machine_.stats().place_sentence = event.sentence;
        ports_.observer.OnPlace(worker_, event.place, event.sentence);
        break;
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
    const CommitNote note = ParseCommitNote(partition.note);
    ports_.decoder.Bind(partition.slot, partition.name);
    machine_.StartPartition(partition.slot, partition.name, partition.start,
                            FoundClean(partition.committed, partition.note));
    if (slot >= destinations_.size()) {
      destinations_.resize(slot + 1);
      accepted_.resize(slot + 1);
      told_.resize(slot + 1);
    }
    told_[slot].Start(note.epoch, note.version);
    // Where the group held nothing, the start itself is committed before anything is read.
    accepted_[slot] = partition.committed ? partition.start : CommitPosition{Offset{-1}, -1};
    if (partition.committed) stats.partitions[slot].committed = partition.start.next.value;
    destinations_[slot].index = ports_.index.Prepare(partition.name.topic);
    const size_t index = destinations_[slot].index.value;
    if (index >= index_ready_.size()) {
      index_ready_.resize(index + 1);
      index_bound_.resize(index + 1);
      stream_of_.resize(index + 1);
      stats.indices.resize(index + 1);
    }
    index_ready_[index] = index_bound_[index] = false;  // looked at with each assignment
    stream_of_[index] = partition.name.topic;
    stats.indices[index].name = ports_.index.IndexName(destinations_[slot].index);
    if (std::find(assigned_.begin(), assigned_.end(), partition.slot) == assigned_.end())
      assigned_.push_back(partition.slot);
    ports_.observer.OnAssigned(worker_, partition.name, partition.start.next, partition.committed);
  }
  awaiting_start_ = true;
  EndLease();  // nothing is proven of the new ones
  StartWhenPrepared();
}

void Pipeline::Loop::StartWhenPrepared() {
  if (!awaiting_start_ || phase_ != Phase::kRunning) return;
  for (const PartitionSlot slot : assigned_)
    if (!index_ready_[destinations_[slot.value].index.value]) return;
  if (!StartsCommitted()) return;
  awaiting_start_ = false;
  reading_ = true;
  paused_ = false;
  full_since_us_ = -1;
  KeepEmptiedBack();
  ports_.source.StartReading();
  if (machine_.stats().state == PipelineStats::State::kStarting)
    machine_.stats().state = PipelineStats::State::kRunning;
}

void Pipeline::Loop::TakePrepared(const PrepareResult& result) {
  const std::string& name = ports_.index.IndexName(result.index);
  switch (result.failure.verdict.disposition) {
    case Disposition::kDone:
      machine_.stats().index_reached = true;
      EndHold(HoldPlace::kPrepare);
      if (std::string& stream = stream_of_[result.index.value]; !stream.empty())
        control_.Check(result.index, name, std::exchange(stream, std::string()));
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
  switch (AnswerTo(failure.verdict.disposition)) {
    case FaultAnswer::kNothing: return;
    case FaultAnswer::kHold: Hold(place, failure.verdict.reason, failure.detail); return;
    case FaultAnswer::kHalt: Halt(failure.verdict.reason, failure.detail); return;
  }
}

// ---- Giving partitions up ----------------------------------------------------------------------

void Pipeline::Loop::AdvanceRevoke() {
  if (!revoking_) return;
  // Nothing more settles after the deadline that could still be committed: one last commit, whose
  // answer is awaited for a grace of a second.
  const bool very_late = now_us_ >= revoke_deadline_us_ + kRevokeGraceUs;
  if (commit_in_flight_ && !very_late && phase_ != Phase::kClosing) return;
  const bool drained = (machine_.idle() && letters_open() == 0) ||
                       std::all_of(revoked_.begin(), revoked_.end(), [this](PartitionSlot slot) {
                         return machine_.ledger(slot).settled();
                       });
  const bool late = now_us_ >= revoke_deadline_us_;
  if (!drained && !late && phase_ != Phase::kClosing) return;
  if (ClosingCommitWanted() && !very_late && phase_ != Phase::kClosing) {
    if (now_us_ >= commit_not_before_us_) StartCommit(true);
    return;
  }
  for (const PartitionSlot slot : revoked_)
    ports_.observer.OnRevoked(worker_, ports_.source.Name(slot), false);
  EndRevoke();
}

void Pipeline::Loop::EndRevoke() {
  ForgetTruncates();
  machine_.DropPartitions(revoked_);
  RunCommands();
  std::erase_if(assigned_, [this](PartitionSlot slot) {
    return std::find(revoked_.begin(), revoked_.end(), slot) != revoked_.end();
  });
  for (const PartitionSlot slot : revoked_) {
    const IndexSlot index = destinations_[slot.value].index;
    const bool read = std::any_of(assigned_.begin(), assigned_.end(), [&](PartitionSlot other) {
      return destinations_[other.value].index == index;
    });
    if (!read) control_.Leave(index);
  }
  KeepEmptiedBack();
  revoking_ = false;
  revoked_.clear();
  if (assigned_.empty()) {
    reading_ = awaiting_start_ = false;
    EndLease();
  }
  commit_in_flight_ = false;
  committing_.clear();
  if (!CommitWanted()) EndHold(HoldPlace::kCommit);
  ports_.source.CompleteRevoke();
}

// ---- Commits -----------------------------------------------------------------------------------

/// Whether the history of its index is known. Before, nothing is committed for a partition without
/// a commit: that there is none may be what has to be told.
bool Pipeline::Loop::IsBound(PartitionSlot slot) const {
  return index_ready_[destinations_[slot.value].index.value];
}

bool Pipeline::Loop::HasNews(PartitionSlot slot) const {
  const Offset held = accepted_[slot.value].next;
  return (held.value >= 0 || IsBound(slot)) && told_[slot.value].untold() == 0 &&
         machine_.ledger(slot).position().next != held;
}

bool Pipeline::Loop::CommitWanted() const {
  return std::any_of(assigned_.begin(), assigned_.end(),
                     [this](PartitionSlot slot) { return HasNews(slot); });
}

/// When positions that have moved are to be committed, or ownership is to be proven again.
int64_t Pipeline::Loop::CommitDueUs() const {
  if (assigned_.empty() || !reading_ || commit_in_flight_) return INT64_MAX;
  int64_t due_us = RenewalUs();
  // While partitions are given up the last commit is AdvanceRevoke()'s, as at the end
  // AdvanceStop()'s.
  if (phase_ == Phase::kRunning && !revoking_ && CommitWanted())
    due_us = std::min(due_us, last_commit_us_ + settings_.commit_interval_us);
  return std::max(due_us, commit_not_before_us_);
}

/// Of partitions that are given up: their positions, and once whether anything is left behind.
bool Pipeline::Loop::ClosingCommitWanted() const {
  return CommitWanted() || (!closing_note_tried_ && !assigned_.empty() && reading_);
}

/// Commits the positions of all partitions, also of those that have not moved: the answer proves
/// that they are all still this member's.
void Pipeline::Loop::StartCommit(bool closing) {
  committing_.clear();
  for (const PartitionSlot slot : assigned_) {
    const CommitPosition& held = accepted_[slot.value];
    if (held.next.value < 0 && !IsBound(slot)) continue;
    const bool leaves = closing && (!revoking_ || std::find(revoked_.begin(), revoked_.end(),
                                                            slot) != revoked_.end());
    // What was learnt from a key must be safe before the group passes it, and so must that a
    // version is the source's.
    ToldVersions& told = told_[slot.value];
    const bool stays = (control_.learning() || told.untold() != 0) && held.next.value >= 0;
    const CommitPosition position = stays ? held : machine_.ledger(slot).position();
    CommitNote note = NoteOf(leaves, machine_.clean(slot));
    if (by_header_) {
      note.epoch = told.EpochBelow(position.next);
      note.version = told.version();
    }
    committing_.push_back({slot, position, RenderCommitNote(note)});
  }
  last_commit_us_ = now_us_;
  if (committing_.empty() || (closing && control_.learning())) return;
  closing_note_tried_ |= closing;
  lease_.CommitSent(now_us_, committing_.size() == assigned_.size());
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
    lease_.CommitAccepted();
    machine_.SetLease(lease_.until_us());
    EndHold(HoldPlace::kCommit);
  } else {
    constexpr int64_t kCommitAgainAfterUs = 100'000;
    commit_not_before_us_ = now_us_ + kCommitAgainAfterUs;
  }
  committing_.clear();
}

}  // namespace sluice
