#pragma once

#include <vector>

#include "adapters/debezium/encoder_options.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/server_checks.h"
#include "core/model/outcome.h"
#include "core/operations/outbox/outbox_router.h"
#include "core/operations/source/stream_names.h"
#include "core/operations/source/stream_owners.h"
#include "service/config/config.h"

namespace sluice::service {

/// Gives each table its topic, into `owners`. kDone, or the first clash of two. Pure.
[[nodiscard]] Failure ClaimStreams(const postgres::TableList& tables, const StreamNames& names,
                                   StreamOwners& owners);

/// What the settings name and the database does not have: each expression of the lists of tables
/// and columns, of masks, keys and conditions that matches nothing warns. A start that captures
/// nothing halts where tables are there; not where none is yet, or where somebody else is to put
/// them into the publication later. `all`: of the database; `captured`: those of them that the
/// filter takes. Pure.
[[nodiscard]] std::vector<postgres::Finding> JudgeLists(
    const config::Config& config, const std::vector<postgres::CatalogueTable>& all,
    const postgres::TableList& captured);

/// Keys that deletes could not be told by, for a replica identity lacks them, and keys with columns
/// that are not sent. They block, except of tables that are compatible with Debezium, which tells
/// such changes as well as it can. Pure. `server_version`: 150004 for 15.4.
[[nodiscard]] std::vector<postgres::Finding> JudgeKeys(
    const config::Config& config, int server_version, const postgres::TableFilter& filter,
    const std::vector<postgres::CatalogueTable>& all, const postgres::TableList& captured);

/// Columns that a mask matches and cannot hide: of another type than text, or of the key, which is
/// told as it is. Pure.
[[nodiscard]] std::vector<postgres::Finding> JudgeMasks(
    const std::vector<debezium::MaskRule>& masks, const std::vector<Table>& tables);

/// Outboxes of whose rows no event can be made: a column is missing, or of no use. They block.
/// Pure.
[[nodiscard]] std::vector<postgres::Finding> JudgeOutboxes(const OutboxSettings& settings,
                                                           const std::vector<Table>& tables);

/// Outboxes whose events a mask makes equal: stars or a cut hide what an event, or what it is
/// about, is known by. They block: an index would keep one document of many. Pure.
[[nodiscard]] std::vector<postgres::Finding> JudgeOutboxMasks(
    const OutboxSettings& settings, const std::vector<debezium::MaskRule>& masks,
    const std::vector<Table>& tables);

/// Columns of keys of which some values cannot be told exactly: such a value will halt. Pure.
[[nodiscard]] std::vector<postgres::Finding> JudgeKeyTypes(const debezium::EncoderOptions& encoder,
                                                           const std::vector<Table>& tables);

}  // namespace sluice::service
