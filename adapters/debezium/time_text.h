#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/debezium/text_buffer.h"

namespace sluice::debezium {

// PostgreSQL's dates and times as text (DateStyle ISO), taken apart and put together as Java does.

/// A day of the Gregorian calendar, extended to both sides; year 0 is 1 BC.
struct Day {
  int64_t year = 1970;
  int32_t month = 1;
  int32_t day = 1;
};

/// A point of a day, which may be its end (24:00:00).
struct TimeOfDay {
  int32_t hour = 0;
  int32_t minute = 0;
  int32_t second = 0;
  int32_t micros = 0;

  [[nodiscard]] int64_t TotalMicros() const {
    return ((hour * int64_t{60} + minute) * 60 + second) * 1'000'000 + micros;
  }
};

enum class Special : uint8_t { kNone, kInfinity, kMinusInfinity };

/// A date, and a time and an offset where there are any.
struct Moment {
  Special special = Special::kNone;
  Day day;
  TimeOfDay time;
  int32_t offset_seconds = 0;  ///< East of Greenwich.
};

/// "2026-02-28", "0044-03-15 BC", "infinity".
bool ReadDate(std::string_view text, Moment& moment);
/// "23:59:59.999999"; up to 24:00:00.
bool ReadTime(std::string_view text, TimeOfDay& time);
/// "04:05:06.789-08", with an offset of hours, minutes and seconds.
bool ReadTimeTz(std::string_view text, TimeOfDay& time, int32_t& offset_seconds);
/// "2026-02-28 12:34:56.789012", " BC" behind it.
bool ReadTimestamp(std::string_view text, Moment& moment);
/// The same with an offset.
bool ReadTimestampTz(std::string_view text, Moment& moment);

/// Days since 1970-01-01.
[[nodiscard]] int64_t DaysSinceEpoch(const Day& day);
[[nodiscard]] Day DayOf(int64_t days_since_epoch);
/// Whole seconds since 1970 of a moment in UTC.
[[nodiscard]] int64_t SecondsSinceEpoch(const Moment& moment);
/// Moves a moment to UTC.
void MoveToUtc(Moment& moment);

/// "2026-02-28", "-0043-03-15", "+294276-12-31".
void AppendDay(const Day& day, TextBuffer& out);
/// "12:05:06.789" with as many digits as it takes (`digits` 0), or exactly so many.
void AppendTime(const TimeOfDay& time, int32_t digits, TextBuffer& out);

}  // namespace sluice::debezium
