#include "core/operations/index/difference_verdict.h"

namespace sluice {

DifferenceVerdict JudgeDifference(const DifferenceEvidence& seen) {
  using Verdict = DifferenceVerdict;
  if (!seen.version_after) {
    if (!seen.row_found) return Verdict::kEqual;
    // A document that was there before has been deleted by a change, and the row with it.
    return seen.row_untouched && !seen.version_before ? Verdict::kMissing : Verdict::kAgain;
  }
  if (seen.row_found && seen.equal) return Verdict::kEqual;
  if (seen.version_before != seen.version_after) return Verdict::kAgain;
  return seen.row_found ? Verdict::kDifferent : Verdict::kExtra;
}

}  // namespace sluice
