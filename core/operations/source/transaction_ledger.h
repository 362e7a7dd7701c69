#pragma once

#include <cstdint>
#include <deque>

#include "core/model/position.h"

namespace sluice {

/// Knows how far the source's log is safe: up to the end of the last transaction that has every
/// record acknowledged, with no gap before it (I9).
///
/// Threads:   one.
/// Ownership: a value.
/// Time:      constant per call, on average.
/// Errors:    none: a token that was not given out aborts.
class TransactionLedger {
 public:
  /// Nothing before `start` is wanted any more.
  explicit TransactionLedger(Lsn start) : safe_(start) {}

  /// Opens a transaction; its records carry this token.
  uint64_t Begin();
  /// A record of the open transaction was handed over.
  void Add() { ++entries_.back().pending; }
  /// The open transaction is whole; it ends at `end`.
  void Commit(Lsn end);
  void Acknowledge(uint64_t token, uint64_t count);
  /// The log was read up to `position` and holds nothing of ours after the last commit. Taken only
  /// while nothing is pending.
  void Idle(Lsn position);

  [[nodiscard]] Lsn safe() const { return safe_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// Transactions begun and not yet safe.
  [[nodiscard]] size_t open() const { return entries_.size(); }

 private:
  struct Entry {
    uint64_t pending = 0;
    Lsn end;
    bool whole = false;
  };
  void Advance();

  std::deque<Entry> entries_;
  uint64_t first_token_ = 1;  ///< Of the first entry. Token 0 is for records of no transaction.
  Lsn safe_;
};

}  // namespace sluice
