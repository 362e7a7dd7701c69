#pragma once

#include <spdlog/sinks/sink.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "core/ports/clock.h"

namespace sluice::telemetry {

enum class LogLevel : uint8_t {
  kTrace,
  kDebug,
  kInfo,
  kWarn,   ///< Degraded and recovering.
  kError,  ///< An operator must act.
  kOff,
};

enum class LogFormat : uint8_t { kText, kJson };

/// kInfo when `name` is none of trace, debug, info, warn, error, off.
[[nodiscard]] LogLevel ParseLogLevel(std::string_view name);

/// A named value of a log line; left out when it is an empty text. Never a payload, a document's
/// key or a secret.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, int64_t, bool> value;
};

/// The log: one line an event, with a stable event name.
///
///   text  2026-11-21T04:46:08.123Z info  event=partition_assigned msg="…" topic=users partition=0
///   json  {"ts":"…","level":"info","event":"partition_assigned","msg":"…","topic":"users",…}
///
/// Threads:   any.
/// Ownership: the sink is shared with whoever made it (tests read what was written).
/// Time:      blocks as long as standard error does.
/// Errors:    none.
class Log {
 public:
  struct Settings {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kText;
    int64_t repeat_window_us = 10'000'000;  ///< Equal lines within it are counted, not printed.
  };

  Log(const Settings& settings, spdlog::sink_ptr sink, const Clock& clock);
  ~Log();

  void Write(LogLevel level, std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {});
  /// For what can come by the thousand: of the lines with the same event and `repeat_key`, one a
  /// window is printed, and how many were not stands in the next one as `repeated`.
  void WriteLimited(LogLevel level, std::string_view event, std::string_view repeat_key,
                    std::string_view message, std::initializer_list<LogField> fields = {});
  /// Prints the counts whose window is over; with `all`, those of open windows too.
  void FlushRepeats(bool all = false);

  [[nodiscard]] bool Enabled(LogLevel level) const { return level >= settings_.level; }

 private:
  struct Repeat {
    int64_t window_start_us = 0;
    uint64_t suppressed = 0;
    LogLevel level = LogLevel::kInfo;
    std::string event;
    std::string key;
  };

  void Print(LogLevel level, std::string_view event, std::string_view message,
             std::span<const LogField> fields, uint64_t repeated);
  void PrintSuppressed(Repeat& repeat);

  const Settings settings_;
  const spdlog::sink_ptr sink_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Repeat> repeats_;  // guarded by mutex_, bounded
};

/// Standard error, in colour when `colour`.
[[nodiscard]] spdlog::sink_ptr StandardErrorSink(bool colour);

}  // namespace sluice::telemetry
