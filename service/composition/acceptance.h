#pragma once

#include <string>
#include <vector>

#include "adapters/postgres/known_tables.h"
#include "core/model/result.h"
#include "service/config/config.h"

namespace sluice::service {

/// What becomes of the recorded tables when an operator accepts that some were out of the
/// publication, or that topics have lost their records.
struct Acceptance {
  std::vector<std::string> accepted;   ///< Recorded from now on as the publication has them.
  std::vector<std::string> unchanged;  ///< Asked for, and nothing is to be accepted of them.
  std::vector<std::string> topics;     ///< Written from now on as they are; empty ones of tables.
  std::vector<Error> problems;         ///< Where there are any, nothing is recorded.
  postgres::KnownTables tables;        ///< To be recorded.
};

/// Pure. `wanted` are "schema.table"; empty: all that were away. `tables` are captured. One that is
/// captured for the first time, or has another's name, is left to the next start.
[[nodiscard]] Acceptance AcceptTables(const std::vector<std::string>& wanted,
                                      const postgres::PublicationSettings& publication,
                                      const postgres::TableList& tables,
                                      const postgres::Coverage& coverage,
                                      const postgres::KnownTables& known);

/// The same with what is recorded and there; records it, unless `dry_run`. The position stays as it
/// is. Fails while a source works with the slot, and where nothing is recorded. Waits for database
/// and brokers.
Result<Acceptance> AcceptRecorded(const config::Config& config,
                                  const std::vector<std::string>& wanted, bool dry_run);

}  // namespace sluice::service
