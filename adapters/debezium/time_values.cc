#include "adapters/debezium/time_values.h"

#include <cstdint>
#include <limits>

#include "adapters/debezium/time_text.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();
constexpr int64_t kDaySeconds = 86400;

__extension__ typedef __int128 Wide;

// What Debezium 3.7 writes for infinities: read from its records.
constexpr int64_t kCompatDaysMax = 2146033979;
constexpr int64_t kCompatDaysMin = -2147472691;
constexpr int64_t kCompatMillisMax = 9223372036825200000;
constexpr int64_t kCompatMillisMin = -9223372036832400000;
constexpr std::string_view kCompatDateMax = "\"+5877611-06-21Z\"";
constexpr std::string_view kCompatDateMin = "\"-5877611-06-22Z\"";
constexpr std::string_view kCompatTimestampMax = "\"+292278994-08-16T23:00:00Z\"";
constexpr std::string_view kCompatTimestampMin = "\"-292275055-05-16T23:00:00Z\"";

bool IsCompat(const ValueFormat& format) {
  return format.fidelity == Fidelity::kCompat;
}

/// Appends the number or the text of an infinity.
bool AppendInfinity(Special special, int64_t greatest, int64_t smallest, TextBuffer& out) {
  out.AppendInteger(special == Special::kInfinity ? greatest : smallest);
  return true;
}

bool AppendInfinity(Special special, std::string_view greatest, std::string_view smallest,
                    TextBuffer& out) {
  out.Append(special == Special::kInfinity ? greatest : smallest);
  return true;
}

/// Java's conversion of seconds, which stays at the end of the range, and an addition that wraps.
int64_t CompatCount(Wide product, int64_t rest) {
  const int64_t kept = product > kGreatest   ? kGreatest
                       : product < kSmallest ? kSmallest
                                             : static_cast<int64_t>(product);
  return static_cast<int64_t>(static_cast<uint64_t>(kept) + static_cast<uint64_t>(rest));
}

/// The same without wrapping, and apart from the infinities.
int64_t ExactCount(Wide count) {
  if (count >= kGreatest) return kGreatest - 1;
  if (count <= kSmallest) return kSmallest + 1;
  return static_cast<int64_t>(count);
}

/// Whether so many digits of a second (0: all) leave some out.
bool IsCut(int32_t micros, int32_t digits) {
  constexpr int32_t kAllDigits = 6;
  if (digits <= 0) return false;
  int32_t unit = 1;
  for (int32_t i = digits; i < kAllDigits; ++i) unit *= 10;
  return micros % unit != 0;
}

bool RenderCount(std::string_view text, const ValueFormat& format, int64_t units, ValueSink& sink) {
  Moment moment;
  if (!ReadTimestamp(text, moment)) return false;
  if (moment.special != Special::kNone) {
    return AppendInfinity(moment.special, kGreatest, kSmallest, sink.out);
  }
  const int64_t rest = moment.time.micros * (units / 1'000'000);
  const Wide whole = static_cast<Wide>(SecondsSinceEpoch(moment)) * units;
  const int64_t told = IsCompat(format) ? CompatCount(whole, rest) : ExactCount(whole + rest);
  if (told != whole + rest) [[unlikely]]
    sink.Note(Alteration::kClamped);
  if (format.of_key && (told == kGreatest || told == kSmallest)) sink.Lose(KeyLoss::kRange);
  sink.out.AppendInteger(told);
  return true;
}

}  // namespace

bool RenderDays(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Moment moment;
  if (!ReadDate(text, moment)) return false;
  if (moment.special != Special::kNone) {
    if (IsCompat(format)) {
      return AppendInfinity(moment.special, kCompatDaysMax, kCompatDaysMin, sink.out);
    }
    return AppendInfinity(moment.special, std::numeric_limits<int32_t>::max(),
                          std::numeric_limits<int32_t>::min(), sink.out);
  }
  sink.out.AppendInteger(DaysSinceEpoch(moment.day));
  return true;
}

bool RenderIsoDate(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Moment moment;
  if (!ReadDate(text, moment)) return false;
  if (moment.special != Special::kNone) {
    if (IsCompat(format)) {
      return AppendInfinity(moment.special, kCompatDateMax, kCompatDateMin, sink.out);
    }
    return AppendInfinity(moment.special, "\"infinity\"", "\"-infinity\"", sink.out);
  }
  sink.out.Put('"');
  AppendDay(moment.day, sink.out);
  sink.out.Append("Z\"");
  return true;
}

bool RenderTimeMillis(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  TimeOfDay time;
  if (!ReadTime(text, time)) return false;
  if (format.of_key && time.micros % 1000 != 0) sink.Lose(KeyLoss::kTimePrecision);
  sink.out.AppendInteger(time.TotalMicros() / 1000);
  return true;
}

bool RenderTimeMicros(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  TimeOfDay time;
  if (!ReadTime(text, time)) return false;
  sink.out.AppendInteger(time.TotalMicros());
  return true;
}

bool RenderTimeNanos(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  TimeOfDay time;
  if (!ReadTime(text, time)) return false;
  sink.out.AppendInteger(time.TotalMicros() * 1000);
  return true;
}

bool RenderIsoTime(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  TimeOfDay time;
  if (!ReadTime(text, time)) return false;
  if (IsCompat(format) && time.hour == 24) {
    time.hour = 0;
    sink.Lose(KeyLoss::kCompat);
  }
  sink.out.Put('"');
  AppendTime(time, 0, sink.out);
  sink.out.Append("Z\"");
  return true;
}

namespace {

/// "+05:30", with seconds where there are any, as Java writes offsets.
void AppendOffset(int32_t seconds, TextBuffer& out) {
  out.Put(seconds < 0 ? '-' : '+');
  const int32_t size = seconds < 0 ? -seconds : seconds;
  const auto put_two = [&out](int32_t number) {
    out.Put(static_cast<char>('0' + number / 10));
    out.Put(static_cast<char>('0' + number % 10));
  };
  put_two(size / 3600);
  out.Put(':');
  put_two(size / 60 % 60);
  if (size % 60 == 0) return;
  out.Put(':');
  put_two(size % 60);
}

}  // namespace

bool RenderZonedTime(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  TimeOfDay time;
  int32_t offset = 0;
  if (!ReadTimeTz(text, time, offset)) return false;
  const int64_t seconds = time.TotalMicros() / 1'000'000 - offset;
  const bool same_day = seconds >= 0 && seconds < kDaySeconds;
  sink.out.Put('"');
  if (same_day || IsCompat(format)) {
    // The database holds 10:00+00 and 11:00+01 for two values.
    if (offset != 0 || !same_day) sink.Lose(KeyLoss::kZone);
    const auto utc = static_cast<int32_t>(((seconds % kDaySeconds) + kDaySeconds) % kDaySeconds);
    AppendTime({utc / 3600, utc / 60 % 60, utc % 60, time.micros}, 0, sink.out);
    sink.out.Put('Z');
  } else {
    AppendTime(time, 0, sink.out);
    if (offset == 0) {
      sink.out.Put('Z');
    } else {
      AppendOffset(offset, sink.out);
    }
  }
  sink.out.Put('"');
  return true;
}

bool RenderTimestampMillis(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Moment moment;
  if (!ReadTimestamp(text, moment)) return false;
  if (moment.special != Special::kNone) {
    if (IsCompat(format)) {
      return AppendInfinity(moment.special, kCompatMillisMax, kCompatMillisMin, sink.out);
    }
    return AppendInfinity(moment.special, kGreatest, kSmallest, sink.out);
  }
  if (format.of_key && moment.time.micros % 1000 != 0) sink.Lose(KeyLoss::kTimePrecision);
  sink.out.AppendInteger(SecondsSinceEpoch(moment) * 1000 + moment.time.micros / 1000);
  return true;
}

bool RenderTimestampMicros(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  return RenderCount(text, format, 1'000'000, sink);
}

bool RenderTimestampNanos(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  return RenderCount(text, format, 1'000'000'000, sink);
}

bool RenderIsoTimestamp(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Moment moment;
  if (!ReadTimestamp(text, moment)) return false;
  if (moment.special != Special::kNone) {
    if (IsCompat(format)) {
      return AppendInfinity(moment.special, kCompatTimestampMax, kCompatTimestampMin, sink.out);
    }
    return AppendInfinity(moment.special, "\"infinity\"", "\"-infinity\"", sink.out);
  }
  MoveToUtc(moment);
  sink.out.Put('"');
  AppendDay(moment.day, sink.out);
  sink.out.Put('T');
  AppendTime(moment.time, 0, sink.out);
  sink.out.Append("Z\"");
  return true;
}

bool RenderZonedTimestamp(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Moment moment;
  if (!ReadTimestampTz(text, moment)) return false;
  if (moment.special != Special::kNone) {
    return AppendInfinity(moment.special, "\"infinity\"", "\"-infinity\"", sink.out);
  }
  MoveToUtc(moment);
  if (format.of_key && IsCut(moment.time.micros, format.scale)) {
    sink.Lose(KeyLoss::kTimePrecision);
  }
  sink.out.Put('"');
  AppendDay(moment.day, sink.out);
  sink.out.Put('T');
  AppendTime(moment.time, format.scale, sink.out);
  sink.out.Append("Z\"");
  return true;
}

}  // namespace sluice::debezium
