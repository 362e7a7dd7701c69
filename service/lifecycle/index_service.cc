#include "service/lifecycle/index_service.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "service/composition/worker.h"

namespace sluice::service {
namespace {

using Workers = std::vector<std::unique_ptr<Worker>>;

bool AllEnded(const Workers& workers) {
  return std::all_of(workers.begin(), workers.end(),
                     [](const auto& worker) { return worker->end().has_value(); });
}

bool AnyEndedAs(const Workers& workers, PipelineEnd end) {
  return std::any_of(workers.begin(), workers.end(),
                     [end](const auto& worker) { return worker->end() == end; });
}

void StopAll(const Workers& workers) {
  for (const auto& worker : workers) worker->RequestStop();
}

/// Nobody who waits for a second signal wants destructors to run.
[[noreturn]] void EndAtOnce() {
  spdlog::warn("event=stopped_at_once");
  spdlog::default_logger()->flush();
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

void LogStopping(const config::IndexConfig& config) {
  spdlog::info(
      "event=stopping timeout_s={} text=\"writes on their way are finished and committed; "
      "a second signal stops at once\"",
      config.shutdown_timeout_us / 1'000'000);
}

}  // namespace

ExitCode RunIndexService(const config::IndexConfig& config, Observer& observer,
                         StopSignals& signals) {
  Workers workers;
  for (int number = 0; number < config.workers; ++number) {
    auto worker = Worker::Open(config, number, observer);
    if (!worker) {
      spdlog::error("event=cannot_start worker={} text=\"{}\"", number, worker.error().ToString());
      return ExitCode::kUsage;
    }
    workers.push_back(std::move(*worker));
  }
  for (const auto& worker : workers) worker->Start([&signals] { signals.Wake(); });

  constexpr int kLongestMs = 1'000;
  bool stopping = false;
  while (!AllEnded(workers)) {
    const bool signalled = signals.Wait(kLongestMs) != 0;
    if (signalled && stopping) EndAtOnce();
    const bool halted = AnyEndedAs(workers, PipelineEnd::kHalted);
    if (signalled || (halted && !stopping)) {
      if (signalled) LogStopping(config);
      stopping = true;
      StopAll(workers);
    }
  }
  const bool halted = AnyEndedAs(workers, PipelineEnd::kHalted);
  const bool stay = halted && config.on_halt == "stay";
  if (stay)
    spdlog::warn("event=staying text=\"halted and not ready; waits for a signal (on_halt)\"");
  while (stay && signals.Wait(kLongestMs) == 0) {
  }
  if (halted) return ExitCode::kHalted;
  return AnyEndedAs(workers, PipelineEnd::kTimedOut) ? ExitCode::kFailed : ExitCode::kDone;
}

}  // namespace sluice::service
