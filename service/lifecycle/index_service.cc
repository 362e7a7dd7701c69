#include "service/lifecycle/index_service.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "service/composition/worker.h"

namespace sluice::service {
namespace {

using telemetry::LogLevel;
using Workers = std::vector<std::unique_ptr<Worker>>;

constexpr int kLongestWaitMs = 1'000;

/// What one batch of records took is kept for the next. By default it goes back to the system each
/// time, and every page of it is cleared anew when it is asked for again.
void KeepFreedMemory() {
  constexpr int kAskTheSystemForBytes = 32 * 1024 * 1024;  // the most that malloc takes
  constexpr int kKeepBytes = 16 * 1024 * 1024;
  mallopt(M_MMAP_THRESHOLD, kAskTheSystemForBytes);
  mallopt(M_TRIM_THRESHOLD, kKeepBytes);
}

bool AllEnded(const Workers& workers) {
  return std::all_of(workers.begin(), workers.end(),
                     [](const auto& worker) { return worker->end().has_value(); });
}

bool AnyEndedAs(const Workers& workers, PipelineEnd end) {
  return std::any_of(workers.begin(), workers.end(),
                     [end](const auto& worker) { return worker->end() == end; });
}

/// Nobody who sends a second signal wants to wait for destructors.
[[noreturn]] void EndAtOnce(telemetry::Log& log) {
  log.Write(LogLevel::kWarn, "stopped_at_once",
            "second signal: what was not committed is read again");
  log.FlushRepeats(true);
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

void LogStopping(const config::Config& config, telemetry::Log& log) {
  log.Write(LogLevel::kInfo, "stopping",
            "finishing and committing writes on their way; a second signal stops at once",
            {{"timeout_seconds", config.shutdown_timeout_us / 1'000'000}});
}

/// Turns until every worker has ended: after a signal, or because one of them halted.
void SeeToTheEnd(const Workers& workers, const config::Config& config,
                 telemetry::Telemetry& telemetry, telemetry::Log& log, StopSignals& signals) {
  bool stopping = false;
  while (!AllEnded(workers)) {
    const bool signalled = signals.Wait(kLongestWaitMs) != 0;
    log.FlushRepeats();
    if (signalled && stopping) EndAtOnce(log);
    if (stopping || !(signalled || AnyEndedAs(workers, PipelineEnd::kHalted))) continue;
    if (signalled) LogStopping(config, log);
    stopping = true;
    telemetry.NoteStopping();
    for (const auto& worker : workers) worker->RequestStop();
  }
}

}  // namespace

ExitCode RunIndexService(const config::Config& config, telemetry::Telemetry& telemetry,
                         telemetry::Log& log, StopSignals& signals) {
  KeepFreedMemory();
  Workers workers;
  for (int number = 0; number < config.workers; ++number) {
    auto worker = Worker::Open(config, number, telemetry, log);
    if (!worker) {
      log.Write(LogLevel::kError, "cannot_start", worker.error().ToString(),
                {{"worker", int64_t{number}}});
      return ExitCode::kUsage;
    }
    workers.push_back(std::move(*worker));
  }
  for (const auto& worker : workers) worker->Start([&signals] { signals.Wake(); });
  SeeToTheEnd(workers, config, telemetry, log, signals);

  const bool halted = AnyEndedAs(workers, PipelineEnd::kHalted);
  if (halted && config.on_halt == "stay") {
    log.Write(LogLevel::kWarn, "staying",
              "halted and not ready; waits for a signal (on_halt: stay)");
    while (signals.Wait(kLongestWaitMs) == 0) {
    }
  }
  if (halted) return ExitCode::kHalted;
  return AnyEndedAs(workers, PipelineEnd::kTimedOut) ? ExitCode::kFailed : ExitCode::kDone;
}

}  // namespace sluice::service
