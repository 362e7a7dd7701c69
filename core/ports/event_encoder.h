#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/altered_values.h"
#include "core/model/outbox_shape.h"
#include "core/model/outcome.h"
#include "core/model/source_change.h"

namespace sluice {

/// Which place a row has in a snapshot.
enum class SnapshotMark : uint8_t {
  kNone,   ///< Streamed.
  kFirst,  ///< The first row of the whole snapshot.
  kFirstInTable,
  kRow,
  kLastInTable,
  kLast,
  kIncremental,  ///< Read while streaming.
};

/// The operation that an envelope tells.
enum class RowOperation : uint8_t { kCreate, kRead, kUpdate, kDelete };

/// Where and when a change was made: what envelopes tell beside the row.
struct ChangeContext {
  Lsn lsn;                         ///< Of the change.
  std::optional<Lsn> last_commit;  ///< End of the transaction committed before this one.
  std::optional<uint32_t> transaction_id;
  int64_t commit_us = 0;  ///< Microseconds since 1970.
  int64_t now_ns = 0;     ///< The source's own clock, nanoseconds since 1970.
  SnapshotMark mark = SnapshotMark::kNone;
  /// The change's place in its transaction, where that is told; counts from 1.
  struct Place {
    uint64_t total_order = 0;
    uint64_t table_order = 0;
  };
  std::optional<Place> place;
};

/// How many rows of one table a transaction has changed.
struct TableCount {
  const Table* table = nullptr;
  uint64_t events = 0;
};

/// The value of an event that a row of an outbox becomes.
struct OutboxValue {
  std::optional<std::string_view> bytes;  ///< None: the payload is null, and told as it is.
  bool as_text = false;  ///< The payload was to be told as JSON, and is told as a text.
};

/// Renders changes as the bytes of records.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: a view is valid until the next call of the same method.
/// Time:      never blocks; no allocation per event in the steady state.
/// Errors:    any row of any table has a rendering. One whose key does not tell it from all others
///            must not be written: failure() says so.
class EventEncoder {
 public:
  virtual ~EventEncoder() = default;

  /// The key of a row; none when its table has no key.
  virtual std::optional<std::string_view> Key(const Table& table, Row row) = 0;
  /// The envelope of a row. `before` and `after` as the operation has them.
  virtual std::string_view Value(RowOperation operation, const Table& table,
                                 std::optional<Row> before, std::optional<Row> after,
                                 const ChangeContext& context) = 0;
  virtual std::string_view Truncate(const Table& table, const ChangeContext& context) = 0;
  virtual std::string_view MessageKey(std::string_view prefix) = 0;
  virtual std::string_view Message(std::string_view prefix, std::string_view content,
                                   const ChangeContext& context) = 0;
  virtual std::string_view TransactionKey(uint32_t transaction_id, Lsn lsn) = 0;
  virtual std::string_view TransactionBegin(uint32_t transaction_id, Lsn lsn, int64_t ts_ms) = 0;
  virtual std::string_view TransactionEnd(uint32_t transaction_id, Lsn lsn, int64_t ts_ms,
                                          std::span<const TableCount> tables) = 0;
  virtual std::string_view HeartbeatKey() = 0;
  virtual std::string_view Heartbeat(int64_t ts_ms) = 0;
  /// The value of the header that names the other key of a row whose key has changed.
  virtual std::string_view KeyHeader(const Table& table, Row row) = 0;

  /// The key of an event; none: it has none. One shape for each number of a table.
  virtual std::optional<std::string_view> OutboxKey(const OutboxShape& shape, const Table& table,
                                                    Row row) = 0;
  /// The value of an event. `route` is what it was routed by.
  virtual OutboxValue OutboxEvent(const OutboxShape& shape, const Table& table, Row row,
                                  std::string_view route) = 0;
  /// A value without quotes, as headers hold it; none: null.
  virtual std::optional<std::string_view> PlainText(const Table& table, uint32_t column,
                                                    Row row) = 0;
  /// Milliseconds since 1970 of a timestamp; none: null, or it has no place among them.
  virtual std::optional<int64_t> MillisOf(const Table& table, uint32_t column, Row row) = 0;

  /// Values that were not told as they are since the last call, wherever they stood.
  [[nodiscard]] virtual AlteredValues TakeAltered() = 0;
  /// kDone, or why a key that was asked for, by Key() or KeyHeader(), must not be written. It
  /// stays.
  [[nodiscard]] virtual const Failure& failure() const = 0;
};

}  // namespace sluice
