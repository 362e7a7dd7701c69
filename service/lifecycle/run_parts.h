#pragma once

#include <memory>
#include <vector>

#include "service/composition/part.h"
#include "service/config/config.h"
#include "service/lifecycle/exit_code.h"
#include "service/lifecycle/signals.h"
#include "service/telemetry/log.h"
#include "service/telemetry/telemetry.h"

namespace sluice::service {

using Parts = std::vector<std::unique_ptr<Part>>;

/// Runs the parts of the process until all have ended: after a signal (drained within
/// `shutdown.timeout`), because one halted, or because nothing was left to do. A second signal ends
/// the process at once.
///
/// Threads:   from the main thread; each part has one of its own.
/// Ownership: borrows all for the call.
/// Time:      returns when everything has stopped.
/// Errors:    as the process's exit code.
[[nodiscard]] ExitCode RunParts(const Parts& parts, const config::Config& config,
                                telemetry::Telemetry& telemetry, telemetry::Log& log,
                                StopSignals& signals);

}  // namespace sluice::service
