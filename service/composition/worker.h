#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "core/model/result.h"
#include "core/operations/index/pipeline.h"
#include "service/composition/part.h"
#include "service/config/config.h"
#include "service/telemetry/log.h"

namespace sluice::service {

/// How a part has ended whose loop has ended so.
[[nodiscard]] PartEnd PartEndOf(PipelineEnd end);

/// One pipeline with adapters of its own, on a thread of its own.
///
/// Threads:   Start(), RequestStop() and end() from any thread; all else happens on the worker's
/// own. Ownership: owns its adapters; observer and log are borrowed and shared by workers. Time:
/// RequestStop() returns at once; the thread ends within the shutdown timeout and some
///            seconds for the last commit.
/// Errors:    Open() fails for settings that an adapter refuses.
class Worker : public Part {
 public:
  static Result<std::unique_ptr<Worker>> Open(const config::Config& config, int number,
                                              Observer& observer, telemetry::Log& log);
  ~Worker() override;

  void Start(std::function<void()> on_end) override;
  void RequestStop() override;
  [[nodiscard]] std::optional<PartEnd> end() const override;

 private:
  struct Parts;  // the adapters, in the order in which they depend on each other

  explicit Worker(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
  std::atomic<int> end_{-1};
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace sluice::service
