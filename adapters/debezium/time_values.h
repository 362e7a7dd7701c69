#pragma once

#include <string_view>

#include "adapters/debezium/value_format.h"

namespace sluice::debezium {

// Dates and times: see RenderValue. Which of them a column takes is chosen by
// `time.precision.mode`.
//
// An infinity is the greatest or smallest number of its type, or "infinity" and "-infinity" where
// values are texts. A moment whose count of micro- or nanoseconds has no place in 64 bits is the
// number next to that, and counted as clamped. Compatible tables have what Debezium writes: its own
// two numbers for dates, and counts that wrap around.

bool RenderDays(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderIsoDate(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderTimeMillis(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderTimeMicros(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderTimeNanos(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderIsoTime(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// timetz: moved to UTC, "10:00:00Z". Where that would be another day the offset stays instead:
/// "00:30:00+01:00" (compatible: the day is lost).
bool RenderZonedTime(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderTimestampMillis(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderTimestampMicros(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderTimestampNanos(std::string_view text, const ValueFormat& format, ValueSink& sink);
bool RenderIsoTimestamp(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// timestamptz in UTC with `format.scale` digits of a second; 0: as many as it takes.
bool RenderZonedTimestamp(std::string_view text, const ValueFormat& format, ValueSink& sink);

/// Microseconds; a month has 30.4375 days, and what exceeds 64 bits is the greatest number.
bool RenderIntervalMicros(std::string_view text, const ValueFormat& format, ValueSink& sink);
/// "P1Y2M-3DT4H5M6.5S"
bool RenderIsoInterval(std::string_view text, const ValueFormat& format, ValueSink& sink);

}  // namespace sluice::debezium
