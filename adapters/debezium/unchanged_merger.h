#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/document_merger.h"

namespace sluice::debezium {

/// Fills the columns that Debezium left out of an update from an older state of the row, byte for
/// byte (I6).
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: inputs are borrowed until the call returns; outputs are the caller's.
/// Time:      never blocks; proportional to the two documents.
/// Errors:    none: a field that the older document does not hold stays open; so do all when the
///            older document is malformed.
class UnchangedMerger final : public DocumentMerger {
 public:
  void Fill(std::string_view document, std::span<const OpenField> document_open,
            std::string_view older, std::span<const OpenField> older_open, std::string& merged,
            std::vector<OpenField>& open) override;

  void Strip(std::string_view document, std::span<const OpenField> document_open,
             std::string& stripped) override;

 private:
  void Collect(std::string_view document, std::span<const OpenField> document_open,
               std::string_view older, std::span<const OpenField> older_open);

  std::vector<std::string_view> values_;  ///< Per open field; empty: not found.
};

}  // namespace sluice::debezium
