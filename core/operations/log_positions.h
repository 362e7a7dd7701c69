#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/position.h"
#include "core/operations/told_changes.h"

namespace sluice {

/// How far one partition's changes were told.
struct LogPosition {
  std::string topic_id;  ///< Of the topic that was read; empty: the brokers gave none.
  Offset next;           ///< Where reading goes on.
  ToldChanges told;

  bool operator==(const LogPosition&) const = default;
};
using LogPositions = std::map<TopicPartition, LogPosition>;

/// A text with a line for each partition:
///
///   topic partition topic-id next epoch commit told seen commit-ms LF
///
/// separated by single blanks; without an id `-` stands in its place.
[[nodiscard]] std::string RenderLogPositions(const LogPositions& positions);
/// None: it is not of this grammar, or names a partition twice.
[[nodiscard]] std::optional<LogPositions> ParseLogPositions(std::string_view text);

}  // namespace sluice
