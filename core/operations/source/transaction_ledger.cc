#include "core/operations/source/transaction_ledger.h"

#include <algorithm>

#include "core/model/check.h"

namespace sluice {

uint64_t TransactionLedger::Begin() {
  SLUICE_CHECK(entries_.empty() || entries_.back().whole, "one transaction is open at a time");
  entries_.emplace_back();
  return first_token_ + entries_.size() - 1;
}

void TransactionLedger::Commit(Lsn end) {
  SLUICE_CHECK(!entries_.empty() && !entries_.back().whole, "a transaction is open");
  entries_.back().end = end;
  entries_.back().whole = true;
  Advance();
}

void TransactionLedger::Acknowledge(uint64_t token, uint64_t count) {
  SLUICE_CHECK(token >= first_token_ && token - first_token_ < entries_.size(),
               "only open transactions are acknowledged");
  Entry& entry = entries_[token - first_token_];
  SLUICE_CHECK(count <= entry.pending, "no record is acknowledged twice");
  entry.pending -= count;
  Advance();
}

void TransactionLedger::Idle(Lsn position) {
  if (entries_.empty()) safe_ = std::max(safe_, position);
}

void TransactionLedger::Advance() {
  while (!entries_.empty() && entries_.front().whole && entries_.front().pending == 0) {
    safe_ = std::max(safe_, entries_.front().end);
    entries_.pop_front();
    ++first_token_;
  }
}

}  // namespace sluice
