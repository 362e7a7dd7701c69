#pragma once

#include <string>
#include <string_view>

#include "adapters/debezium/encoder_options.h"

namespace sluice::debezium {

// The schemas of records, as JsonConverter writes them before their payloads.

/// Of a table's values; `before` and `after` are the schemas of its rows.
[[nodiscard]] std::string EnvelopeSchema(std::string_view before, std::string_view after,
                                         std::string_view schema_prefix);
[[nodiscard]] std::string MessageKeySchema();
[[nodiscard]] std::string MessageSchema(BinaryMode binary);
[[nodiscard]] std::string TransactionKeySchema();
[[nodiscard]] std::string TransactionSchema();
[[nodiscard]] std::string HeartbeatKeySchema();
[[nodiscard]] std::string HeartbeatSchema();

}  // namespace sluice::debezium
