#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/capture_stats.h"
#include "core/model/changelog_stats.h"
#include "core/model/stats.h"

namespace sluice::telemetry {

struct HealthCheck {
  std::string name;
  bool good = false;
  std::string sentence;  ///< What, why and the cure when it is not good.
};

/// Whether the service is alive and ready, and why not.
struct Health {
  std::vector<HealthCheck> live;
  std::vector<HealthCheck> ready;

  [[nodiscard]] bool is_live() const;
  [[nodiscard]] bool is_ready() const;
};

struct HealthLimits {
  int64_t turn_max_us = 30'000'000;
  int64_t stalled_after_us = 60'000'000;
};

/// Whether these are couriers and no indexing workers.
[[nodiscard]] bool Deliver(std::span<const PipelineStats> workers);

/// Pure. Liveness looks at our own loops and never at a server; readiness asks whether each server
/// was reached once, whether its partitions are read, and whether anything is halted, held or
/// stalled. A member without partitions is ready: one that stands by (`sole_member` names the
/// active one), or one whose partitions still belong to a member that was killed, which the broker
/// tells from it no sooner than the session ends. Of the source: whether it reads, whether it is
/// held or halted, and whether the log that its slot needs is about to be removed.
[[nodiscard]] Health EvaluateHealth(std::span<const PipelineStats> workers,
                                    const std::optional<CaptureStats>& capture, int64_t started_us,
                                    int64_t now_us, bool stopping, const HealthLimits& limits);
/// Adds the same of change logs: whether each reads, and whether it is held or halted. Pure.
void JudgeChangelogs(std::span<const ChangelogStats> changelogs, int64_t started_us, int64_t now_us,
                     const HealthLimits& limits, Health& health);

}  // namespace sluice::telemetry
