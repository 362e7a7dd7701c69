#pragma once

#include "adapters/postgres/publication.h"
#include "core/model/outcome.h"
#include "core/operations/stream_names.h"
#include "core/operations/stream_owners.h"

namespace sluice::service {

/// Gives each table its topic, into `owners`. kDone, or the first clash of two. Pure.
[[nodiscard]] Failure ClaimStreams(const postgres::TableList& tables, const StreamNames& names,
                                   StreamOwners& owners);

}  // namespace sluice::service
