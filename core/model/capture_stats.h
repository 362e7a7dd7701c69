#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/model/altered_values.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/model/source_watch.h"

namespace sluice {

/// The kinds of change that are counted by table.
enum class CountedChange : uint8_t { kCreate, kUpdate, kDelete, kTruncate, kRead };
inline constexpr int kCountedChanges = 5;
[[nodiscard]] const char* CountedChangeName(CountedChange change);  ///< "create", "update", …

/// What became of the rows of an outbox.
enum class OutboxFate : uint8_t {
  kRouted,
  kAsText,      ///< Routed; the payload was to be told as JSON, and is none or has no such form.
  kTombstone,   ///< Routed without a value, for the payload was empty.
  kUpdated,     ///< No event: the row was changed.
  kDeleted,     ///< No event: the row was deleted, or the table emptied.
  kUnroutable,  ///< Told as a row in the table's own stream.
};
inline constexpr int kOutboxFates = 6;
[[nodiscard]] const char* OutboxFateName(OutboxFate fate);  ///< "routed", "as_text", …

/// What was captured of one table. Counters never go back.
struct TableStats {
  std::string schema;
  std::string name;
  std::array<uint64_t, kCountedChanges> changes{};
  std::array<uint64_t, kOutboxFates> events{};  ///< Of an outbox, by OutboxFate.
  bool outbox = false;
};

/// What a relay has done and where it stands.
struct CaptureStats {
  enum class State : uint8_t { kConnecting, kSnapshot, kStreaming, kStopped, kHalted };
  State state = State::kConnecting;

  Lsn received;  ///< Up to where the log was read.
  Lsn flushed;   ///< Up to where the database was told that it may forget.
  Lsn safe;      ///< Up to where every record was acknowledged.
  Lsn server;    ///< The end of the database's log, as last heard.
  uint64_t transactions = 0;
  uint64_t messages = 0;
  uint64_t skipped = 0;  ///< Changes of operations that are not to be captured.
  uint64_t records_published = 0;
  uint64_t records_acknowledged = 0;
  /// In this run: something was acknowledged, or the database was heard while nothing waited for
  /// it.
  bool goes_on = false;
  uint64_t queued_records = 0;
  uint64_t queued_bytes = 0;
  uint64_t open_transactions = 0;
  uint64_t snapshot_tables = 0;  ///< Of the snapshot that runs or ran last.
  uint64_t snapshot_tables_done = 0;
  uint64_t snapshot_rows = 0;         ///< Read so far.
  uint64_t snapshot_rows_known = 0;   ///< By the database's estimate.
  uint64_t incremental_tables = 0;    ///< To be read while streaming, and not done.
  uint64_t incremental_rows = 0;      ///< Published so far.
  uint64_t incremental_repeated = 0;  ///< Chunks read again: they missed what was streamed.
  bool incremental_paused = false;
  std::string incremental_hold_reason;  ///< Why none is read; empty: nothing is in the way.
  int64_t commit_us = 0;                ///< Of the last transaction read, microseconds since 1970.
  int64_t progress_us = 0;  ///< When something was last acknowledged, by the process's clock.
  int64_t turn_us = 0;      ///< When the loop turned last.
  int64_t epoch = 0;        ///< Of the source: raised at each start.
  std::string hold_reason;  ///< Empty: nothing is held.
  FailureReason hold = FailureReason::kNone;  ///< Of hold_reason.
  std::string halt_reason;
  std::vector<TableStats> tables;
  AlteredValues altered;  ///< Values that were not told as they are.
  SourceWatch watch;
};

}  // namespace sluice
