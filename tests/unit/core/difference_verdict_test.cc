#include "core/operations/index/difference_verdict.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using Verdict = DifferenceVerdict;

TEST(DifferenceVerdict, NeitherRowNorDocumentIsEqual) {
  EXPECT_EQ(JudgeDifference({.version_before = 7}), Verdict::kEqual);
  EXPECT_EQ(JudgeDifference({}), Verdict::kEqual);
}

TEST(DifferenceVerdict, AnEqualDocumentIsEqualWhateverHappenedMeanwhile) {
  EXPECT_EQ(
      JudgeDifference({.version_before = 7, .row_found = true, .version_after = 9, .equal = true}),
      Verdict::kEqual);
}

TEST(DifferenceVerdict, ADocumentThatNoChangeHasTouchedIsToSayWhatTheRowSays) {
  EXPECT_EQ(JudgeDifference({.version_before = 7, .row_found = true, .version_after = 7}),
            Verdict::kDifferent);
  EXPECT_EQ(JudgeDifference({.version_before = 7, .version_after = 7}), Verdict::kExtra);
}

TEST(DifferenceVerdict, ADocumentThatHasChangedMeanwhileTellsNothing) {
  EXPECT_EQ(JudgeDifference({.version_before = 7, .row_found = true, .version_after = 8}),
            Verdict::kAgain);
  EXPECT_EQ(JudgeDifference({.version_before = 7, .version_after = 8}), Verdict::kAgain);
  EXPECT_EQ(JudgeDifference({.row_found = true, .version_after = 8}), Verdict::kAgain);
}

TEST(DifferenceVerdict, ARowWithoutDocumentIsMissingOnlyIfItIsStillTheSameRow) {
  EXPECT_EQ(JudgeDifference({.row_found = true, .row_untouched = true}), Verdict::kMissing);
  EXPECT_EQ(JudgeDifference({.row_found = true, .row_untouched = false}), Verdict::kAgain);
  // It was deleted since: by a change that may have come and gone with a new row.
  EXPECT_EQ(JudgeDifference({.version_before = 7, .row_found = true, .row_untouched = true}),
            Verdict::kAgain);
}

}  // namespace
}  // namespace sluice
