#include "service/rebuild/run_rebuild.h"

#include "service/rebuild/rebuild_desk.h"
#include "service/rebuild/rebuild_steps.h"

namespace sluice::rebuild {

RebuildReport RunRebuild(const config::Config& config, const RebuildOptions& options,
                         telemetry::Log& log, service::StopSignals& signals) {
  RebuildReport report;
  const auto desk = RebuildDesk::Open(config, options.index);
  if (!desk) {
    report.code = service::ExitCode::kFailed;
    report.error = desk.error().ToString();
    return report;
  }
  report.topic = (*desk)->topic();
  RebuildSteps steps({**desk, options, log, signals, report});
  const auto run = [&]() -> Ended {
    switch (options.verb) {
      case Verb::kForward: return steps.Forward();
      case Verb::kRollback: return steps.Rollback();
      case Verb::kAbort: return steps.Abort();
      case Verb::kFinish: return steps.Finish();
      case Verb::kStatus: return steps.LookOnly();
    }
    return std::nullopt;
  };
  if (const Ended end = run()) {
    report.code = end->code;
    report.error = end->error.ToString();
  }
  return report;
}

}  // namespace sluice::rebuild
