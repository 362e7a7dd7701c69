#include "service/telemetry/deliver_metrics.h"

#include "service/telemetry/metric_family.h"

namespace sluice::telemetry {
namespace {

using Family = prometheus::MetricFamily;
using prometheus::MetricType;

/// Why an attempt was not accepted, as adapters/webhook/error_map.h says it.
constexpr FailureReason kReasons[] = {
    FailureReason::kBadRequest,     FailureReason::kTooLarge,         FailureReason::kUnauthorized,
    FailureReason::kOverloaded,     FailureReason::kUnexpectedStatus, FailureReason::kServerError,
    FailureReason::kTimeout,        FailureReason::kConnectionLost,   FailureReason::kUnreachable,
    FailureReason::kUnreadableReply};

template <typename Add>
void ForEach(const Snapshot& snapshot, Add&& add) {
  for (const PipelineStats& worker : snapshot.workers)
    for (const DestinationStats& destination : worker.destinations) add(destination);
}

template <auto kMember>
void CollectGauge(const Snapshot& snapshot, Family& family) {
  ForEach(snapshot, [&family](const DestinationStats& destination) {
    AddGauge(family, {{"destination", destination.name}},
             static_cast<double>(destination.*kMember));
  });
}

template <auto kMember>
void CollectCounter(const Snapshot& snapshot, Family& family) {
  ForEach(snapshot, [&family](const DestinationStats& destination) {
    AddCounter(family, {{"destination", destination.name}}, destination.*kMember);
  });
}

template <auto kMember>
void CollectSeconds(const Snapshot& snapshot, Family& family) {
  ForEach(snapshot, [&family](const DestinationStats& destination) {
    AddHistogram(family, destination.*kMember, kSecondsBounds, {{"destination", destination.name}});
  });
}

void CollectAttempts(const Snapshot& snapshot, Family& family) {
  ForEach(snapshot, [&family](const DestinationStats& destination) {
    AddCounter(family, {{"destination", destination.name}, {"outcome", "accepted"}},
               destination.accepted);
    for (const FailureReason reason : kReasons) {
      AddCounter(family,
                 {{"destination", destination.name}, {"outcome", FailureReasonName(reason)}},
                 destination.failures[static_cast<size_t>(reason)]);
    }
  });
}

void CollectWindow(const Snapshot& snapshot, Family& family) {
  ForEach(snapshot, [&family](const DestinationStats& destination) {
    AddGauge(family, {{"destination", destination.name}, {"state", "waiting"}},
             static_cast<double>(destination.waiting));
    AddGauge(family, {{"destination", destination.name}, {"state", "under_way"}},
             static_cast<double>(destination.under_way));
  });
}

}  // namespace

void AddDeliverMetrics(std::vector<MetricSpec>& table) {
  const size_t before = table.size();
  const auto counter = MetricType::Counter;
  const auto gauge = MetricType::Gauge;
  const auto histogram = MetricType::Histogram;
  table.push_back({"sluice_delivery_attempts_total", counter, "destination,outcome",
                   "destinations x 11", "SluiceDestinationFails",
                   "Requests to a destination, by what came of them", CollectAttempts});
  table.push_back({"sluice_deliveries_refused_total", counter, "destination", "destinations",
                   "SluiceDeadLetters", "Records that became dead letters because of a destination",
                   CollectCounter<&DestinationStats::refused>});
  table.push_back({"sluice_deliveries_parked_total", counter, "destination", "destinations",
                   "Is a destination too slow?",
                   "Records written to a destination's parked topic, copies of waiting ones among "
                   "them",
                   CollectCounter<&DestinationStats::parked>});
  table.push_back({"sluice_parked_records", gauge, "destination", "destinations",
                   "SluiceParkedGrowing",
                   "Records in a destination's parked topic that are not delivered yet, of the "
                   "partitions that this process has",
                   CollectGauge<&DestinationStats::parked_records>});
  table.push_back({"sluice_delivery_window_records", gauge, "destination,state", "destinations x 2",
                   "Is a destination slow?",
                   "Records of a destination in memory: waiting, or under way", CollectWindow});
  table.push_back({"sluice_breaker_open", gauge, "destination", "destinations",
                   "SluiceDestinationFails",
                   "Whether a destination is left alone because it fails (1) or not (0)",
                   CollectGauge<&DestinationStats::breaker_open>});
  table.push_back({"sluice_breaker_openings_total", counter, "destination", "destinations",
                   "Which destination fails again and again?",
                   "Times that a destination was left alone",
                   CollectCounter<&DestinationStats::openings>});
  table.push_back({"sluice_delivery_age_seconds", histogram, "destination", "destinations x 18",
                   "Are customers told in time?",
                   "Time from the commit at the source to the acceptance by a destination",
                   CollectSeconds<&DestinationStats::age_seconds>});
  table.push_back({"sluice_delivery_duration_seconds", histogram, "destination",
                   "destinations x 18", "Is a destination slow?",
                   "Time from a request to its answer",
                   CollectSeconds<&DestinationStats::round_trip_seconds>});
  for (size_t i = before; i < table.size(); ++i) table[i].sides = config::Sides::kDeliver;
}

}  // namespace sluice::telemetry
