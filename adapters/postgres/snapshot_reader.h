#pragma once

#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/copy_buffer.h"
#include "adapters/postgres/settings.h"
#include "adapters/postgres/snapshot_plan.h"
#include "core/model/source_change.h"

namespace sluice::postgres {

/// Existing rows, as they were when a snapshot was taken, read piece by piece. Several readers can
/// share one snapshot.
///
/// A table that was rewritten since (TRUNCATE, most ALTER TABLE that change a type) looks empty to
/// the snapshot, without an error. So each table is kept from that first, until the reader ends,
/// and compared with what it was.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: a row is valid until the next Next(). Settings are borrowed.
/// Time:      every call waits for the server; stopping is asked between rows. Start() waits for
///            whoever keeps a table locked, 10 s at most.
/// Errors:    kFailed: `failure()` says what to do; the piece is then to be read anew, by another
///            reader.
class SnapshotReader {
 public:
  enum class Progress : uint8_t { kRow, kEnd, kFailed };

  SnapshotReader(const Settings& settings, const SnapshotSettings& snapshot)
      : settings_(settings), snapshot_(snapshot) {}

  /// Begins to see the database as the exported snapshot does; empty: as it is now.
  [[nodiscard]] Status Open(const std::string& snapshot);
  [[nodiscard]] Status Start(const SnapshotChunk& chunk, const Table& table);
  /// Whether the last Start() failed for its table alone: rows as they were can be had no more, or
  /// not now. The reader can go on with another table.
  [[nodiscard]] bool out_of_reach() const { return out_of_reach_; }
  /// `row` has the table's columns.
  Progress Next(Row& row);

  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  /// Keeps the piece's table as it is, and makes sure that it is what the snapshot saw.
  [[nodiscard]] Status Keep(const SnapshotChunk& chunk);

  const Settings& settings_;
  const SnapshotSettings& snapshot_;
  Connection connection_;
  CopyBuffer buffer_;
  std::vector<ColumnValue> row_;
  std::string doing_;
  std::set<uint32_t> kept_;  ///< Numbers of tables.
  bool out_of_reach_ = false;
  Failure failure_;
};

}  // namespace sluice::postgres
