#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/operations/delivery/circuit_breaker.h"
#include "core/operations/index/pipeline_settings.h"

namespace sluice {

/// A destination, as the courier knows it.
struct DestinationName {
  std::string name;    ///< What rows say.
  std::string parked;  ///< The stream of its parked records.
};

/// The limits and periods of one courier.
struct DeliverySettings {
  std::string stream;  ///< What is read. Its partitions are those of all parked streams.
  std::vector<DestinationName> destinations;

  // Each destination:
  size_t window_max = 100;                    ///< Deliveries in memory, waiting or under way …
  size_t window_max_bytes = size_t{1} << 20;  ///< … and their bytes; one is always allowed.
  uint32_t concurrency = 4;                   ///< Requests at once.
  int64_t park_after_us = 2'000'000;          ///< The oldest one waits no longer in the source.
  uint32_t attempts_max = 0;                  ///< Then it is a dead letter; 0: without end.
  BackoffSettings backoff;
  BreakerSettings breaker;

  uint32_t poll_max_records = 500;             ///< Per turn.
  int64_t rejected_max_ppm = 100'000;          ///< As PipelineSettings::rejected_max_ppm.
  uint32_t dead_letters_max_open = 1'000;      ///< Not yet acknowledged; above it nothing is read.
  uint32_t parks_max_unacknowledged = 10'000;  ///< Above it nothing is read.
  std::string commit_note;                     ///< Kept beside each committed position.
  int64_t commit_interval_us = 1'000'000;
  /// How long answers under way are waited for when partitions are given up or the process stops.
  int64_t drain_timeout_us = 2'000'000;

  // What keeps packages in order over crashes. Only tests leave it out, to see what breaks.
  bool copies_first = true;  ///< A run of parking begins with copies of what is not terminal.
  bool drains_first =
      true;  ///< A line is direct only when its parked partition was read to its end.
};

/// At most so many records of a parked partition may wait behind its oldest one that is not
/// terminal: then it is read no further (16 bytes each).
inline constexpr uint64_t kParkedSpanMax = 100'000;

}  // namespace sluice
