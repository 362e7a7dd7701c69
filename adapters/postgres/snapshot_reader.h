#pragma once

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
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: a row is valid until the next Next(). Settings are borrowed.
/// Time:      every call waits for the server; stopping is asked between rows.
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
  /// `row` has the table's columns.
  Progress Next(Row& row);

  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  const Settings& settings_;
  const SnapshotSettings& snapshot_;
  Connection connection_;
  CopyBuffer buffer_;
  std::vector<ColumnValue> row_;
  std::string doing_;
  Failure failure_;
};

}  // namespace sluice::postgres
