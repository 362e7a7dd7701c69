#include "core/operations/source/seen_transactions.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr uint64_t kTurn = uint64_t{1} << 32;

bool Runs(const VisibleTransactions& visible, uint64_t transaction) {
  return std::binary_search(visible.running.begin(), visible.running.end(), transaction);
}

}  // namespace

bool Invisible(const VisibleTransactions& visible, uint32_t transaction) {
  // The whole number is the one next to `end` that has these lower digits.
  uint64_t whole = (visible.end & ~(kTurn - 1)) | transaction;
  if (whole > visible.end + kTurn / 2 && whole >= kTurn) whole -= kTurn;
  if (whole + kTurn / 2 < visible.end) whole += kTurn;
  return whole >= visible.end || Runs(visible, whole);
}

bool SeenTransactions::Misses(const VisibleTransactions& visible) {
  const auto invisible = [&](uint32_t transaction) { return Invisible(visible, transaction); };
  if (!begun_) suspects_ = visible.running;
  begun_ = true;
  std::erase_if(suspects_, [&](uint64_t suspect) { return !Runs(visible, suspect); });
  const bool misses =
      !suspects_.empty() ||
      std::any_of(told_.begin(), told_.begin() + static_cast<ptrdiff_t>(low_), invisible);
  // Whatever was visible once is visible to all who come later.
  std::erase_if(told_, [&](uint32_t transaction) { return !invisible(transaction); });
  low_ = 0;
  return misses;
}

}  // namespace sluice
