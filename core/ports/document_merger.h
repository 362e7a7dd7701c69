#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/change_event.h"

namespace sluice {

/// A field of a stored document that is still without a value: an UnchangedField with memory of its
/// own, by position only.
struct OpenField {
  uint32_t name_begin = 0;  ///< The field's name in the document, without quotes.
  uint32_t name_end = 0;
  uint32_t begin = 0;  ///< The placeholder in the document.
  uint32_t end = 0;

  bool operator==(const OpenField&) const = default;
};

/// Fills the columns that a change did not carry from an older state of the same document (I6).
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: inputs are borrowed until the call returns; outputs are the caller's.
/// Time:      never blocks; proportional to the two documents.
/// Errors:    none: a field that the older document does not hold stays open.
class DocumentMerger {
 public:
  virtual ~DocumentMerger() = default;

  /// Replaces each placeholder in `document` by the value of the same field in `older`, byte for
  /// byte. A field that `older` lacks, or that is open there (`older_open`), stays open in the
  /// result. `merged` and `open` are replaced; `open` lists what is still open, with its place in
  /// `merged`, in order. `document` and `merged` must not overlap.
  virtual void Fill(std::string_view document, std::span<const OpenField> document_open,
                    std::string_view older, std::span<const OpenField> older_open,
                    std::string& merged, std::vector<OpenField>& open) = 0;

  /// Removes the open fields, name and all, so that no placeholder reaches the index.
  virtual void Strip(std::string_view document, std::span<const OpenField> document_open,
                     std::string& stripped) = 0;
};

}  // namespace sluice
