#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "service/config/config.h"

namespace sluice::config {

/// What hides or shortens some columns, read from the names of the options column.mask.… and
/// column.truncate.….
struct ColumnRule {
  enum class Kind : uint8_t { kMask, kHash, kHashV2, kTruncate };
  Kind kind = Kind::kMask;
  int64_t chars = 0;                 ///< Of kMask and kTruncate.
  std::string algorithm;             ///< Of the hashes: "SHA-256".
  std::string salt;                  ///< Of the hashes.
  std::vector<std::string> columns;  ///< Regular expressions over schema.table.column.
};

/// The rules in the order of the options: masks, hashes, cuts. The error begins with the option's
/// path.
[[nodiscard]] Result<std::vector<ColumnRule>> ColumnRules(const Config& config);

/// For each table of snapshot.select.statement.overrides the condition that its rows must meet, as
/// SQL; empty: all. The error begins with the option's path.
[[nodiscard]] Result<TextMap> SnapshotConditions(const Config& config);

/// One table of message.key.columns.
struct MessageKey {
  std::string table;                 ///< A regular expression over schema.table.
  std::vector<std::string> columns;  ///< Names.
};

[[nodiscard]] Result<std::vector<MessageKey>> MessageKeys(const Config& config);

/// One column of outbox.table.fields.additional.placement.
struct OutboxPlacement {
  enum class Place : uint8_t { kHeader, kEnvelope, kPartition };
  std::string column;
  Place place = Place::kHeader;
  std::string name;  ///< Under which it is told.
};

/// The error begins with the option's path.
[[nodiscard]] Result<std::vector<OutboxPlacement>> OutboxPlacements(const Config& config);

/// The list as one text with commas between; a comma inside an entry gets a backslash.
/// SplitCommas() is the way back.
[[nodiscard]] std::string JoinCommas(const std::vector<std::string>& entries);

}  // namespace sluice::config
