#include "core/operations/index/stub_purge.h"

#include <algorithm>

#include "core/operations/index/plan_write.h"

namespace sluice {

Result<ControlRecord> PlanPurge(const std::optional<ControlRecord>& recorded,
                                const ControlSight& seen,
                                const std::map<int32_t, int64_t>& horizon) {
  if (!recorded) {
    return Error{"index " + seen.index + " has no control record",
                 "start `sluice index` once, which makes it"};
  }
  const ControlDecision decision = DecideControl(recorded, seen);
  if (decision.kind == ControlDecision::Kind::kHalt) return Error{decision.failure.detail, ""};
  if (recorded->version_mode != VersionMode::kOffset) {
    return Error{"the versions of index " + seen.index +
                     " are not made of offsets, so that it cannot be told which stubs are old",
                 "rebuild it from time to time instead"};
  }
  ControlRecord record = decision.record;
  record.floors.resize(seen.stream.partitions.size(), 0);
  for (size_t i = 0; i < record.floors.size(); ++i) {
    const auto found = horizon.find(static_cast<int32_t>(i));
    const int64_t wanted = found == horizon.end() ? 0 : found->second;
    const int64_t floor = std::min(wanted, seen.stream.partitions[i].committed);
    record.floors[i] = std::max(record.floors[i], floor);
  }
  return record;
}

bool MayRemoveStub(const ControlRecord& record, int64_t version, int64_t partition) {
  const int64_t incarnation = version >> 48;
  // When a former incarnation ended is not known, so neither whether a copy of a write is alive.
  if (incarnation != record.incarnation || partition < 0) return false;
  const auto place = static_cast<size_t>(partition);
  return place < record.floors.size() &&
         version < OffsetVersion(static_cast<uint16_t>(incarnation), Offset{record.floors[place]});
}

}  // namespace sluice
