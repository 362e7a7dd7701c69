#include "service/http/endpoints.h"

#include "service/telemetry/metrics.h"
#include "service/telemetry/status.h"

namespace sluice::http {
namespace {

constexpr int kNotFound = 404;
constexpr int kUnavailable = 503;

constexpr const char* kIndex =
    "/metrics  Prometheus' text format\n"
    "/livez    whether our own loops turn (also /healthz)\n"
    "/readyz   whether the service is ready; ?verbose lists the checks\n"
    "/status   progress and health as JSON\n";

Reply ChecksReply(bool good, const std::vector<telemetry::HealthCheck>& checks, bool verbose) {
  Reply reply;
  reply.status = good ? 200 : kUnavailable;
  reply.body = telemetry::RenderChecks(checks, verbose);
  return reply;
}

}  // namespace

Handler MakeEndpoints(const telemetry::Telemetry& telemetry) {
  return [&telemetry](const Request& request) -> Reply {
    Reply reply;
    if (request.path == "/metrics") {
      reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
      reply.body = telemetry::RenderExposition(
          telemetry::SnapshotCollector([&telemetry] { return telemetry.Take(); }));
    } else if (request.path == "/livez" || request.path == "/healthz") {
      const telemetry::Health health = telemetry.TakeHealth();
      return ChecksReply(health.is_live(), health.live, request.verbose);
    } else if (request.path == "/readyz") {
      const telemetry::Health health = telemetry.TakeHealth();
      return ChecksReply(health.is_ready(), health.ready, request.verbose);
    } else if (request.path == "/status") {
      reply.content_type = "application/json";
      reply.body = telemetry::RenderStatus(telemetry.Take()) + "\n";
    } else if (request.path == "/") {
      reply.body = kIndex;
    } else {
      reply.status = kNotFound;
      reply.body = std::string("not here; there are\n") + kIndex;
    }
    return reply;
  };
}

}  // namespace sluice::http
