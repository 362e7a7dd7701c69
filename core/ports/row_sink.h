#pragma once

#include <cstdint>
#include <string>

#include "core/model/changelog_row.h"
#include "core/model/outcome.h"

namespace sluice {

/// What a sink has kept since it was opened.
struct RowSinkCounts {
  uint64_t bytes = 0;         ///< Of rows.
  uint64_t files_sealed = 0;  ///< Of a sink that writes files.
};

/// Where the rows of a change log are kept, and with them how far the log was read. What was
/// appended counts from Keep() on; after a failure, or a crash, what it was told last stands, and
/// the sink has to be opened anew.
///
/// Threads:   one call at a time per instance.
/// Ownership: what is passed is copied.
/// Time:      each call may wait for a disk or broker, for a bounded time.
/// Errors:    as failures. kHold: a new instance may have better luck; kHalt: only a person can
/// help.
class RowSink {
 public:
  virtual ~RowSink() = default;

  /// What was kept last: the text that Keep() was given; empty: nothing ever. Comes first.
  [[nodiscard]] virtual Failure Load(std::string& positions) = 0;
  [[nodiscard]] virtual Failure Append(const ChangelogRow& row) = 0;
  /// Makes all rows safe that were appended, and with them the text that says how far the log was
  /// read: both, or neither. Also called when there is nothing new, for what only time brings.
  [[nodiscard]] virtual Failure Keep(const std::string& positions) = 0;
  [[nodiscard]] virtual const RowSinkCounts& counts() const = 0;
};

}  // namespace sluice
