#include "service/telemetry/log.h"

#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <vector>

#include "service/text/json_writer.h"

namespace sluice::telemetry {
namespace {

constexpr size_t kRepeatKeysMax = 1024;

struct LevelName {
  LogLevel level;
  std::string_view name;
  spdlog::level::level_enum spdlog_level;
};

constexpr LevelName kLevels[] = {
    {LogLevel::kTrace, "trace", spdlog::level::trace},
    {LogLevel::kDebug, "debug", spdlog::level::debug},
    {LogLevel::kInfo, "info", spdlog::level::info},
    {LogLevel::kWarn, "warn", spdlog::level::warn},
    {LogLevel::kError, "error", spdlog::level::err},
    {LogLevel::kOff, "off", spdlog::level::off},
};

const LevelName& NameOf(LogLevel level) {
  return kLevels[static_cast<size_t>(level)];
}

// Words of letters and the marks of names stand bare; everything else is quoted as in JSON, so that
// a value can never look like another field or begin a line.
void AppendTextValue(std::string& out, std::string_view value) {
  constexpr std::string_view kBare =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:+@,";
  if (!value.empty() && value.find_first_not_of(kBare) == std::string_view::npos) {
    out += value;
  } else {
    AppendJsonString(out, value);
  }
}

// An empty text is an unknown one.
bool IsEmpty(const LogField& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  return text != nullptr && text->empty();
}

void AppendText(std::string& out, const LogField& field) {
  out += ' ';
  out += field.name;
  out += '=';
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    AppendTextValue(out, *text);
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

void AppendJson(JsonWriter& json, const LogField& field) {
  json.Key(field.name);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    json.String(*text);
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    json.Integer(*number);
  } else {
    json.Boolean(std::get<bool>(field.value));
  }
}

}  // namespace

LogLevel ParseLogLevel(std::string_view name) {
  for (const LevelName& level : kLevels) {
    if (level.name == name) return level.level;
  }
  return LogLevel::kInfo;
}

Log::Log(const Settings& settings, spdlog::sink_ptr sink, const Clock& clock)
    : settings_(settings), sink_(std::move(sink)), clock_(clock) {
  const char* pattern = settings_.format == LogFormat::kJson ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ",%v)"
                                                             : "%Y-%m-%dT%H:%M:%S.%eZ %^%v%$";
  sink_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      pattern, spdlog::pattern_time_type::utc, std::string("\n")));
}

Log::~Log() {
  FlushRepeats(true);
}

void Log::Write(LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields) {
  if (Enabled(level)) Print(level, event, message, {fields.begin(), fields.size()}, 0);
}

void Log::WriteLimited(LogLevel level, std::string_view event, std::string_view repeat_key,
                       std::string_view message, std::initializer_list<LogField> fields) {
  if (!Enabled(level)) return;
  uint64_t repeated = 0;
  {
    const std::lock_guard lock(mutex_);
    std::string key(event);
    key.push_back('\0');
    key += repeat_key;
    const int64_t now = clock_.NowUs();
    auto it = repeats_.find(key);
    if (it != repeats_.end() && now - it->second.window_start_us < settings_.repeat_window_us) {
      ++it->second.suppressed;
      return;
    }
    // Beyond the bound lines are printed as they come: too much is better than silence.
    if (it == repeats_.end() && repeats_.size() < kRepeatKeysMax) {
      it = repeats_.emplace(key, Repeat{}).first;
      it->second.event = event;
      it->second.key = repeat_key;
    }
    if (it != repeats_.end()) {
      repeated = it->second.suppressed;
      it->second.suppressed = 0;
      it->second.window_start_us = now;
      it->second.level = level;
    }
  }
  Print(level, event, message, {fields.begin(), fields.size()}, repeated);
}

void Log::FlushRepeats(bool all) {
  const std::lock_guard lock(mutex_);
  const int64_t now = clock_.NowUs();
  for (auto it = repeats_.begin(); it != repeats_.end();) {
    const bool over = now - it->second.window_start_us >= settings_.repeat_window_us;
    if (!over && !all) {
      ++it;
      continue;
    }
    if (it->second.suppressed > 0) PrintSuppressed(it->second);
    it = repeats_.erase(it);
  }
}

void Log::PrintSuppressed(Repeat& repeat) {
  const LogField fields[] = {{"of", std::string_view(repeat.key)}};
  Print(repeat.level, repeat.event, "more of the same", fields, repeat.suppressed);
}

void Log::Print(LogLevel level, std::string_view event, std::string_view message,
                std::span<const LogField> fields, uint64_t repeated) {
  const LevelName& name = NameOf(level);
  std::vector<LogField> all;
  for (const LogField& field : fields) {
    if (!IsEmpty(field)) all.push_back(field);
  }
  if (repeated > 0) all.push_back({"repeated", static_cast<int64_t>(repeated)});
  std::string line;
  if (settings_.format == LogFormat::kJson) {
    JsonWriter json;
    json.BeginObject().Key("level").String(name.name).Key("event").String(event);
    json.Key("msg").String(message);
    for (const LogField& field : all) AppendJson(json, field);
    json.EndObject();
    line = json.text().substr(1);  // the pattern opens the object with the time
  } else {
    line = std::string(name.name);
    line.append(line.size() < 5 ? 5 - line.size() : 0, ' ');
    AppendText(line, {"event", event});
    AppendText(line, {"msg", message});
    for (const LogField& field : all) AppendText(line, field);
  }
  const spdlog::details::log_msg record(spdlog::source_loc{}, "sluice", name.spdlog_level, line);
  sink_->log(record);
  sink_->flush();
}

spdlog::sink_ptr StandardErrorSink(bool colour) {
  return std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
      colour ? spdlog::color_mode::always : spdlog::color_mode::never);
}

}  // namespace sluice::telemetry
