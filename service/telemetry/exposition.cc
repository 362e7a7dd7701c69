#include <prometheus/text_serializer.h>

#include "service/telemetry/metrics.h"

namespace sluice::telemetry {
namespace {

std::string_view TypeName(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter: return "counter";
    case prometheus::MetricType::Gauge: return "gauge";
    case prometheus::MetricType::Summary: return "summary";
    case prometheus::MetricType::Untyped: return "untyped";
    case prometheus::MetricType::Histogram: return "histogram";
  }
  return "?";
}

}  // namespace

std::string RenderExposition(const prometheus::Collectable& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.Collect());
}

std::string RenderMetricsReference() {
  std::string text =
      "<!-- Written by `sluice config metrics`; a test fails when it is stale. -->\n"
      "# Metrics\n\n"
      "`/metrics` of a running service gives these in Prometheus' text format. Counters "
      "never go back while the\nprocess lives. Label values come from closed sets or from the "
      "configuration, never from records. A value that is not\nknown has no series; there is no "
      "-1. *Series* is the most that one process can have. Alerts: "
      "[configs/prometheus-rules.yaml](../configs/prometheus-rules.yaml).\n\n"
      "| Name | Type | Labels | Series | Meaning | Alert or question "
      "|\n|---|---|---|---|---|---|\n";
  for (const MetricSpec& spec : Metrics()) {
    text += "| `" + std::string(spec.name) + "` | " + std::string(TypeName(spec.type)) + " | ";
    text += spec.labels.empty() ? "" : "`" + std::string(spec.labels) + "`";
    text += " | " + std::string(spec.budget) + " | " + std::string(spec.help) + " | " +
            std::string(spec.alert) + " |\n";
  }
  return text;
}

}  // namespace sluice::telemetry
