#include "core/operations/time_text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace sluice {

std::string TimeText(int64_t ms) {
  using std::chrono::milliseconds;
  constexpr int64_t kLowest = -62'167'219'200'000;   // 0000-01-01
  constexpr int64_t kHighest = 253'402'300'800'000;  // 10000-01-01
  if (ms < kLowest || ms >= kHighest) return std::to_string(ms);
  const std::chrono::sys_time<milliseconds> at{milliseconds(ms)};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss time(at - midnight);
  std::array<char, 96> text{};  // enough for any numbers, as the compiler sees them
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

}  // namespace sluice
