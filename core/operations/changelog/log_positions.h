#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/position.h"
#include "core/operations/changelog/told_changes.h"

namespace sluice {

/// How far one partition's changes were told.
struct LogPosition {
  std::string topic_id;  ///< Of the topic that was read; empty: the brokers gave none.
  Offset next;           ///< Where reading goes on.
  /// By source, a word without blanks: several may write to one topic, each with epochs and
  /// positions of its own.
  std::map<std::string, ToldChanges, std::less<>> told;

  bool operator==(const LogPosition&) const = default;
};
using LogPositions = std::map<TopicPartition, LogPosition>;

/// What `source` has told of that partition. Of more than kSourcesMost the one is forgotten that
/// has told nothing for longest: what it sends again would be told again.
[[nodiscard]] ToldChanges& ToldOf(LogPosition& position, std::string_view source);
inline constexpr size_t kSourcesMost = 64;

/// A text with a line for each partition and source:
///
///   topic partition topic-id next epoch commit told seen commit-ms source LF
///
/// separated by single blanks; without an id or a source `-` stands in its place.
[[nodiscard]] std::string RenderLogPositions(const LogPositions& positions);
/// None: it is not of this grammar, or names a source of a partition twice.
[[nodiscard]] std::optional<LogPositions> ParseLogPositions(std::string_view text);

}  // namespace sluice
