#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/changelog_row.h"
#include "core/model/position.h"
#include "core/model/row_change.h"

namespace sluice {

/// What makes an id.
enum class RowIdentity : uint8_t {
  kOffset,  ///< topic-partition-offset-field
  /// topic-position-commit-operation-row-field, by the source's log: the same in a record that the
  /// source has sent again. Rows that were loaded together have one position, so `row` is a hash of
  /// RowChange::row. Where the position is not told, or there is no key and so nothing that tells
  /// two equal rows apart, as kOffset.
  kSource,
};

/// Which rows a change becomes.
struct ChangelogSpec {
  std::vector<std::string> fields;  ///< Of which changes are told, one row each.
  std::vector<RowColumn> columns;   ///< What a row holds, in this order.
  bool unchanged = false;           ///< Whether an update also tells the fields that it left alone.
  RowIdentity identity = RowIdentity::kOffset;
};

/// Where a record stands, as far as its rows tell of it.
struct RecordPlace {
  const TopicPartition& stream;
  Offset offset;
  int64_t timestamp_ms = -1;  ///< When it came into the log; -1: the broker has none.
  bool has_key = false;
};

/// The columns of the table that a decoder has to look for: the fields, in their order, then the
/// others that rows hold, each once.
[[nodiscard]] std::vector<std::string> WantedColumns(const ChangelogSpec& spec);

/// What became of a change.
struct RowPlan {
  enum class Result : uint8_t {
    kRows,      ///< `rows` are its rows; none: an update touched no field.
    kNoChange,  ///< The record tells no change of a row.
    kReject,    ///< No row can be told: `reject` says why, `column` which one is missing.
  };
  Result result = Result::kNoChange;
  RejectReason reject = RejectReason::kBadJson;
  std::string_view column;
};

/// The rows that a change becomes; `rows` is replaced. Pure: the same record gives the same rows.
/// `wanted`: what WantedColumns() said, by which the change's columns are numbered.
[[nodiscard]] RowPlan PlanChangelogRows(const ChangelogSpec& spec,
                                        const std::vector<std::string>& wanted,
                                        const RowChange& change, const RecordPlace& place,
                                        std::vector<ChangelogRow>& rows);

}  // namespace sluice
