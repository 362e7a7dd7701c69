#include "core/operations/log_positions.h"

#include <array>
#include <charconv>

namespace sluice {
namespace {

constexpr size_t kWords = 9;

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool TakeLine(std::string_view line, LogPositions& positions) {
  std::array<std::string_view, kWords> words;
  for (size_t i = 0; i < kWords; ++i) {
    const size_t blank = line.find(' ');
    if ((blank == std::string_view::npos) != (i + 1 == kWords)) return false;
    words[i] = line.substr(0, blank);
    if (words[i].empty()) return false;
    line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
  }
  std::array<int64_t, kWords> numbers{};
  for (size_t i = 1; i < kWords; ++i) {
    if (i == 2) continue;
    const auto number = Number(words[i]);
    if (!number) return false;
    numbers[i] = *number;
  }
  if (numbers[1] > INT32_MAX) return false;
  LogPosition position;
  if (words[2] != "-") position.topic_id = words[2];
  position.next = Offset{numbers[3]};
  position.told = ToldChanges{numbers[4], numbers[5], numbers[6], numbers[7], numbers[8]};
  const TopicPartition stream{std::string(words[0]), static_cast<int32_t>(numbers[1])};
  return positions.emplace(stream, std::move(position)).second;
}

}  // namespace

std::string RenderLogPositions(const LogPositions& positions) {
  std::string text;
  for (const auto& [stream, position] : positions) {
    text += stream.topic + " " + std::to_string(stream.partition) + " " +
            (position.topic_id.empty() ? "-" : position.topic_id);
    const ToldChanges& told = position.told;
    for (const int64_t number :
         {position.next.value, told.epoch, told.commit, told.told, told.seen, told.commit_ms})
      text += " " + std::to_string(number);
    text += "\n";
  }
  return text;
}

std::optional<LogPositions> ParseLogPositions(std::string_view text) {
  LogPositions positions;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos || !TakeLine(text.substr(0, end), positions))
      return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return positions;
}

}  // namespace sluice
