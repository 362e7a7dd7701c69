#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/incremental_progress.h"
#include "core/model/position.h"

namespace sluice {

/// How far a source got, and of which database: what is compared at a start before anything is
/// read.
struct SourcePosition {
  enum class Snapshot : uint8_t {
    kNotTaken,
    kRunning,  ///< Begun and not finished, also while the rest is read beside the stream.
    kDone,     ///< Every row of every table was acknowledged.
  };

  int64_t epoch = 0;      ///< Raised at each start.
  std::string system_id;  ///< Of the database cluster.
  uint32_t timeline = 0;
  std::string database;
  std::string slot;
  Lsn flushed;  ///< Every record before it was acknowledged.
  Snapshot snapshot = Snapshot::kNotTaken;
  /// While it runs: `schema.table` of those of which every row was acknowledged.
  std::vector<std::string> snapshot_tables;
  IncrementalProgress incremental;  ///< What is read while streaming.

  bool operator==(const SourcePosition&) const = default;
};

}  // namespace sluice
