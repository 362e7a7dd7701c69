#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/capture_stats.h"
#include "core/model/changelog_stats.h"
#include "core/model/outcome.h"
#include "core/model/stats.h"
#include "service/config/sides.h"
#include "service/telemetry/health.h"
#include "service/telemetry/process.h"

namespace sluice::telemetry {

/// Everything that metrics, health and status are made from, as of one moment.
struct Snapshot {
  std::string version;
  int64_t now_us = 0;
  int64_t started_us = 0;
  int64_t wall_us = 0;                     ///< Microseconds since 1970.
  std::vector<PipelineStats> workers;      ///< Of what reads topics: index or deliver; or none.
  std::optional<CaptureStats> capture;     ///< Of the capture half; none when it does not run here.
  std::vector<ChangelogStats> changelogs;  ///< By sink; none when no change log runs here.
  FailureReason halt = FailureReason::kNone;
  std::vector<FailureReason> holds;  ///< Of all workers, each once.
  Health health;
  ProcessUsage process;
  int64_t queue_limit_bytes = 0;  ///< Of all workers together.
};

/// The parts of the program that a snapshot tells of.
[[nodiscard]] config::Sides SidesOf(const Snapshot& snapshot);

/// What of a partition is not yet acknowledged to the group, or -1 when that is unknown.
[[nodiscard]] int64_t LagOf(const PartitionStats& partition);

}  // namespace sluice::telemetry
