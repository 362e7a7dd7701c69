#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/model/result.h"
#include "core/operations/index/rebuild_decision.h"
#include "service/config/config.h"
#include "service/lifecycle/exit_code.h"
#include "service/lifecycle/signals.h"
#include "service/telemetry/log.h"

namespace sluice::rebuild {

/// What `sluice rebuild` is to do.
enum class Verb : uint8_t {
  kForward,   ///< Begins a rebuild, or goes on with one, to its end.
  kRollback,  ///< The same, back onto the former index.
  kAbort,     ///< Gives up one whose alias was not moved.
  kFinish,    ///< Deletes the former index.
  kStatus,    ///< Tells how far one is.
};

struct RebuildOptions {
  Verb verb = Verb::kForward;
  std::string index;
  bool database = false;           ///< The configuration names it, so that tables can be compared.
  bool verifies = true;            ///< Compares the table with the shadow before the alias moves.
  bool accepts_divergent = false;  ///< Moves although ids are divergent that the writer knows not.
  bool yes = false;
  int64_t keep_us = 24 * 3'600'000'000LL;
  int64_t freeze_us = 60'000'000;  ///< The longest that writers are kept waiting at once.
  std::string version;
};

/// How it ended, and how things are.
struct RebuildReport {
  service::ExitCode code = service::ExitCode::kDone;
  std::string error;  ///< With the cure; empty: none.
  std::string done;   ///< What was done, as one sentence; empty: nothing.
  std::string topic;
  RebuildSight sight;     ///< As seen last.
  int64_t lag = 0;        ///< Of the group that fills the shadow, in records.
  int64_t frozen_us = 0;  ///< How long writers waited before the alias was moved.
};

/// Fills a new index while the present one is searched and written, then moves the alias onto it
/// (docs/adr/0009-rebuild-behind-a-frozen-index.md). Every step may be repeated: whatever ends it,
/// the next call goes on.
///
/// Threads:   from the main thread; the pipelines that fill have their own.
/// Ownership: borrows all for the call.
/// Time:      until it is done, or a signal came.
/// Errors:    in the report.
[[nodiscard]] RebuildReport RunRebuild(const config::Config& config, const RebuildOptions& options,
                                       telemetry::Log& log, service::StopSignals& signals);

}  // namespace sluice::rebuild
