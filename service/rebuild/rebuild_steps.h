#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/operations/index/rebuild_decision.h"
#include "service/composition/system_clock.h"
#include "service/rebuild/all_rows.h"
#include "service/rebuild/rebuild_desk.h"
#include "service/rebuild/refill_run.h"
#include "service/rebuild/run_rebuild.h"
#include "service/telemetry/progress_bar.h"

namespace sluice::rebuild {

/// Why a rebuild does not go on.
struct Stop {
  service::ExitCode code = service::ExitCode::kFailed;
  Error error;
};
using Ended = std::optional<Stop>;  ///< None: it goes on.

/// The steps of a rebuild. What follows from what is there is decided in
/// core/operations/index/rebuild_decision.h; here it is asked for and carried out.
///
/// Threads, Time: as RunRebuild().
/// Ownership: borrows all but what it makes.
/// Errors:    as Stop.
class RebuildSteps {
 public:
  struct Parts {
    RebuildDesk& desk;
    const RebuildOptions& options;
    telemetry::Log& log;
    service::StopSignals& signals;
    RebuildReport& report;
  };
  explicit RebuildSteps(Parts parts);

  [[nodiscard]] Ended Forward();
  [[nodiscard]] Ended Rollback();
  [[nodiscard]] Ended Abort();
  [[nodiscard]] Ended Finish();
  [[nodiscard]] Ended LookOnly();

 private:
  /// rebuild_steps.cc
  [[nodiscard]] Ended Look();
  [[nodiscard]] RebuildStage stage() const { return StageOf(sight()); }
  [[nodiscard]] const RebuildSight& sight() const { return parts_.report.sight; }
  [[nodiscard]] Ended AwaitAlone();
  [[nodiscard]] Ended Begin();
  [[nodiscard]] Ended SeveralIndices(const std::vector<std::string>& behind) const;
  [[nodiscard]] Ended CheckDeletes();
  [[nodiscard]] Ended StepBack();
  [[nodiscard]] Ended MakeShadow();
  [[nodiscard]] Ended BeginAnew();
  [[nodiscard]] Ended Discard();
  [[nodiscard]] Ended CheckHistory();
  [[nodiscard]] Ended HistoryEnd() const;
  [[nodiscard]] Ended Drop();
  [[nodiscard]] Stop Interrupted() const;
  void Say(const std::string& event, const std::string& text);

  /// rebuild_refill.cc
  [[nodiscard]] Ended RefillAndMove();
  [[nodiscard]] Ended FillUp();
  [[nodiscard]] Ended StartRefill();
  [[nodiscard]] Ended HaveRowsTold(bool& told);
  [[nodiscard]] Ended Verify();
  [[nodiscard]] Ended Wait(int64_t ms);
  [[nodiscard]] bool InWindow() const { return clock_.NowUs() < window_over_us_; }
  [[nodiscard]] Ended ShowProgress(const StreamFacts& stream);

  /// rebuild_move.cc
  [[nodiscard]] Ended TryMove(bool& moved);
  [[nodiscard]] Ended CheckMayMove();
  [[nodiscard]] Ended PassFrozen(int64_t until_us, bool& passed);
  [[nodiscard]] Ended MoveFrozen(const std::string& token);
  [[nodiscard]] Ended Thaw();
  [[nodiscard]] Ended Complete();

  const Parts parts_;
  service::SystemClock clock_;
  const telemetry::ProgressBar bar_;
  AllRows rows_;
  std::unique_ptr<RefillRun> refill_;
  int64_t window_over_us_ = 0;  ///< Nothing that was sent before the refill began is alive then.
  int64_t window_over_ms_ = 0;  ///< The same by the wall clock, to be told.
  int64_t said_us_ = 0;
  bool verified_ = false;
  std::vector<int64_t> from_;  ///< Where the refill of this call began.
  std::string frozen_;         ///< The index that writers are kept out of by this call.
  int64_t frozen_operations_ = 0;
};

[[nodiscard]] inline Ended Failed(Error error,
                                  service::ExitCode code = service::ExitCode::kFailed) {
  return Stop{code, std::move(error)};
}

}  // namespace sluice::rebuild
