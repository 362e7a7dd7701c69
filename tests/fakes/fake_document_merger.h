#pragma once

#include "core/ports/document_merger.h"

namespace sluice::testing {

/// Fills flat JSON objects whose texts hold no escapes.
///
/// Threads:   one call at a time.
/// Ownership: as the port says.
/// Time:      never blocks.
/// Errors:    an object that is not flat aborts: the test is wrong.
class FakeDocumentMerger : public DocumentMerger {
 public:
  void Fill(std::string_view document, std::span<const OpenField> document_open,
            std::string_view older, std::span<const OpenField> older_open, std::string& merged,
            std::vector<OpenField>& open) override;
  void Strip(std::string_view document, std::span<const OpenField> document_open,
             std::string& stripped) override;
};

}  // namespace sluice::testing
