#include "service/telemetry/process_metrics.h"

#include "service/telemetry/metric_family.h"

namespace sluice::telemetry {
namespace {

using Family = prometheus::MetricFamily;
using prometheus::MetricType;

void AddKnown(Family& family, double value) {
  if (value >= 0) AddGauge(family, {}, value);
}

}  // namespace

void AddProcessMetrics(std::vector<MetricSpec>& table) {
  table.push_back({"process_cpu_seconds_total", MetricType::Counter, "", "1", "What does it cost?",
                   "Processor time used, user and system",
                   [](const Snapshot& snapshot, Family& family) {
                     if (snapshot.process.cpu_seconds < 0) return;
                     prometheus::ClientMetric metric;
                     metric.counter.value = snapshot.process.cpu_seconds;
                     family.metric.push_back(metric);
                   }});
  const auto gauge = MetricType::Gauge;
  table.push_back({"process_resident_memory_bytes", gauge, "", "1", "What does it cost?",
                   "Resident memory", [](const Snapshot& snapshot, Family& family) {
                     AddKnown(family, static_cast<double>(snapshot.process.resident_bytes));
                   }});
  table.push_back({"process_virtual_memory_bytes", gauge, "", "1", "What does it cost?",
                   "Virtual memory", [](const Snapshot& snapshot, Family& family) {
                     AddKnown(family, static_cast<double>(snapshot.process.virtual_bytes));
                   }});
  table.push_back({"process_open_fds", gauge, "", "1", "Are files running out?", "Open files",
                   [](const Snapshot& snapshot, Family& family) {
                     AddKnown(family, static_cast<double>(snapshot.process.open_files));
                   }});
  table.push_back({"process_max_fds", gauge, "", "1", "Are files running out?",
                   "The most files that may be open", [](const Snapshot& snapshot, Family& family) {
                     AddKnown(family, static_cast<double>(snapshot.process.open_files_max));
                   }});
  table.push_back({"process_start_time_seconds", gauge, "", "1", "Did it restart?",
                   "Start of the process since 1970", [](const Snapshot& snapshot, Family& family) {
                     AddKnown(family, snapshot.process.started_seconds);
                   }});
}

}  // namespace sluice::telemetry
