#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/outbox_shape.h"
#include "core/model/result.h"
#include "core/model/source_change.h"
#include "core/operations/source/plan_records.h"

namespace sluice {

/// Which tables are outboxes, and what is made of their rows: events in streams of their own, as
/// Debezium's outbox event router makes them.
struct OutboxSettings {
  enum class Placement : uint8_t { kHeader, kEnvelope, kPartition };
  /// A column that is told beside key and payload.
  struct Extra {
    std::string column;
    Placement placement = Placement::kHeader;
    std::string name;  ///< Under which it is told; of kPartition without meaning.
  };

  std::function<bool(const Table&)> is_outbox;  ///< None: no table is.
  /// Tables of which a changed key is told as an event anew, as Debezium does; none: no table.
  std::function<bool(const Table&)> retells_rekeyed;
  std::string id_column = "id";
  std::string key_column = "aggregateid";
  std::string payload_column = "payload";
  std::string route_column = "aggregatetype";
  std::string timestamp_column;       ///< Empty: records have the time at which they are sent.
  std::string schema_version_column;  ///< Empty: none.
  std::vector<Extra> extras;
  bool skips_missing_extras = false;
  /// The stream of an event, by the text of its route column; none: that text itself.
  std::function<std::string(const std::string&)> stream_of;
  std::vector<std::string> reserved;  ///< Streams of the source's own, which take no events.
  size_t streams_max = 1'000;         ///< Into which one run writes.
  bool tombstones_on_empty = false;   ///< An event without a payload has no value.
  bool halts_on_update = false;       ///< Else a changed row is passed over.
  bool halts_on_unroutable = true;    ///< Else it is told as a row, in its table's own stream.
  OutboxShape shape;                  ///< Without the places, which each table has.
};

/// Where an outbox's columns stand.
struct OutboxPlan {
  uint32_t id = 0;
  uint32_t route = 0;
  std::optional<uint32_t> timestamp;
  std::optional<uint32_t> partition;
  std::vector<OutboxColumn> headers;
  OutboxShape shape;
};

/// Finds the columns of an outbox. The error names the one that is missing or of no use, the
/// setting, and the cure. Pure.
[[nodiscard]] Result<OutboxPlan> PlanOutbox(const Table& table, const OutboxSettings& settings);

/// What becomes of a record that a change of an outbox would be.
enum class OutboxAction : uint8_t {
  kRoute,   ///< An event.
  kUpdate,  ///< The row was changed, which outboxes are not made for.
  kDelete,  ///< The row was deleted, or the table emptied: no event.
  kPart,    ///< Belongs to another record of the same change: no event either.
};
/// `retold`: a row under a changed key counts as a new one. Pure.
[[nodiscard]] OutboxAction DecideOutbox(const RecordPlan& plan, ChangeKind change, bool retold);

/// Whether a payload says nothing: it is null, or a text of blanks and control characters.
[[nodiscard]] bool IsEmptyPayload(const ColumnValue& payload);

/// Why no topic may have that name; empty: one may.
[[nodiscard]] std::string StreamNameFault(std::string_view name);

/// A partition's number; none: the text is none from 0 to 2^31-1.
[[nodiscard]] std::optional<uint32_t> PartitionOf(std::string_view text);

}  // namespace sluice
