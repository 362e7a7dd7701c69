#pragma once

#include <string>

#include "service/telemetry/snapshot.h"

namespace sluice::telemetry {

/// /status: progress and health as one JSON document, {"schema":"sluice.status/1",…}.
[[nodiscard]] std::string RenderStatus(const Snapshot& snapshot);

/// The text of /livez and /readyz: "ok", or one line a failed check; with `verbose` all checks.
[[nodiscard]] std::string RenderChecks(const std::vector<HealthCheck>& checks, bool verbose);

}  // namespace sluice::telemetry
