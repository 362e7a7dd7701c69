// Intervals: "1 year 2 mons -3 days +04:05:06.5" (IntervalStyle postgres).

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "adapters/debezium/json_text.h"
#include "adapters/debezium/time_values.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();
constexpr int64_t kDayMicros = 86'400'000'000;
constexpr int64_t kMonthMicros = 2'629'800'000'000;  // 30.4375 days

__extension__ typedef __int128 Wide;

/// `negative` is the sign of the time, which has one of its own.
struct Span {
  int64_t years = 0;
  int64_t months = 0;
  int64_t days = 0;
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t micros = 0;  ///< Of the seconds, fraction included.
};

bool TakeNumber(std::string_view& text, int64_t& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr - text.data() > 12) return false;
  text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
  return true;
}

/// "04:05:06.789012", hours without limit.
bool TakeClock(std::string_view text, Span& span) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int64_t seconds = 0;
  if (text.starts_with('-') || !TakeNumber(text, span.hours)) return false;
  if (text.size() < 6 || text[0] != ':' || text[3] != ':') return false;
  if (SkipDigits(&text[1], &text[3]) != &text[3]) return false;
  span.minutes = ReadDigits(&text[1], 2);
  text.remove_prefix(4);
  if (SkipDigits(text.data(), text.data() + 2) != text.data() + 2) return false;
  seconds = ReadDigits(text.data(), 2);
  text.remove_prefix(2);
  if (!text.empty()) {
    if (text.front() != '.' || text.size() < 2 || text.size() > 7) return false;
    text.remove_prefix(1);
    if (SkipDigits(text.data(), text.data() + text.size()) != text.data() + text.size()) {
      return false;
    }
    span.micros = ReadDigits(text.data(), text.size());
    for (size_t i = text.size(); i < 6; ++i) span.micros *= 10;
  }
  span.micros += seconds * 1'000'000;
  if (negative) {
    span.hours = -span.hours;
    span.minutes = -span.minutes;
    span.micros = -span.micros;
  }
  return true;
}

bool ReadSpan(std::string_view text, Span& span) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view first = text.substr(0, space);
    if (first.find(':') != std::string_view::npos) {
      return space == std::string_view::npos && TakeClock(first, span);
    }
    if (space == std::string_view::npos) return false;
    std::string_view rest = first;
    if (rest.starts_with('+')) rest.remove_prefix(1);
    int64_t number = 0;
    if (!TakeNumber(rest, number) || !rest.empty()) return false;
    text.remove_prefix(space + 1);
    const std::string_view unit = text.substr(0, text.find(' '));
    if (unit == "year" || unit == "years") {
      span.years = number;
    } else if (unit == "mon" || unit == "mons") {
      span.months = number;
    } else if (unit == "day" || unit == "days") {
      span.days = number;
    } else {
      return false;
    }
    text.remove_prefix(unit.size() == text.size() ? unit.size() : unit.size() + 1);
  }
  return true;
}

/// Debezium's own sum, in doubles and in its order: beyond 2^53 it is not exact.
int64_t CompatMicros(const Span& span, ValueSink& sink) {
  const double days =
      static_cast<double>(span.years * 12 + span.months) * 30.4375 + static_cast<double>(span.days);
  const double minutes =
      (days * 24 + static_cast<double>(span.hours)) * 60 + static_cast<double>(span.minutes);
  const double micros = (minutes * 60 + static_cast<double>(span.micros) / 1e6) * 1e6;
  const bool above = micros >= 9223372036854775807.0;
  if (!above && micros > -9223372036854775808.0) return static_cast<int64_t>(micros);
  sink.Note(Alteration::kClamped);
  return above ? kGreatest : kSmallest;
}

int64_t ExactMicros(const Span& span, ValueSink& sink) {
  const Wide months = static_cast<Wide>(span.years) * 12 + span.months;
  const Wide minutes = static_cast<Wide>(span.hours) * 60 + span.minutes;
  const Wide micros = months * kMonthMicros + static_cast<Wide>(span.days) * kDayMicros +
                      minutes * 60'000'000 + span.micros;
  if (micros > kGreatest || micros < kSmallest) sink.Note(Alteration::kClamped);
  if (micros > kGreatest) return kGreatest;
  if (micros < kSmallest) return kSmallest;
  return static_cast<int64_t>(micros);
}

/// Seconds as Java prints a decimal number, without zeros at the end.
void AppendSeconds(int64_t micros, TextBuffer& out) {
  if (micros < 0) out.Put('-');
  const uint64_t size = static_cast<uint64_t>(micros < 0 ? -micros : micros);
  out.AppendUnsigned(size / 1'000'000);
  uint64_t rest = size % 1'000'000;
  if (rest == 0) return;
  out.Put('.');
  for (uint64_t power = 100'000; rest != 0; power /= 10) {
    out.Put(static_cast<char>('0' + rest / power));
    rest %= power;
  }
}

}  // namespace

bool RenderIntervalMicros(std::string_view text, const ValueFormat& format, ValueSink& sink) {
  Span span;
  if (ReadSpan(text, span)) {
    const bool compat = format.fidelity == Fidelity::kCompat;
    const int64_t told = compat ? CompatMicros(span, sink) : ExactMicros(span, sink);
    if (format.of_key) {
      // To the database a month is 30 days; without months both count alike.
      if (span.years * 12 + span.months != 0) sink.Lose(KeyLoss::kInterval);
      if (compat && told != ExactMicros(span, sink)) sink.Lose(KeyLoss::kInterval);
      if (told == kGreatest || told == kSmallest) sink.Lose(KeyLoss::kRange);
    }
    sink.out.AppendInteger(told);
    return true;
  }
  if (text != "infinity" && text != "-infinity") return false;
  sink.out.AppendInteger(text.front() == '-' ? kSmallest : kGreatest);
  return true;
}

bool RenderIsoInterval(std::string_view text, const ValueFormat& /*format*/, ValueSink& sink) {
  Span span;
  if (!ReadSpan(text, span)) {
    if (text != "infinity" && text != "-infinity") return false;
    AppendText(text, sink);
    return true;
  }
  TextBuffer& out = sink.out;
  const auto part = [&out](int64_t number, char unit) {
    out.AppendInteger(number);
    out.Put(unit);
  };
  out.Append("\"P");
  part(span.years, 'Y');
  part(span.months, 'M');
  part(span.days, 'D');
  out.Put('T');
  part(span.hours, 'H');
  part(span.minutes, 'M');
  AppendSeconds(span.micros, out);
  out.Append("S\"");
  return true;
}

}  // namespace sluice::debezium
