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

/// Tables that were captured and that the publication has no more: a source that goes on must not
/// add them again as if nothing were missing. kDone for none.
[[nodiscard]] Result<Failure> FindLostTables(postgres::Connection& connection,
                                             const postgres::PublicationSettings& publication,
                                             const postgres::TableList& tables,
                                             const CapturedNames& captured);

/// Tables that a source that goes on captures for the first time: the rows that they hold already
/// are not read by themselves. Pure; nothing captured is known: none.
[[nodiscard]] std::vector<postgres::Finding> NewTables(const postgres::TableList& tables,
                                                       const CapturedNames& captured);

}  // namespace sluice::service
