#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "service/composition/part.h"
#include "service/config/config.h"
#include "service/lifecycle/signals.h"
#include "service/telemetry/log.h"
#include "service/telemetry/telemetry.h"

namespace sluice::rebuild {

/// The pipelines of `sluice index` with another group and alias, in this process: they fill the
/// shadow.
///
/// Threads:   one call at a time; each pipeline has a thread of its own.
/// Ownership: borrows all it is made from.
/// Time:      Stop() waits for the pipelines, `shutdown.timeout` and some seconds at most.
/// Errors:    a pipeline that ends by itself has halted: why is told by the log and by halt().
class RefillRun {
 public:
  /// `signals` is woken when a pipeline ends.
  static Result<std::unique_ptr<RefillRun>> Start(const config::Config& config, telemetry::Log& log,
                                                  const Clock& clock,
                                                  service::StopSignals& signals);
  ~RefillRun();

  /// Whether a pipeline has ended that was not asked to.
  [[nodiscard]] bool halted() const;
  [[nodiscard]] std::string halt() const { return telemetry_.HaltSentence(); }
  /// Ends all pipelines. Whether everything that was read is applied and committed.
  [[nodiscard]] bool Stop();
  /// Whether a signal came during that, which nobody else sees any more.
  [[nodiscard]] bool signalled() const { return signalled_; }

 private:
  RefillRun(const config::Config& config, telemetry::Log& log, const Clock& clock,
            service::StopSignals& signals);

  service::StopSignals& signals_;
  telemetry::Telemetry telemetry_;
  std::vector<std::unique_ptr<service::Part>> workers_;
  bool stopped_ = false;
  bool signalled_ = false;
};

}  // namespace sluice::rebuild
