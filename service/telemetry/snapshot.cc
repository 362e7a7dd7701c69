#include "service/telemetry/snapshot.h"

#include <algorithm>

namespace sluice::telemetry {

int64_t LagOf(const PartitionStats& partition) {
  if (partition.end_offset <= 0) return partition.end_offset;  // empty or unknown
  // Where a group without a commit would begin is not known here.
  if (partition.committed < 0) return -1;
  return std::max<int64_t>(partition.end_offset - partition.committed, 0);
}

config::Sides SidesOf(const Snapshot& snapshot) {
  auto sides = config::Sides::kNone;
  if (!snapshot.workers.empty())
    sides = Deliver(snapshot.workers) ? config::Sides::kDeliver : config::Sides::kIndex;
  if (snapshot.capture) sides = With(sides, config::Sides::kCapture);
  return snapshot.changelogs.empty() ? sides : With(sides, config::Sides::kChangelog);
}

}  // namespace sluice::telemetry
