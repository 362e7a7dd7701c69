#include "adapters/debezium/time_text.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "adapters/debezium/json_text.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kDaySeconds = 86400;

/// Reads a text from its front; every Take moves on and tells whether it could.
class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool Take(char wanted) {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  bool TakeTwo(int32_t& number) {
    if (end_ - at_ < 2 || !IsDigit(at_[0]) || !IsDigit(at_[1])) return false;
    number = (at_[0] - '0') * 10 + (at_[1] - '0');
    at_ += 2;
    return true;
  }
  bool TakeYear(int64_t& year) {
    const char* const stop = SkipDigits(at_, end_);
    if (stop - at_ < 4 || stop - at_ > 7) return false;
    year = ReadDigits(at_, static_cast<size_t>(stop - at_));
    at_ = stop;
    return true;
  }
  /// One to six digits behind a point, as millionths.
  bool TakeMicros(int32_t& micros) {
    int count = 0;
    micros = 0;
    for (; at_ < end_ && IsDigit(*at_) && count < 6; ++at_, ++count) {
      micros = micros * 10 + (*at_ - '0');
    }
    for (int i = count; i < 6; ++i) micros *= 10;
    return count > 0;
  }
  [[nodiscard]] bool done() const { return at_ == end_; }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

  const char* at_;
  const char* end_;
};

bool TakeTime(Reader& reader, TimeOfDay& time) {
  time = {};
  if (!reader.TakeTwo(time.hour) || !reader.Take(':') || !reader.TakeTwo(time.minute) ||
      !reader.Take(':') || !reader.TakeTwo(time.second)) {
    return false;
  }
  if (reader.Take('.') && !reader.TakeMicros(time.micros)) return false;
  if (time.minute > 59 || time.second > 59) return false;
  return time.TotalMicros() <= kDaySeconds * 1'000'000;
}

bool TakeDay(Reader& reader, Day& day) {
  return reader.TakeYear(day.year) && reader.Take('-') && reader.TakeTwo(day.month) &&
         reader.Take('-') && reader.TakeTwo(day.day) && day.month >= 1 && day.month <= 12 &&
         day.day >= 1 && day.day <= 31;
}

bool TakeOffset(Reader& reader, int32_t& seconds) {
  const bool west = reader.Take('-');
  if (!west && !reader.Take('+')) return false;
  int32_t hours = 0;
  int32_t minutes = 0;
  int32_t rest = 0;
  if (!reader.TakeTwo(hours)) return false;
  if (reader.Take(':') && !reader.TakeTwo(minutes)) return false;
  if (reader.Take(':') && !reader.TakeTwo(rest)) return false;
  seconds = (hours * 60 + minutes) * 60 + rest;
  if (west) seconds = -seconds;
  return true;
}

/// The end of a date or timestamp: nothing, or the mark of the years before Christ.
bool TakeEra(Reader& reader, Day& day) {
  if (reader.done()) return day.year > 0;
  if (!reader.Take(' ') || !reader.Take('B') || !reader.Take('C')) return false;
  day.year = 1 - day.year;
  return reader.done();
}

bool IsSpecial(std::string_view text, Moment& moment) {
  if (text == "infinity") {
    moment.special = Special::kInfinity;
  } else if (text == "-infinity") {
    moment.special = Special::kMinusInfinity;
  } else {
    return false;
  }
  return true;
}

char* PutTwo(int32_t number, char* to) {
  to[0] = static_cast<char>('0' + number / 10);
  to[1] = static_cast<char>('0' + number % 10);
  return to + 2;
}

}  // namespace

bool ReadDate(std::string_view text, Moment& moment) {
  Reader reader(text);
  if (TakeDay(reader, moment.day)) return TakeEra(reader, moment.day);
  return IsSpecial(text, moment);
}

bool ReadTime(std::string_view text, TimeOfDay& time) {
  Reader reader(text);
  return TakeTime(reader, time) && reader.done();
}

bool ReadTimeTz(std::string_view text, TimeOfDay& time, int32_t& offset_seconds) {
  Reader reader(text);
  return TakeTime(reader, time) && TakeOffset(reader, offset_seconds) && reader.done();
}

bool ReadTimestamp(std::string_view text, Moment& moment) {
  Reader reader(text);
  if (!TakeDay(reader, moment.day)) return IsSpecial(text, moment);
  return reader.Take(' ') && TakeTime(reader, moment.time) && TakeEra(reader, moment.day);
}

bool ReadTimestampTz(std::string_view text, Moment& moment) {
  Reader reader(text);
  if (!TakeDay(reader, moment.day)) return IsSpecial(text, moment);
  return reader.Take(' ') && TakeTime(reader, moment.time) &&
         TakeOffset(reader, moment.offset_seconds) && TakeEra(reader, moment.day);
}

// Both count the years from March on, so that the leap day is a year's last day, in eras of 400
// years, which all have the same length.

int64_t DaysSinceEpoch(const Day& day) {
  const int64_t year = day.year - (day.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t month = (day.month + 9) % 12;
  const int64_t day_of_year = (153 * month + 2) / 5 + day.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  constexpr int64_t kEraDays = 146097;
  constexpr int64_t kDaysBefore1970 = 719468;
  return era * kEraDays + day_of_era - kDaysBefore1970;
}

Day DayOf(int64_t days_since_epoch) {
  constexpr int64_t kEraDays = 146097;
  constexpr int64_t kDaysBefore1970 = 719468;
  const int64_t days = days_since_epoch + kDaysBefore1970;
  const int64_t era = (days >= 0 ? days : days - (kEraDays - 1)) / kEraDays;
  const int64_t day_of_era = days - era * kEraDays;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  Day day;
  day.day = static_cast<int32_t>(day_of_year - (153 * month + 2) / 5 + 1);
  day.month = static_cast<int32_t>(month < 10 ? month + 3 : month - 9);
  day.year = year_of_era + era * 400 + (day.month <= 2 ? 1 : 0);
  return day;
}

int64_t SecondsSinceEpoch(const Moment& moment) {
  return DaysSinceEpoch(moment.day) * kDaySeconds + moment.time.TotalMicros() / 1'000'000;
}

void MoveToUtc(Moment& moment) {
  const bool end_of_day = moment.time.hour == 24;
  if (moment.offset_seconds == 0 && !end_of_day) return;
  const int64_t seconds = SecondsSinceEpoch(moment) - moment.offset_seconds;
  const int64_t days = (seconds >= 0 ? seconds : seconds - (kDaySeconds - 1)) / kDaySeconds;
  const auto rest = static_cast<int32_t>(seconds - days * kDaySeconds);
  moment.day = DayOf(days);
  moment.time.hour = rest / 3600;
  moment.time.minute = rest / 60 % 60;
  moment.time.second = rest % 60;
  moment.offset_seconds = 0;
}

void AppendDay(const Day& day, TextBuffer& out) {
  char* const start = out.Need(32);
  char* to = start;
  const int64_t year = std::abs(day.year);
  if (day.year < 0) *to++ = '-';
  if (day.year > 9999) *to++ = '+';
  if (year > 9999) {
    to = std::to_chars(to, to + 20, year).ptr;
  } else {
    to = PutTwo(static_cast<int32_t>(year / 100), to);
    to = PutTwo(static_cast<int32_t>(year % 100), to);
  }
  *to++ = '-';
  to = PutTwo(day.month, to);
  *to++ = '-';
  to = PutTwo(day.day, to);
  out.Advance(static_cast<size_t>(to - start));
}

void AppendTime(const TimeOfDay& time, int32_t digits, TextBuffer& out) {
  char* const start = out.Need(16);
  char* to = PutTwo(time.hour, start);
  *to++ = ':';
  to = PutTwo(time.minute, to);
  *to++ = ':';
  to = PutTwo(time.second, to);
  char fraction[6];
  PutTwo(time.micros / 10'000, fraction);
  PutTwo(time.micros / 100 % 100, fraction + 2);
  PutTwo(time.micros % 100, fraction + 4);
  int32_t shown = digits > 0 && digits < 6 ? digits : 6;
  while (digits <= 0 && shown > 0 && fraction[shown - 1] == '0') --shown;
  if (shown > 0) *to++ = '.';
  std::memcpy(to, fraction, static_cast<size_t>(shown));
  to += shown;
  out.Advance(static_cast<size_t>(to - start));
}

}  // namespace sluice::debezium
