#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/server_checks.h"
#include "adapters/postgres/slot.h"
#include "core/model/result.h"
#include "core/model/source_position.h"
#include "core/model/source_watch.h"
#include "core/operations/source/start_decision.h"
#include "service/config/config.h"

namespace sluice::service {

/// Where a source stands, seen from outside of it.
struct CaptureLook {
  std::optional<postgres::ServerIdentity> server;  ///< None: the user may not replicate.
  std::optional<postgres::SlotState> slot;
  Lsn log_end;
  SourceWatch watch;
  std::optional<SourcePosition> recorded;
  std::vector<std::string> snapshot_left;  ///< Captured tables that an unfinished one has not read.
  bool has_publication = false;
  bool makes_publication = false;        ///< A start creates it, with all captured tables.
  std::vector<std::string> unpublished;  ///< Captured tables that the publication does not have.
  std::string next;                      ///< What a start would do.
  std::vector<std::string> obstacles;    ///< What would halt it, each with its cure.
  std::vector<std::string> warnings;
};

/// Asks the database and the brokers; creates and changes nothing. Waits for both, some seconds
/// each.
Result<CaptureLook> LookAtCapture(const config::Config& config);

/// Makes sure that nobody else captures with this slot, as long as `connection` stands: two sources
/// would publish one after the other's back while the first is still reading rows, before the slot
/// itself keeps the second out. False: somebody does.
[[nodiscard]] Result<bool> TakeCaptureLock(postgres::Connection& connection,
                                           const std::string& slot);

/// What the database says, for the decision on a start. `recorded_end`: where the timeline that was
/// recorded ended.
[[nodiscard]] SourceFacts FactsOf(const config::Config& config,
                                  const postgres::ServerIdentity& server,
                                  const std::optional<postgres::SlotState>& slot,
                                  std::optional<Lsn> recorded_end);

}  // namespace sluice::service
