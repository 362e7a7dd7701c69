#pragma once

#include <vector>

#include "adapters/postgres/known_tables.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/server_checks.h"
#include "core/model/outcome.h"

namespace sluice::service {

/// Recorded tables that are gone altogether, told of; what they were stays known. One that is only
/// captured no more is forgotten. `all`: of the database, captured or not.
struct GoneTables {
  std::vector<postgres::Finding> findings;
  postgres::KnownTables tables;  ///< Each 0.
};
[[nodiscard]] GoneTables FindGoneTables(const std::vector<postgres::CatalogueTable>& all,
                                        const postgres::KnownTables& captured);

/// What is known of tables that are captured now.
[[nodiscard]] postgres::KnownTables OnlyOf(const postgres::TableList& tables,
                                           const postgres::KnownTables& captured);

/// Captured tables that were out of the publication since they were recorded or are not written to
/// the log any more (`unlogged`), an operation that it lacks, or a name that another table has that
/// is not in it: a source that goes on must not add them as if nothing were missing. kDone for
/// none. Pure.
[[nodiscard]] Failure FindLostTables(const postgres::PublicationSettings& publication,
                                     const postgres::TableList& tables,
                                     const postgres::TableList& unlogged,
                                     const postgres::Coverage& coverage,
                                     const postgres::KnownTables& captured);

}  // namespace sluice::service
