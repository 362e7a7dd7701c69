#pragma once

#include "service/config/config.h"
#include "service/lifecycle/exit_code.h"
#include "service/lifecycle/signals.h"
#include "service/telemetry/log.h"
#include "service/telemetry/telemetry.h"

namespace sluice::service {

/// Runs the workers of `sluice index` until they have ended: after a signal (drained within
/// `shutdown.timeout`), or because one halted. A second signal ends the process at once.
///
/// Threads:   from the main thread; starts one thread a worker.
/// Ownership: borrows all for the call.
/// Time:      returns when everything has stopped.
/// Errors:    as the process's exit code.
[[nodiscard]] ExitCode RunIndexService(const config::Config& config,
                                       telemetry::Telemetry& telemetry, telemetry::Log& log,
                                       StopSignals& signals);

}  // namespace sluice::service
