// Whose history the versions of an index belong to: the control record (I5, I11), and what a
// version conflict means (delivery contract, part 3).
#include <algorithm>
#include <utility>

#include "core/operations/change_header.h"
#include "core/operations/index/conflict_rule.h"
#include "core/operations/index/control_choices.h"
#include "core/operations/index/pipeline_loop.h"

namespace sluice {
namespace {

constexpr int64_t kAskAgainUs = 1'000'000;

}  // namespace

std::string Pipeline::Loop::VersionText(int64_t version) const {
  const std::string number = std::to_string(version);
  return by_header_ ? number
                    : number + " (incarnation " + std::to_string(IncarnationOf(version)) +
                          ", offset " + std::to_string(OffsetOf(version)) + ")";
}

// ---- The control record ------------------------------------------------------------------------

bool Pipeline::Loop::PollControl() {
  control_news_.clear();
  bool any = control_.Poll(now_us_, control_news_);
  for (const ControlDesk::News& news : control_news_) {
    const std::string& name = ports_.index.IndexName(news.index);
    switch (news.kind) {
      case ControlDesk::News::Kind::kReady: TakeBinding(news.index); break;
      case ControlDesk::News::Kind::kSeen: EndHold(HoldPlace::kControl); break;
      case ControlDesk::News::Kind::kRemark:
        ports_.observer.OnControl(worker_, name, news.failure.detail);
        break;
      case ControlDesk::News::Kind::kHeld:
        Hold(HoldPlace::kControl, news.failure.verdict.reason,
             "the control record of index " + name +
                 " is not reached and is tried again: " + news.failure.detail);
        break;
      case ControlDesk::News::Kind::kHalted:
        Halt(news.failure.verdict.reason, news.failure.detail);
        break;
    }
  }
  AskAgain();
  if (awaiting_start_) StartWhenPrepared();
  return any;
}

void Pipeline::Loop::TakeBinding(IndexSlot index) {
  index_bound_[index.value] = true;
  const ControlRecord& record = control_.record(index);
  for (Destination& destination : destinations_) {
    if (destination.index != index) continue;
    destination.incarnation = static_cast<uint16_t>(record.incarnation);
    destination.key_encoding = record.key_encoding;
  }
  EndHold(HoldPlace::kControl);
  // Other owners may have noted ids of the partitions that are new here.
  divergence_.Load(index, ports_.index.IndexName(index));
}

/// A key whose encoding is not the one that is known: the first one is learnt, another halts where
/// it may have moved the key to another partition.
bool Pipeline::Loop::KeySeen(PartitionSlot slot) {
  if (event_.key_encoding == kKeyUnknown) return true;
  const IndexSlot index = destinations_[slot.value].index;
  const ControlRecord& record = control_.record(index);
  // What this partition began with may be older than the record: another member has learnt it.
  const bool known = record.key_encoding == event_.key_encoding;
  if (!known && record.key_encoding != kKeyUnknown && record.partitions > 1) {
    Failure failure = KeyEncodingHalt(record, event_.key_encoding);
    Halt(failure.verdict.reason, failure.detail);
    return false;
  }
  if (!known) control_.Learn(index, event_.key_encoding);
  for (Destination& destination : destinations_)
    if (destination.index == index) destination.key_encoding = event_.key_encoding;
  return true;
}

/// Whether a snapshot may begin here. Our own source tells of its own what has to be known; of a
/// foreign one only the log speaks.
bool Pipeline::Loop::SnapshotExpected(const Record& record) {
  if (ports_.source.HeaderOf(record, kChangeHeaderName.data())) return true;
  const ControlRecord& recorded = control_.record(destinations_[record.partition.value].index);
  const int32_t partition = ports_.source.Name(record.partition).partition;
  const std::optional<Failure> halt = SnapshotHalt(recorded, partition, record.offset);
  if (halt) Halt(halt->verdict.reason, halt->detail);
  return !halt;
}

/// Whether the group holds an offset for each partition that is about to be read. So an index that
/// was written never goes with a group that knows nothing, except where the group was deleted.
bool Pipeline::Loop::StartsCommitted() {
  const bool all = std::all_of(assigned_.begin(), assigned_.end(), [this](PartitionSlot slot) {
    return accepted_[slot.value].next.value >= 0;
  });
  if (!all && !revoking_ && !commit_in_flight_ && now_us_ >= commit_not_before_us_)
    StartCommit(false);
  return all;
}

void Pipeline::Loop::TakeStream(const StreamFacts& stream) {
  control_.TakeStream(stream);
  std::vector<Conflict> asked;
  for (size_t i = 0; i < conflicts_.size();) {
    const Conflict& conflict = conflicts_[i];
    if (conflict.stored == 0 || conflict.stream.topic != stream.topic) {
      ++i;
      continue;
    }
    asked.push_back(std::move(conflicts_[i]));
    conflicts_.erase(conflicts_.begin() + static_cast<ptrdiff_t>(i));
  }
  for (const Conflict& conflict : asked) {
    OpIndex op = kNoOp;
    if (!machine_.Judging(conflict.token, op)) continue;
    const auto partition = static_cast<size_t>(conflict.stream.partition);
    const int64_t end =
        partition < stream.partitions.size() ? stream.partitions[partition].end : -1;
    Rule(op, conflict.stored, end, true);
  }
  RunCommands();
}

// ---- Version conflicts -------------------------------------------------------------------------

void Pipeline::Loop::Judge(OpIndex op, int64_t stored) {
  if (stored != 0) {
    const PartitionSlot slot = machine_.op(op).record.partition;
    Rule(op, stored, by_header_ ? told_[slot.value].version() : ports_.source.EndOffset(slot),
         false);
    return;
  }
  const IndexMachine::Op& refused = machine_.op(op);
  const uint64_t token = machine_.LookupToken(op);
  conflicts_.push_back({token, ports_.source.Name(refused.record.partition), 0, -1});
  ports_.index.Lookup(token, refused.index, refused.id);
  ++machine_.stats().lookups;
  lookups_asked_ = true;
}

void Pipeline::Loop::Rule(OpIndex op, int64_t stored, int64_t known, bool asked) {
  const int64_t sent = machine_.op(op).version;
  if (by_header_ && machine_.op(op).kind == EventKind::kTruncate && stored > sent) {
    // The document is newer than the truncate, perhaps by a record of another partition.
    machine_.Judged(op, WriteResult::kConflictHigher, ports_.clock.WallMs());
    return;
  }
  switch (RuleConflict(settings_.version_mode, sent, stored, known)) {
    case ConflictRuling::kApplied:
      machine_.Judged(op, WriteResult::kConflictEqual, ports_.clock.WallMs());
      return;
    case ConflictRuling::kSuperseded:
      machine_.Judged(op, WriteResult::kConflictHigher, ports_.clock.WallMs());
      return;
    case ConflictRuling::kBeyondEnd: {
      if (by_header_) {
        // It may stand further on in the log: see WatchUntold().
        told_[machine_.op(op).record.partition.value].Meet(stored);
        machine_.Judged(op, WriteResult::kConflictHigher, ports_.clock.WallMs());
        return;
      }
      if (asked) break;
      // The end that is known may be old: the broker is asked before anything is held against it.
      const TopicPartition& stream = ports_.source.Name(machine_.op(op).record.partition);
      conflicts_.push_back({machine_.LookupToken(op), stream, stored, -1});
      ports_.source.AskStream(stream.topic);
      return;
    }
    case ConflictRuling::kForeign: break;
  }
  HaltForeign(op, stored, known);
}

void Pipeline::Loop::JudgeLookup(OpIndex op, const LookupResult& result) {
  const auto found =
      std::find_if(conflicts_.begin(), conflicts_.end(),
                   [&result](const Conflict& conflict) { return conflict.token == result.token; });
  if (found == conflicts_.end()) return;
  switch (result.verdict.disposition) {
    case Disposition::kDone: break;
    case Disposition::kHalt:
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kSplit:
    case Disposition::kReject:
    case Disposition::kCancelled: found->again_us = now_us_ + kAskAgainUs; return;
  }
  conflicts_.erase(found);
  if (!result.document && machine_.op(op).kind == EventKind::kTruncate) {
    machine_.Judged(op, WriteResult::kConflictHigher, ports_.clock.WallMs());  // deleted meanwhile
    RunCommands();
  } else if (result.document) {
    Judge(op, result.version);
    RunCommands();
  } else {
    HaltForeign(op, 0, -1);
  }
}

void Pipeline::Loop::AskAgain() {
  for (Conflict& conflict : conflicts_) {
    if (conflict.again_us < 0 || conflict.again_us > now_us_) continue;
    conflict.again_us = -1;
    OpIndex op = kNoOp;
    if (!machine_.Judging(conflict.token, op)) continue;
    ports_.index.Lookup(conflict.token, machine_.op(op).index, machine_.op(op).id);
    lookups_asked_ = true;
  }
}

void Pipeline::Loop::HaltForeign(OpIndex op, int64_t stored, int64_t known) {
  const IndexMachine::Op& refused = machine_.op(op);
  const TopicPartition& stream = ports_.source.Name(refused.record.partition);
  const std::string& index = ports_.index.IndexName(refused.index);
  std::string fact = "a document of index " + index + " refuses version " +
                     VersionText(refused.version) + " of topic " + stream.topic + ", partition " +
                     std::to_string(stream.partition) + ": ";
  if (stored == 0) {
    fact += "what it has instead could not be read";
  } else {
    fact += "it has version " + VersionText(stored);
    if (!by_header_ && known >= 0 && IncarnationOf(stored) == IncarnationOf(refused.version))
      fact += ", and the partition ends at offset " + std::to_string(known);
    fact += ": another writer, or another history, was there";
  }
  const ControlRecord& record = control_.record(refused.index);
  Halt(FailureReason::kForeignVersion,
       fact + ForeignChoices(settings_.version_mode, index, record.destination.backing,
                             IncarnationOf(stored) <= record.incarnation));
}

}  // namespace sluice
