#include <string>
#include <vector>

#include "core/operations/index/control_decision.h"

namespace sluice {
namespace {

/// Only where both are known.
bool Differs(const std::string& recorded, const std::string& seen) {
  return !recorded.empty() && !seen.empty() && recorded != seen;
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : " ") + text;
  return joined;
}

}  // namespace

std::vector<ControlLine> CompareControl(const std::optional<ControlRecord>& recorded,
                                        const ControlSight& seen) {
  ControlRecord was = recorded.value_or(ControlRecord());
  TakeNextIndex(was, seen.destination);
  const ControlRecord is = RecordOf(seen);
  std::vector<ControlLine> lines;
  const auto add = [&](const char* name, const std::string& then, const std::string& now,
                       bool differs) {
    lines.push_back({name, recorded ? then : "", now, recorded && differs});
  };
  add("topic", was.topic, is.topic, was.topic != is.topic);
  add("cluster_id", was.cluster_id, is.cluster_id, Differs(was.cluster_id, is.cluster_id));
  add("topic_id", was.topic_id, is.topic_id, Differs(was.topic_id, is.topic_id));
  add("partitions", std::to_string(was.partitions), std::to_string(is.partitions),
      was.partitions != is.partitions);
  add("backing_index", was.destination.backing, is.destination.backing,
      Differs(was.destination.backing, is.destination.backing) || !is.destination.exists);
  add("index_uuid", was.destination.uuid, is.destination.uuid,
      !was.destination.uuid.empty() && was.destination.uuid != is.destination.uuid);
  const bool known = !was.destination.uuid.empty();
  add("index_history_uuid", was.destination.history_uuid, is.destination.history_uuid,
      known && was.destination.history_uuid != is.destination.history_uuid);
  add("primaries", Joined(was.destination.primaries), Joined(is.destination.primaries),
      known && was.destination.primaries != is.destination.primaries);
  add("version_mode", VersionModeName(was.version_mode), VersionModeName(is.version_mode),
      was.version_mode != is.version_mode);
  return lines;
}

}  // namespace sluice
