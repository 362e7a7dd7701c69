#include "service/telemetry/health.h"

#include <algorithm>

namespace sluice::telemetry {
namespace {

using State = PipelineStats::State;

bool AllGood(const std::vector<HealthCheck>& checks) {
  return std::all_of(checks.begin(), checks.end(), [](const auto& check) { return check.good; });
}

bool HasEnded(const PipelineStats& worker) {
  return worker.state == State::kStopped || worker.state == State::kHalted;
}

// The first worker that `bad` finds fault with decides the sentence.
template <typename Bad>
HealthCheck Check(std::string name, std::span<const PipelineStats> workers, Bad&& bad) {
  for (size_t i = 0; i < workers.size(); ++i) {
    std::string sentence = bad(workers[i]);
    if (sentence.empty()) continue;
    if (workers.size() > 1) sentence = "worker " + std::to_string(i) + ": " + sentence;
    return {std::move(name), false, std::move(sentence)};
  }
  return {std::move(name), true, ""};
}

std::string Seconds(int64_t us) {
  return std::to_string(us / 1'000'000) + " s";
}

bool HasPartitions(const PipelineStats& worker) {
  return std::any_of(worker.partitions.begin(), worker.partitions.end(),
                     [](const auto& partition) { return partition.assigned; });
}

bool HasLag(const PipelineStats& worker) {
  return std::any_of(worker.partitions.begin(), worker.partitions.end(), [](const auto& partition) {
    const int64_t known = std::max(partition.committed, int64_t{0});
    return partition.assigned && partition.end_offset > known;
  });
}

/// In the modes with one active member, which is one worker's: what it is.
std::optional<HealthCheck> JudgePlace(std::span<const PipelineStats> workers) {
  for (const PipelineStats& worker : workers) {
    if (worker.place == GroupPlace::kUnknown) continue;
    return HealthCheck{"sole_member", worker.place != GroupPlace::kCrowded, worker.place_sentence};
  }
  return std::nullopt;
}

void JudgeWorkers(std::span<const PipelineStats> workers, int64_t started_us, int64_t now_us,
                  const HealthLimits& limits, Health& health) {
  health.live.push_back(Check("loops", workers, [&](const PipelineStats& worker) -> std::string {
    const int64_t silent_us = now_us - std::max(worker.turn_us, started_us);
    if (HasEnded(worker) || silent_us <= limits.turn_max_us) return "";
    return "its loop has not turned for " + Seconds(silent_us);
  }));

  auto& ready = health.ready;
  ready.push_back(Check("started", workers, [](const PipelineStats& worker) -> std::string {
    return worker.turn_us == 0 ? "its loop has not begun" : "";
  }));
  ready.push_back(Check("kafka_reached", workers, [](const PipelineStats& worker) -> std::string {
    const bool stands_by = worker.place == GroupPlace::kStandby;  // and was told who is active
    if (worker.group_joined || stands_by || HasEnded(worker)) return "";
    return "no assignment was received from the consumer group yet";
  }));
  if (const auto place = JudgePlace(workers)) ready.push_back(*place);
  const bool reached = std::any_of(workers.begin(), workers.end(),
                                   [](const auto& worker) { return worker.index_reached; });
  if (!Deliver(workers)) {
    ready.push_back(
        Check("elasticsearch_reached", workers, [&](const PipelineStats& worker) -> std::string {
          if (reached || HasEnded(worker) || !HasPartitions(worker)) return "";
          return "the search cluster has not answered yet";
        }));
  }
  ready.push_back(Check("reads", workers, [](const PipelineStats& worker) -> std::string {
    if (!worker.waits_to_read || HasEnded(worker)) return "";
    return "its partitions are not read yet: their indices and control records are looked at first";
  }));
  ready.push_back(
      Check("not_halted", workers, [](const PipelineStats& worker) { return worker.halt_reason; }));
  ready.push_back(
      Check("not_held", workers, [](const PipelineStats& worker) { return worker.hold_reason; }));
  ready.push_back(Check("not_stalled", workers, [&](const PipelineStats& worker) -> std::string {
    const int64_t since_us = now_us - std::max(worker.progress_us, started_us);
    if (HasEnded(worker) || !HasLag(worker) || since_us <= limits.stalled_after_us) return "";
    return "records are waiting and none was settled for " + Seconds(since_us);
  }));
}

void JudgeCapture(const CaptureStats& capture, int64_t started_us, int64_t now_us,
                  const HealthLimits& limits, Health& health) {
  using CaptureState = CaptureStats::State;
  const bool reads =
      capture.state == CaptureState::kStreaming || capture.state == CaptureState::kSnapshot;
  const int64_t silent_us = now_us - std::max(capture.turn_us, started_us);
  const bool turns = !reads || silent_us <= limits.turn_max_us;
  health.live.push_back(
      {"source_loop", turns, turns ? "" : "its loop has not turned for " + Seconds(silent_us)});
  const std::string waits =
      capture.hold_reason.empty() ? "it has not connected yet" : capture.hold_reason;
  health.ready.push_back({"source_reads", reads, reads ? "" : waits});
  health.ready.push_back({"source_not_halted", capture.halt_reason.empty(), capture.halt_reason});
  health.ready.push_back({"source_not_held", capture.hold_reason.empty(), capture.hold_reason});
  // The stream goes on meanwhile: a reason to look at, none to be taken out of service.
  health.ready.push_back({"source_incremental_snapshot", true, capture.incremental_hold_reason});
  health.ready.push_back({"source_slot_safe", capture.watch.danger.empty(), capture.watch.danger});
}

}  // namespace

void JudgeChangelogs(std::span<const ChangelogStats> changelogs, int64_t started_us, int64_t now_us,
                     const HealthLimits& limits, Health& health) {
  using ChangelogState = ChangelogStats::State;
  for (const ChangelogStats& stats : changelogs) {
    const std::string name = "changelog_" + stats.sink;
    const bool ended =
        stats.state == ChangelogState::kStopped || stats.state == ChangelogState::kHalted;
    const bool runs = stats.state == ChangelogState::kRunning;
    const int64_t silent_us = now_us - std::max(stats.turn_us, started_us);
    const bool turns = !runs || silent_us <= limits.turn_max_us;
    health.live.push_back(
        {name + "_loop", turns, turns ? "" : "its loop has not turned for " + Seconds(silent_us)});
    const std::string waits =
        stats.hold_reason.empty() ? "it does not read its topics yet" : stats.hold_reason;
    health.ready.push_back({name + "_reads", runs || ended, runs || ended ? "" : waits});
    health.ready.push_back({name + "_not_halted", stats.halt_reason.empty(), stats.halt_reason});
    health.ready.push_back(
        {name + "_not_held", stats.hold_reason.empty() || ended, ended ? "" : stats.hold_reason});
  }
}

bool Deliver(std::span<const PipelineStats> workers) {
  return std::any_of(workers.begin(), workers.end(),
                     [](const auto& worker) { return !worker.destinations.empty(); });
}

bool Health::is_live() const {
  return AllGood(live);
}

bool Health::is_ready() const {
  return AllGood(ready);
}

Health EvaluateHealth(std::span<const PipelineStats> workers,
                      const std::optional<CaptureStats>& capture, int64_t started_us,
                      int64_t now_us, bool stopping, const HealthLimits& limits) {
  Health health;
  health.ready.push_back({"running", !stopping, stopping ? "the process is stopping" : ""});
  if (!workers.empty()) JudgeWorkers(workers, started_us, now_us, limits, health);
  if (capture) JudgeCapture(*capture, started_us, now_us, limits, health);
  return health;
}

}  // namespace sluice::telemetry
