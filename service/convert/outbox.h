#pragma once

#include <string>

#include "service/convert/conversion.h"

namespace sluice::convert {

/// What becomes of a transform of the class EventRouter, whose settings begin with `before`
/// ("transforms.outbox."): the section `outbox`. Appends a line of the report for each of them.
void ConvertOutbox(const Connector& connector, const std::string& before, Conversion& conversion);

/// Whether a connector's records are events of an outbox, and a converter writes them as they are:
/// the value of outbox.key.format or outbox.value.format that is the same, or empty.
[[nodiscard]] std::string OutboxFormatOf(const Conversion& conversion, std::string_view converter);

}  // namespace sluice::convert
