#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/record.h"
#include "service/inspect/write_planner.h"

namespace sluice::inspect {

/// One line for people:
///
///   TOPIC PARTITION OFFSET TIME OP KEY → index INDEX/ID vVERSION BYTES B [unchanged a,b]
///                                      → skip RULE | reject REASON | halt REASON
///
/// What is not there is `-`; control bytes are escaped, for a topic may hold anything.
[[nodiscard]] std::string RenderLine(const OwnedRecord& record, const InspectedRecord& inspected);

/// One JSON document, the contract of `-J` (docs/INSPECT.md).
[[nodiscard]] std::string RenderJson(const OwnedRecord& record, const InspectedRecord& inspected);

/// The record itself as one JSON document, as test records are kept:
/// {"topic","partition","offset","timestamp","headers":[[name,value]…],"key","value"}; bytes that
/// are not UTF-8 stand as `key_base64`, `value_base64` instead.
[[nodiscard]] std::string RenderSaved(const OwnedRecord& record);

/// RFC 3339 in UTC with milliseconds; "-" for -1.
[[nodiscard]] std::string RenderTime(int64_t ms);

/// The key's columns, separated by commas; "-" without any.
[[nodiscard]] std::string KeyText(const debezium::RecordDescription& description);

/// Text that is safe on a terminal: control bytes and what is not UTF-8 as \xNN.
[[nodiscard]] std::string Printable(std::string_view text);

}  // namespace sluice::inspect
