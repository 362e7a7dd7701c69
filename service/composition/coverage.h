#pragma once

#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/server_checks.h"
#include "core/model/outcome.h"
#include "core/model/result.h"
#include "service/composition/position_record.h"

namespace sluice::service {

/// The tables as they are recorded.
[[nodiscard]] CapturedNames NamesOf(const postgres::TableList& tables);

/// Recorded tables that are gone altogether, told of; what they were stays known. One that is only
/// captured no more is forgotten. `all`: of the database, captured or not.
struct GoneTables {
  std::vector<postgres::Finding> findings;
  CapturedNames names;  ///< Each 0.
};
[[nodiscard]] GoneTables FindGoneTables(const std::vector<postgres::CatalogueTable>& all,
                                        const CapturedNames& captured);

/// Tables that were captured and that the publication has no more, or whose name another table has
/// that is not in it: a source that goes on must not add them as if nothing were missing. kDone for
/// none.
[[nodiscard]] Result<Failure> FindLostTables(postgres::Connection& connection,
                                             const postgres::PublicationSettings& publication,
                                             const postgres::TableList& tables,
                                             const CapturedNames& captured);

/// Tables that a source that goes on captures for the first time: the rows that they hold already
/// are not read by themselves, and of one that has a former one's name, the former's documents
/// stay. Pure; nothing captured is known: none.
[[nodiscard]] std::vector<postgres::Finding> NewTables(const postgres::TableList& tables,
                                                       const CapturedNames& captured);

}  // namespace sluice::service
