#pragma once

#include <algorithm>
#include <cstdint>

#include "core/operations/change_version.h"

namespace sluice {

/// Knows which changes of one partition our own source tells again: after a start it sends whole
/// transactions once more, in their order, with the versions they had (I10).
///
/// What is remembered is the last commit and how many of its changes were told; a version names the
/// commit. A commit below it was told as a whole, unless its time is later than any that was told:
/// then the database's log has gone back (it was restored), and the change is a new one.
///
/// A value: no clock, no I/O.
struct ToldChanges {
  int64_t epoch = 0;      ///< Of the newest run of the source.
  int64_t commit = 0;     ///< The last one: a version without its rank.
  int64_t told = 0;       ///< How many of its changes were told.
  int64_t seen = 0;       ///< How many of them the run of `epoch` has sent.
  int64_t commit_ms = 0;  ///< The latest time of a commit.

  /// Takes a change in, in the order of the log. False: it was told before, or a newer run of the
  /// source has told it, or will.
  [[nodiscard]] bool Take(int64_t change_epoch, int64_t version, int64_t change_ms) {
    const int64_t change_commit = version >> kRankBits;
    if (change_epoch < epoch) return false;
    if (change_epoch > epoch) {
      epoch = change_epoch;
      seen = 0;
    }
    if (change_commit == commit) {
      if (++seen <= told) return false;
      told = seen;
      return true;
    }
    if (change_commit < commit && change_ms <= commit_ms) return false;
    commit = change_commit;
    told = seen = 1;
    commit_ms = std::max(commit_ms, change_ms);
    return true;
  }

  bool operator==(const ToldChanges&) const = default;
};

}  // namespace sluice
