#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "core/model/result.h"
#include "service/composition/capture_session.h"
#include "service/composition/part.h"
#include "service/telemetry/telemetry.h"

namespace sluice::service {

/// The source, run after run: one that fails for a reason that may pass is followed by another.
///
/// Threads:   as Part; everything else happens on the worker's own thread.
/// Ownership: config, telemetry and log are borrowed.
/// Time:      a stop takes the shutdown timeout and some seconds at most.
/// Errors:    Open() fails for settings that an adapter refuses.
class CaptureWorker : public Part {
 public:
  struct Options {
    std::string version;
    bool once = false;  ///< End at what is the end of the database's log.
  };

  static Result<std::unique_ptr<CaptureWorker>> Open(const config::Config& config,
                                                     const Options& options,
                                                     telemetry::Telemetry& telemetry,
                                                     telemetry::Log& log);

  void Start(std::function<void()> on_end) override;
  void RequestStop() override;
  [[nodiscard]] std::optional<PartEnd> end() const override;

 private:
  CaptureWorker(std::unique_ptr<CaptureFrame> frame, telemetry::Telemetry& telemetry)
      : frame_(std::move(frame)), telemetry_(telemetry) {}
  PartEnd Run(const std::stop_token& stop);
  SessionEnd RunSession(const std::stop_token& stop);
  void WaitForRetry(int failures, const std::stop_token& stop);
  [[nodiscard]] PartEnd Stopped() const;

  std::unique_ptr<CaptureFrame> frame_;
  telemetry::Telemetry& telemetry_;
  std::atomic<int> end_{-1};
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace sluice::service
