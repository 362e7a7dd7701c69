#include <algorithm>
#include <utility>

#include "core/operations/index/control_decision.h"

namespace sluice {
bool ControlChange::moves_offsets() const {
  return std::any_of(offsets.begin(), offsets.end(),
                     [](const std::optional<int64_t>& to) { return to.has_value(); });
}

Result<ControlChange> AcceptSeen(const std::optional<ControlRecord>& recorded,
                                 const ControlSight& seen) {
  ControlChange change;
  change.record = RecordOf(seen);
  const bool read = HasRead(seen.stream);
  if (!seen.destination.exists && read)
    return Error{"index " + seen.index + " is not there, and group " + seen.group +
                     " has read from topic " + seen.stream.topic +
                     ": accepted, what it has read would be missing in the new index for ever",
                 "sluice control new-incarnation " + seen.index};
  if (!seen.destination.exists)
    change.notes.push_back("index " + seen.index + " is not there: it is created at the start");
  if (recorded && DecideControl(recorded, seen).kind != ControlDecision::Kind::kHalt)
    change.notes.push_back(
        "what is recorded was no reason to halt: accepting helps after a halt for a new snapshot "
        "or for the encoding of keys; after one for a document whose version this log cannot have "
        "given it changes nothing, for the document keeps that version: `sluice rebuild " +
        seen.index + "`" +
        (seen.version_mode == VersionMode::kOffset
             ? " or `sluice control new-incarnation " + seen.index + "`, as that halt says, helps"
             : " helps"));
  if (recorded) {
    change.record.incarnation = recorded->incarnation;
    change.record.floors = recorded->floors;
    change.record.other = recorded->other;
    change.record.refill = recorded->refill;
    for (size_t i = 0; i < change.record.starts.size() && i < recorded->starts.size(); ++i)
      change.record.starts[i] = recorded->starts[i];
  }
  for (size_t i = 0; i < seen.stream.partitions.size(); ++i) {
    const StreamFacts::Partition& at = seen.stream.partitions[i];
    int64_t& start = change.record.starts[i];
    if (at.committed > at.end)
      return Error{PartitionText(seen, i) + " ends at offset " + std::to_string(at.end) +
                       ", and group " + seen.group + " has read up to " +
                       std::to_string(at.committed) +
                       ": records to come would have versions that others had",
                   "sluice control new-incarnation " + seen.index};
    start = std::clamp(start, at.beginning, at.end);
    if (i < change.record.floors.size() && std::max(at.committed, start) < change.record.floors[i])
      return Error{PartitionText(seen, i) + " would be read from before offset " +
                       std::to_string(change.record.floors[i]) +
                       ", below which stubs of deleted rows were removed",
                   "sluice control new-incarnation " + seen.index};
    const int64_t next = std::max(at.committed, start);
    change.offsets.emplace_back(next == at.committed ? std::nullopt : std::optional(next));
    if (change.offsets.back())
      change.notes.push_back("group " + seen.group + " goes on at offset " + std::to_string(next) +
                             " of " + PartitionText(seen, i));
  }
  return change;
}

Result<ControlChange> RaiseIncarnation(const std::optional<ControlRecord>& recorded,
                                       const ControlSight& seen, IncarnationStart from) {
  ControlChange change;
  change.record = RecordOf(seen);
  // Where nothing was recorded, what wrote the documents had the first.
  change.record.incarnation = recorded ? recorded->incarnation + 1 : 2;
  if (change.record.incarnation > kIncarnationMax)
    return Error{
        "index " + seen.index + " has had all " + std::to_string(kIncarnationMax) + " incarnations",
        "rebuild it under another name with index.names"};
  // Before the start of the present one the same keys may be in other partitions.
  const bool same_log = recorded && IsSameTopic(*recorded, seen);
  change.record.starts.clear();
  for (size_t i = 0; i < seen.stream.partitions.size(); ++i) {
    const StreamFacts::Partition& at = seen.stream.partitions[i];
    int64_t start = at.beginning;
    if (same_log) start = std::clamp(recorded->starts[i], at.beginning, at.end);
    if (from == IncarnationStart::kEnd) start = at.end;
    change.record.starts.push_back(start);
    change.offsets.emplace_back(start);
  }
  if (from == IncarnationStart::kEnd) {
    change.notes.emplace_back(
        "what the topic holds now is not read any more: have the source tell all rows "
        "(`sluice capture signal execute-snapshot`)");
  } else if (seen.destination.operations > 0) {
    change.notes.push_back("documents in " + seen.destination.backing +
                           " of rows that the topic does not tell of any more stay");
  }
  return change;
}

}  // namespace sluice
