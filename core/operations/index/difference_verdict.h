#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

/// What came of comparing one row with its document while both may change.
enum class DifferenceVerdict : uint8_t {
  kEqual,
  kMissing,    ///< The row has no document.
  kExtra,      ///< The document has no row.
  kDifferent,  ///< The document does not say what the row says.
  kAgain,      ///< One of them has changed meanwhile: nothing is known yet.
};

/// What was seen, in this order: the document; the row, at a place in the log; the document once
/// more, after the index had passed that place; the row once more.
struct DifferenceEvidence {
  std::optional<int64_t> version_before = std::nullopt;  ///< Of the document; none: there was none.
  bool row_found = false;
  std::optional<int64_t> version_after = std::nullopt;
  bool equal = false;          ///< The row, and the document as it was after.
  bool row_untouched = false;  ///< The row is still the same version of itself.
};

/// Whether a difference counts. Pure.
///
/// An index that has passed the place of the row holds every change up to there. A document that
/// has one version before and after that has had no change in between, so that it must say what the
/// row said; a document that was not there before and is not there after could have come and gone,
/// unless the row has not gone meanwhile.
[[nodiscard]] DifferenceVerdict JudgeDifference(const DifferenceEvidence& seen);

}  // namespace sluice
