#pragma once

#include <string>

#include "core/model/capture_stats.h"
#include "core/model/incremental_progress.h"

namespace sluice {

/// What a source did, for whoever counts and prints. The core decides nothing by it.
///
/// Threads:   OnCaptureStats() is called from the relay's thread, OnSourceWatch() from another.
/// Ownership: arguments are borrowed for the call.
/// Time:      must not block for long: the relay waits.
/// Errors:    none.
class CaptureObserver {
 public:
  virtual ~CaptureObserver() = default;

  /// A copy of all counters, at most every 100 ms, and at each end.
  virtual void OnCaptureStats(const CaptureStats& stats) = 0;
  /// What was seen of the slot and the publication, at each look.
  virtual void OnSourceWatch(const SourceWatch& watch) { static_cast<void>(watch); }
  /// A table, `schema.table`, was emptied, and that is not told: truncates are not captured.
  virtual void OnSkippedTruncate(const std::string& table) = 0;
  /// Something that an operator asked for was done.
  virtual void OnRemark(const std::string& text) = 0;
  /// Rows that are read while streaming: a table begins or ends, or what was asked is refused.
  virtual void OnIncremental(const IncrementalNote& note) = 0;
};

}  // namespace sluice
