#pragma once

#include <optional>

#include "adapters/kafka/written_topics.h"
#include "adapters/postgres/known_tables.h"
#include "core/model/result.h"
#include "core/ports/position_store.h"
#include "service/config/config.h"

namespace sluice::service {

// What the source of this configuration has recorded, for commands that only look: the topic is not
// made. None: there is no such record. Errors: the brokers', or a record of another program.
[[nodiscard]] Result<std::optional<SourcePosition>> RecordedPosition(const config::Config& config);
[[nodiscard]] Result<std::optional<postgres::KnownTables>> RecordedTables(
    const config::Config& config);
[[nodiscard]] Result<std::optional<kafka::TopicIds>> RecordedTopics(const config::Config& config);

}  // namespace sluice::service
