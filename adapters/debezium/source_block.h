#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/debezium/text_buffer.h"
#include "core/ports/event_encoder.h"

namespace sluice::debezium {

/// What `source` holds of the table, put together before.
struct SourceParts {
  std::string_view head;   ///< SourceHead()
  std::string_view mid;    ///< SourceMid()
  std::string_view table;  ///< SourceTable()
};

/// Appends the object `source`.
void AppendSource(const SourceParts& parts, const ChangeContext& context, TextBuffer& out);
/// Appends the object `transaction`, or null.
void AppendPlace(const ChangeContext& context, TextBuffer& out);
/// Appends `,"ts_ms":…,"ts_us":…,"ts_ns":…`.
void AppendClock(int64_t now_ns, TextBuffer& out);
/// Appends `"751:24023128"`.
void AppendTransactionId(uint32_t transaction_id, Lsn lsn, TextBuffer& out);

}  // namespace sluice::debezium
