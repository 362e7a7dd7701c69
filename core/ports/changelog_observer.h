#pragma once

#include <string>
#include <string_view>

#include "core/model/changelog_stats.h"
#include "core/model/position.h"

namespace sluice {

/// What change logs did, for whoever counts and prints. The core decides nothing by it.
///
/// Threads:   called from the thread of each change log; implementations guard what they share.
/// Ownership: arguments are borrowed for the call.
/// Time:      must not block for long: the change log waits.
/// Errors:    none.
class ChangelogObserver {
 public:
  virtual ~ChangelogObserver() = default;

  /// A copy of all counters, at each turn.
  virtual void OnChangelogStats(const ChangelogStats& stats) = 0;
  /// No row can be told of a record, which goes to the dead letters. `column`: which one is
  /// missing; empty: none is.
  virtual void OnChangelogRefused(const std::string& sink, const TopicPartition& stream,
                                  Offset offset, RejectReason reason, std::string_view column) = 0;
  /// A table was emptied; which rows it had is not told.
  virtual void OnChangelogTruncate(const std::string& sink, const TopicPartition& stream) = 0;
};

}  // namespace sluice
