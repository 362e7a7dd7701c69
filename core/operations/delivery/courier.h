#pragma once

#include <memory>
#include <stop_token>

#include "core/operations/delivery/delivery_settings.h"
#include "core/operations/index/pipeline.h"
#include "core/ports/clock.h"
#include "core/ports/dead_letters.h"
#include "core/ports/delivery_reader.h"
#include "core/ports/destinations.h"
#include "core/ports/event_publisher.h"
#include "core/ports/observer.h"
#include "core/ports/randomness.h"
#include "core/ports/record_archive.h"
#include "core/ports/record_source.h"
#include "core/ports/waiter.h"

namespace sluice {

/// Everything a courier is joined to. References outlive the courier.
struct CourierPorts {
  RecordSource& source;
  DeliveryReader& reader;
  Destinations& destinations;
  EventPublisher& parking;
  DeadLetters& dead_letters;
  RecordArchive& archive;
  Waiter& waiter;
  Clock& clock;
  Randomness& randomness;
  Observer& observer;
};

/// One reactor: reads records, delivers them to their destinations, parks what a destination cannot
/// take now, acknowledges. The loop that joins the ports; what it does is decided by
/// DeliveryMachine.
///
/// Threads:   Run() or Turn() on one thread.
/// Ownership: ports are borrowed for the courier's lifetime.
/// Time:      a turn never blocks except in the waiter.
/// Errors:    a halt is an end with a sentence; everything else is tried again or a dead letter.
class Courier {
 public:
  Courier(const DeliverySettings& settings, const CourierPorts& ports);
  ~Courier();

  /// Turns until the courier has ended. After `stop` is requested (and the waiter woken) it waits
  /// for answers under way, commits and leaves the group.
  PipelineEnd Run(const std::stop_token& stop);

  /// One turn without waiting, for tests that own the clock. True when anything happened.
  bool Turn();
  void Stop();
  [[nodiscard]] bool ended() const;
  [[nodiscard]] PipelineEnd end() const;
  [[nodiscard]] const PipelineStats& stats() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace sluice
