#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// Tables whose rows are to be read while streaming.
struct SnapshotTarget {
  std::string pattern;    ///< A regular expression for `schema.table`.
  std::string condition;  ///< SQL that the rows must meet; empty: all rows.

  bool operator==(const SnapshotTarget&) const = default;
};

/// What somebody asks a running source to do (Debezium's signals).
struct SnapshotSignal {
  enum class Kind : uint8_t {
    kExecute,  ///< Read the rows of `targets`, behind what is being read already.
    kStop,     ///< Give up `targets`; none: everything.
    kPause,
    kResume,
    kLog,  ///< Say `message` in the log.
  };
  Kind kind = Kind::kLog;
  std::string id;
  std::vector<SnapshotTarget> targets;
  std::string message;
};

}  // namespace sluice
