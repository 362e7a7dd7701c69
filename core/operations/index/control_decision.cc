#include "core/operations/index/control_decision.h"

#include <algorithm>
#include <utility>

#include "core/operations/index/control_choices.h"

namespace sluice {
namespace {

using Kind = ControlDecision::Kind;
using Change = HistoryChange;

struct Obstacle {
  Change change = Change::kLog;
  std::string fact;
};

std::string Quoted(const std::string& text) {
  return text.empty() ? "none" : text;
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : " ") + text;
  return joined;
}

Failure HaltFor(const Obstacle& obstacle, const std::string& index, const std::string& backing) {
  return {{Disposition::kHalt, FailureReason::kControlMismatch, WriteResult::kCreated},
          "control_mismatch",
          obstacle.fact + ChoicesFor(obstacle.change, index, backing)};
}

/// Versions of our own source are ordered between partitions too. Deletes are not safe there: they
/// may be forgotten before what is older in the former partition is applied.
const char* UnlessDrained(VersionMode mode) {
  switch (mode) {
    case VersionMode::kHeader:
      return ", unless the source was stopped and all of it was indexed before";
    case VersionMode::kOffset: break;
  }
  return "";
}

bool Differs(const std::string& recorded, const std::string& seen) {
  return !recorded.empty() && !seen.empty() && recorded != seen;
}

// ---- What stands against going on --------------------------------------------------------------

std::optional<Obstacle> TopicObstacle(const ControlRecord& recorded, const ControlSight& seen) {
  const StreamFacts& stream = seen.stream;
  const std::string index = "index " + seen.index;
  const auto partitions = static_cast<int32_t>(stream.partitions.size());
  if (recorded.topic != stream.topic)
    return Obstacle{Change::kLog, index + " holds what topic " + recorded.topic +
                                      " told, and now it would be written from topic " +
                                      stream.topic};
  if (Differs(recorded.cluster_id, stream.cluster_id))
    return Obstacle{Change::kLog, "topic " + stream.topic + " is in Kafka cluster " +
                                      stream.cluster_id + ", and " + index +
                                      " was written from cluster " + recorded.cluster_id};
  if (Differs(recorded.topic_id, stream.topic_id))
    return Obstacle{Change::kLog, "topic " + stream.topic +
                                      " was deleted and created again: its id is " +
                                      stream.topic_id + ", recorded was " + recorded.topic_id};
  if (partitions < recorded.partitions)
    return Obstacle{Change::kLog, "topic " + stream.topic + " was created again: it has " +
                                      std::to_string(partitions) + " partitions, recorded were " +
                                      std::to_string(recorded.partitions)};
  if (partitions > recorded.partitions)
    return Obstacle{Change::kKeys, "topic " + stream.topic + " has " + std::to_string(partitions) +
                                       " partitions, recorded were " +
                                       std::to_string(recorded.partitions) +
                                       ": keys have moved, and the order of their changes is not "
                                       "known" +
                                       UnlessDrained(seen.version_mode)};
  return std::nullopt;
}

std::optional<Obstacle> IndexObstacle(const ControlRecord& recorded, const ControlSight& seen) {
  const IndexFacts& was = recorded.destination;
  const IndexFacts& is = seen.destination;
  if (!is.exists)
    return Obstacle{Change::kIndexGone, "index " + seen.index + " is not there, recorded was " +
                                            was.backing + " (" + was.uuid + ")"};
  if (was.uuid.empty()) return std::nullopt;  // to be made anew, an operator said
  if (was.uuid != is.uuid)
    return Obstacle{Change::kIndex, "index " + seen.index + " is another one: " + is.backing +
                                        " has the UUID " + is.uuid + ", recorded was " +
                                        was.backing + " with " + was.uuid};
  if (was.history_uuid != is.history_uuid)
    return Obstacle{Change::kIndex,
                    "index " + is.backing + " was restored from a snapshot: its history UUID is " +
                        Quoted(is.history_uuid) + ", recorded was " + Quoted(was.history_uuid)};
  if (was.primaries != is.primaries)
    return Obstacle{Change::kIndex, "index " + is.backing +
                                        " has lost the history of a shard, as by a restored or "
                                        "stale copy: its shards' histories are " +
                                        Joined(is.primaries) + ", recorded were " +
                                        Joined(was.primaries)};
  return std::nullopt;
}

bool AnyCommit(const StreamFacts& stream) {
  return std::any_of(stream.partitions.begin(), stream.partitions.end(),
                     [](const StreamFacts::Partition& at) { return at.committed >= 0; });
}

/// What the offsets say, with or without a record.
std::optional<Obstacle> LogObstacle(const ControlSight& seen) {
  for (size_t i = 0; i < seen.stream.partitions.size(); ++i) {
    const StreamFacts::Partition& at = seen.stream.partitions[i];
    if (at.committed > at.end)
      return Obstacle{Change::kLog, PartitionText(seen, i) + " ends at offset " +
                                        std::to_string(at.end) + ", and group " + seen.group +
                                        " has read up to " + std::to_string(at.committed) +
                                        ": the topic was created again, or its log truncated"};
    if (at.committed >= 0 && at.committed < at.beginning)
      return Obstacle{Change::kLog, PartitionText(seen, i) + " begins at offset " +
                                        std::to_string(at.beginning) + ", and group " + seen.group +
                                        " has read up to " + std::to_string(at.committed) +
                                        ": records are gone that were never read"};
  }
  return std::nullopt;
}

std::optional<Obstacle> CommitObstacle(const ControlRecord& recorded, const ControlSight& seen) {
  const bool written = seen.destination.operations > recorded.destination.operations;
  if (!AnyCommit(seen.stream) && written)
    return Obstacle{Change::kGroup, "group " + seen.group + " has no committed offset for topic " +
                                        seen.stream.topic + ", and index " + seen.index +
                                        " was written since it was recorded by group " +
                                        recorded.group + ": the group was deleted or renamed"};
  for (size_t i = 0; i < seen.stream.partitions.size(); ++i) {
    const StreamFacts::Partition& at = seen.stream.partitions[i];
    const int64_t start = i < recorded.starts.size() ? recorded.starts[i] : 0;
    if (at.committed < 0 && at.beginning != start)
      return Obstacle{start < at.beginning ? Change::kLog : Change::kGroup,
                      "group " + seen.group + " has no committed offset for " +
                          PartitionText(seen, i) + ", whose log begins at " +
                          std::to_string(at.beginning) + ", and the incarnation at " +
                          std::to_string(start)};
    if (i < recorded.floors.size() && at.committed < recorded.floors[i])
      return Obstacle{Change::kFloor, "group " + seen.group + " would read " +
                                          PartitionText(seen, i) + " from offset " +
                                          std::to_string(std::max(at.committed, at.beginning)) +
                                          ", and the stubs of rows deleted before offset " +
                                          std::to_string(recorded.floors[i]) +
                                          " were removed: what was deleted would come back"};
    if (at.committed >= 0 && at.committed < start)
      return Obstacle{Change::kGroup,
                      "group " + seen.group + " stands at offset " + std::to_string(at.committed) +
                          " of " + PartitionText(seen, i) + ", before offset " +
                          std::to_string(start) + " where the index's incarnation begins"};
  }
  return std::nullopt;
}

std::optional<Obstacle> StreamObstacle(const ControlRecord& recorded, const ControlSight& seen) {
  if (auto obstacle = TopicObstacle(recorded, seen)) return obstacle;
  if (recorded.version_mode != seen.version_mode)
    return Obstacle{Change::kOtherMode,
                    "the versions of index " + seen.index + " are made by mode " +
                        VersionModeName(recorded.version_mode) + ", and the service has mode " +
                        VersionModeName(seen.version_mode)};
  return std::nullopt;
}

std::optional<Obstacle> FirstObstacle(const ControlRecord& recorded, const ControlSight& seen) {
  if (auto obstacle = StreamObstacle(recorded, seen)) return obstacle;
  if (auto obstacle = IndexObstacle(recorded, seen)) return obstacle;
  if (auto obstacle = LogObstacle(seen)) return obstacle;
  return CommitObstacle(recorded, seen);
}

/// Facts that the record could not have when it was made.
bool FillIn(ControlRecord& record, const ControlSight& seen) {
  const auto fill = [](std::string& recorded, const std::string& now) {
    if (!recorded.empty() || now.empty()) return false;
    recorded = now;
    return true;
  };
  bool more = fill(record.cluster_id, seen.stream.cluster_id);
  more = fill(record.topic_id, seen.stream.topic_id) || more;
  if (record.destination.uuid.empty()) {
    record.destination = seen.destination;
    more = true;
  }
  return more;
}

/// Where nothing is recorded yet.
ControlDecision DecideFirst(const ControlSight& seen) {
  ControlDecision decision;
  std::optional<Obstacle> obstacle;
  const bool read = HasRead(seen.stream);
  if (!seen.destination.exists) {
    obstacle = {Change::kIndexGone, "index " + seen.index + " is not there"};
  } else if (read && seen.destination.operations == 0) {
    obstacle = {Change::kIndex, "index " + seen.index + " (" + seen.destination.backing +
                                    ") was never written, and group " + seen.group +
                                    " has read from topic " + seen.stream.topic +
                                    " before: what it read then would be missing for ever"};
  } else {
    obstacle = LogObstacle(seen);
  }
  if (obstacle) {
    decision.failure = HaltFor(*obstacle, seen.index, seen.destination.backing);
    return decision;
  }
  decision.kind = Kind::kCreate;
  decision.record = RecordOf(seen);
  if (read)
    decision.remark = "group " + seen.group + " has read from topic " + seen.stream.topic +
                      " before, and no control record was there for index " + seen.index +
                      ": what is there now is recorded as its history";
  return decision;
}

}  // namespace

std::string PartitionText(const ControlSight& seen, size_t partition) {
  return "topic " + seen.stream.topic + ", partition " + std::to_string(partition);
}

bool HasRead(const StreamFacts& stream) {
  return std::any_of(stream.partitions.begin(), stream.partitions.end(),
                     [](const StreamFacts::Partition& at) { return at.committed > 0; });
}

bool IsSameTopic(const ControlRecord& recorded, const ControlSight& seen) {
  return !TopicObstacle(recorded, seen);
}

bool TakeNextIndex(ControlRecord& record, const IndexFacts& seen) {
  if (!record.other || !record.other->next || !seen.exists || seen.uuid != record.other->facts.uuid)
    return false;
  std::swap(record.destination, record.other->facts);
  std::swap(record.floors, record.other->floors);
  record.other->next = false;
  return true;
}

std::optional<Failure> LogHalt(const ControlRecord& recorded, const ControlSight& seen) {
  std::optional<Obstacle> obstacle = StreamObstacle(recorded, seen);
  if (!obstacle) obstacle = LogObstacle(seen);
  if (!obstacle) return std::nullopt;
  return HaltFor(*obstacle, seen.index, seen.destination.backing);
}

std::optional<Failure> IndexHalt(ControlRecord recorded, const ControlSight& seen) {
  TakeNextIndex(recorded, seen.destination);
  const std::optional<Obstacle> obstacle = IndexObstacle(recorded, seen);
  if (!obstacle) return std::nullopt;
  return HaltFor(*obstacle, seen.index, seen.destination.backing);
}

ControlRecord RecordOf(const ControlSight& seen) {
  ControlRecord record;
  record.index = seen.index;
  record.destination = seen.destination;
  record.group = seen.group;
  record.cluster_id = seen.stream.cluster_id;
  record.topic = seen.stream.topic;
  record.topic_id = seen.stream.topic_id;
  record.partitions = static_cast<int32_t>(seen.stream.partitions.size());
  record.version_mode = seen.version_mode;
  for (const StreamFacts::Partition& at : seen.stream.partitions) {
    record.starts.push_back(at.beginning);
    record.snapshots_known.push_back(at.end);
  }
  return record;
}

ControlDecision DecideControl(const std::optional<ControlRecord>& recorded,
                              const ControlSight& seen) {
  if (!recorded) return DecideFirst(seen);
  ControlDecision decision;
  decision.record = *recorded;
  bool more = TakeNextIndex(decision.record, seen.destination);
  if (const auto obstacle = FirstObstacle(decision.record, seen)) {
    decision.failure = HaltFor(*obstacle, seen.index, seen.destination.backing);
    return decision;
  }
  more = FillIn(decision.record, seen) || more;
  decision.kind = more ? Kind::kReplace : Kind::kProceed;
  return decision;
}

Failure KeyEncodingHalt(const ControlRecord& recorded, KeyEncoding seen) {
  const Obstacle obstacle{
      Change::kKeys, "the keys of topic " + recorded.topic + " are encoded as " +
                         KeyEncodingText(seen) + ", recorded was " +
                         KeyEncodingText(recorded.key_encoding) +
                         ": keys have moved to other partitions, and the order of their changes is "
                         "not known" +
                         UnlessDrained(recorded.version_mode)};
  return HaltFor(obstacle, recorded.index, recorded.destination.backing);
}

std::optional<Failure> SnapshotHalt(const ControlRecord& recorded, int32_t partition, Offset at) {
  const auto number = static_cast<size_t>(partition);
  const auto offset_in = [number](const std::vector<int64_t>& offsets) {
    return number < offsets.size() ? offsets[number] : 0;
  };
  if (at.value <= offset_in(recorded.starts) || at.value < offset_in(recorded.snapshots_known))
    return std::nullopt;
  const Obstacle obstacle{
      Change::kSnapshot,
      "topic " + recorded.topic + ", partition " + std::to_string(partition) + ": at offset " +
          std::to_string(at.value) +
          " a new snapshot of the table begins, behind changes of the former one: what was deleted "
          "in between is told by nobody, and its documents would stay for ever"};
  return HaltFor(obstacle, recorded.index, recorded.destination.backing);
}

}  // namespace sluice
