#pragma once

#include <string_view>

#include "adapters/debezium/value_format.h"

namespace sluice::debezium {

// Decimal numbers: see RenderValue. Never by way of a double unless the mode asks for one.
//
// precise: the number without its point, as the fewest bytes in two's complement, in base64.
// NaN and the infinities have no such form. Compatible: null. Else, without a schema, their names
// "NaN", "Infinity", "-Infinity"; with one, whose readers want bytes there, null.

/// numeric(p,s): always `format.scale` digits behind the point.
bool RenderDecimal(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// numeric: in precise mode {"scale":2,"value":"Jw8="}, without zeros at the end.
bool RenderNumeric(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// money in any locale: its digits count, the sign, and the last point or comma.
bool RenderMoney(std::string_view text, const ValueFormat& format, ValueSink& sink);

}  // namespace sluice::debezium
