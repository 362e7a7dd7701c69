#pragma once

#include "service/http/http_server.h"
#include "service/telemetry/telemetry.h"

namespace sluice::http {

/// What is answered where:
///
///   /metrics           Prometheus' text format
///   /livez, /healthz   200 while our own loops turn
///   /readyz            200 when ready; `?verbose` lists the checks
///   /status            progress and health as JSON
///   /                  a list of these
///
/// `telemetry` outlives the handler.
[[nodiscard]] Handler MakeEndpoints(const telemetry::Telemetry& telemetry);

}  // namespace sluice::http
