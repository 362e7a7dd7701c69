#include "core/operations/changelog/log_positions.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice {
namespace {

constexpr size_t kWords = 10;

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
  for (size_t i = 1; i + 1 < kWords; ++i) {
    if (i == 2) continue;
    const auto number = Number(words[i]);
    if (!number) return false;
    numbers[i] = *number;
  }
  if (numbers[1] > INT32_MAX) return false;
  LogPosition position;
  if (words[2] != "-") position.topic_id = words[2];
  position.next = Offset{numbers[3]};
  const TopicPartition stream{std::string(words[0]), static_cast<int32_t>(numbers[1])};
  const auto [place, fresh] = positions.try_emplace(stream, position);
  const ToldChanges told{numbers[4], numbers[5], numbers[6], numbers[7], numbers[8]};
  const std::string_view source = words[9];
  if (source == "-") return fresh && told == ToldChanges{};
  LogPosition& known = place->second;
  return known.topic_id == position.topic_id && known.next == position.next &&
         (fresh || !known.told.empty()) && known.told.emplace(source, told).second;
}

void AppendLine(const TopicPartition& stream, const LogPosition& position, const ToldChanges& told,
                std::string_view source, std::string& text) {
  text += stream.topic + " " + std::to_string(stream.partition) + " " +
          (position.topic_id.empty() ? "-" : position.topic_id);
  for (const int64_t number :
       {position.next.value, told.epoch, told.commit, told.told, told.seen, told.commit_ms})
    text += " " + std::to_string(number);
  text.append(1, ' ').append(source).append(1, '\n');
}

}  // namespace

ToldChanges& ToldOf(LogPosition& position, std::string_view source) {
  const auto known = position.told.find(source);
  if (known != position.told.end()) return known->second;
  if (position.told.size() == kSourcesMost) {
    position.told.erase(std::min_element(
        position.told.begin(), position.told.end(),
        [](const auto& a, const auto& b) { return a.second.commit_ms < b.second.commit_ms; }));
  }
  return position.told[std::string(source)];
}

std::string RenderLogPositions(const LogPositions& positions) {
  std::string text;
  for (const auto& [stream, position] : positions) {
    if (position.told.empty()) AppendLine(stream, position, {}, "-", text);
    for (const auto& [source, told] : position.told)
      AppendLine(stream, position, told, source, text);
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
