#include "service/lifecycle/run_parts.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>

namespace sluice::service {
namespace {

using telemetry::LogLevel;

constexpr int kLongestWaitMs = 1'000;

/// What one batch of records took is kept for the next. By default it goes back to the system each
/// time, and every page of it is cleared anew when it is asked for again.
void KeepFreedMemory() {
  constexpr int kAskTheSystemForBytes = 32 * 1024 * 1024;  // the most that malloc takes
  constexpr int kKeepBytes = 16 * 1024 * 1024;
  mallopt(M_MMAP_THRESHOLD, kAskTheSystemForBytes);
  mallopt(M_TRIM_THRESHOLD, kKeepBytes);
}

bool AllEnded(const Parts& parts) {
  return std::all_of(parts.begin(), parts.end(),
                     [](const auto& part) { return part->end().has_value(); });
}

bool AnyEndedAs(const Parts& parts, PartEnd end) {
  return std::any_of(parts.begin(), parts.end(),
                     [end](const auto& part) { return part->end() == end; });
}

/// By itself, for a reason that does not pass.
bool AnyHalted(const Parts& parts) {
  return AnyEndedAs(parts, PartEnd::kHalted) || AnyEndedAs(parts, PartEnd::kRefused);
}

/// Nobody who sends a second signal wants to wait for destructors.
[[noreturn]] void EndAtOnce(telemetry::Log& log) {
  log.Write(LogLevel::kWarn, "stopped_at_once",
            "second signal: what was not acknowledged is read again");
  log.FlushRepeats(true);
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

void LogStopping(const config::Config& config, telemetry::Log& log) {
  log.Write(LogLevel::kInfo, "stopping",
            "finishing what is on its way; a second signal stops at once",
            {{"timeout_seconds", config.shutdown_timeout_us / 1'000'000}});
}

/// Waits until every part has ended: after a signal, because one halted, or by itself. Returns
/// whether there was a signal.
bool SeeToTheEnd(const Parts& parts, const config::Config& config, telemetry::Telemetry& telemetry,
                 telemetry::Log& log, StopSignals& signals) {
  bool stopping = false;
  bool told = false;
  while (!AllEnded(parts)) {
    const bool signalled = signals.Wait(kLongestWaitMs) != 0;
    log.FlushRepeats();
    if (signalled && told) EndAtOnce(log);
    if (signalled) LogStopping(config, log);
    told = told || signalled;
    // One that stays is there to be asked: why it halted is what readiness says then.
    if (signalled) telemetry.NoteStopping();
    if (stopping || !(told || AnyHalted(parts))) continue;
    stopping = true;
    if (config.on_halt != "stay") telemetry.NoteStopping();
    for (const auto& part : parts) part->RequestStop();
  }
  return told;
}

}  // namespace

ExitCode RunParts(const Parts& parts, const config::Config& config, telemetry::Telemetry& telemetry,
                  telemetry::Log& log, StopSignals& signals) {
  KeepFreedMemory();
  for (const auto& part : parts) part->Start([&signals] { signals.Wake(); });
  const bool told = SeeToTheEnd(parts, config, telemetry, log, signals);

  const bool halted = AnyHalted(parts);
  // A signal that has come already is not waited for once more.
  if (halted && config.on_halt == "stay" && !told) {
    log.Write(LogLevel::kWarn, "staying",
              "halted and not ready; waits for a signal (on_halt: stay)");
    while (signals.Wait(kLongestWaitMs) == 0) log.FlushRepeats();
    telemetry.NoteStopping();
  }
  if (AnyEndedAs(parts, PartEnd::kHalted)) return ExitCode::kHalted;
  if (halted) return ExitCode::kNo;
  return AnyEndedAs(parts, PartEnd::kTimedOut) ? ExitCode::kFailed : ExitCode::kDone;
}

}  // namespace sluice::service
