#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/snapshot_signal.h"

namespace sluice {

/// What is still to be read while streaming, and how far that got. Recorded with the position.
struct IncrementalProgress {
  struct Entry {
    std::string schema;
    std::string name;
    std::vector<std::string> key;  ///< Names of the columns that the rows are read in order of.
    std::string condition;
    /// What an unfinished first snapshot left, not rows that somebody asked for: never given up.
    bool first_snapshot = false;

    bool operator==(const Entry&) const = default;
  };

  std::vector<SnapshotTarget> wanted;  ///< Not looked up yet.
  /// The front one is being read. Those of the first snapshot stand before the others.
  std::vector<Entry> tables;
  std::vector<std::string> last_key;  ///< Of the front table: everything up to it was read.
  std::vector<std::string> end_key;   ///< The greatest when the table was begun; empty: unknown.
  bool paused = false;                ///< Says nothing to tables of the first snapshot.

  [[nodiscard]] bool empty() const { return wanted.empty() && tables.empty(); }
  /// Whether tables of the first snapshot are left.
  [[nodiscard]] bool in_first_snapshot() const {
    return !tables.empty() && tables.front().first_snapshot;
  }
  bool operator==(const IncrementalProgress&) const = default;
};

/// Something about rows that are read while streaming, for the log, once each.
struct IncrementalNote {
  enum class Kind : uint8_t {
    kRemark,        ///< `text`: what was asked for was done.
    kRefused,       ///< `text`: what is not read, and why.
    kHeld,          ///< `text`: what of the first snapshot waits, why, and the cure.
    kBegins,        ///< `table` is read from here on.
    kEnds,          ///< `table` was read: `rows`, since this run of the source began it.
    kSnapshotDone,  ///< With what was left of it every row of the first snapshot is acknowledged.
  };
  Kind kind = Kind::kRemark;
  std::string text;
  std::string table;
  uint64_t rows = 0;
};

}  // namespace sluice
