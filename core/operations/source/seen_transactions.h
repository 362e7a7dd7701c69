#pragma once

#include <cstdint>
#include <vector>

#include "core/ports/chunk_reader.h"

namespace sluice {

/// Finds out whether rows that were read beside the stream miss a change that the stream has told
/// already. A transaction stands in the log a moment before others see it; with synchronous
/// standbys that moment has no bound. Rows read in it are older than what was streamed.
///
/// Transactions that were told before this began are not known: whatever runs when it is first
/// asked may be one of them.
///
/// Threads:   one.
/// Ownership: a value.
/// Time:      Misses() grows with the transactions told since it was last asked.
/// Errors:    none.
class SeenTransactions {
 public:
  void Add(uint32_t transaction) { told_.push_back(transaction); }
  /// The low watermark was met: what comes later is compared row by row.
  void MarkLow() { low_ = told_.size(); }
  /// Whether something told before the low watermark was not visible. Forgets what no later reader
  /// can miss.
  [[nodiscard]] bool Misses(const VisibleTransactions& visible);
  void Clear() { *this = SeenTransactions(); }
  [[nodiscard]] size_t size() const { return told_.size(); }

 private:
  std::vector<uint32_t> told_;      ///< Since this began, as far as still of interest.
  size_t low_ = 0;                  ///< How many of them were told before the low watermark.
  std::vector<uint64_t> suspects_;  ///< That may have been told before this began.
  bool begun_ = false;
};

/// Pure: whether a transaction was not visible. `transaction` is the lower half of its number.
[[nodiscard]] bool Invisible(const VisibleTransactions& visible, uint32_t transaction);

}  // namespace sluice
