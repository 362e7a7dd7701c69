#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "core/model/result.h"
#include "service/composition/part.h"
#include "service/config/config.h"
#include "service/telemetry/log.h"
#include "service/telemetry/telemetry.h"

namespace sluice::service {

/// The courier with its adapters, on a thread of its own. Before it joins the group it sees to it
/// that each parked topic is there, with as many partitions as the topic that is read.
///
/// Threads:   as Part; everything else happens on the worker's own thread.
/// Ownership: owns its adapters; config, telemetry and log are borrowed.
/// Time:      a stop takes `deliver.drain.timeout` and some seconds at most.
/// Errors:    Open() fails for settings that an adapter refuses.
class DeliverWorker : public Part {
 public:
  static Result<std::unique_ptr<DeliverWorker>> Open(const config::Config& config,
                                                     telemetry::Telemetry& telemetry,
                                                     telemetry::Log& log);
  ~DeliverWorker() override;

  void Start(std::function<void()> on_end) override;
  void RequestStop() override;
  [[nodiscard]] std::optional<PartEnd> end() const override;

 private:
  struct Parts;  // the adapters, in the order in which they depend on each other

  explicit DeliverWorker(std::unique_ptr<Parts> parts);
  PartEnd Run(const std::stop_token& stop);
  [[nodiscard]] bool PrepareTopics(const std::stop_token& stop);

  std::unique_ptr<Parts> parts_;
  std::atomic<int> end_{-1};
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace sluice::service
