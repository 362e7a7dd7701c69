#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/change_event.h"
#include "core/ports/document_merger.h"

namespace sluice {

/// The document that an event asks for, its unchanged columns in `open` (which is replaced).
/// `full_text`: of the key, where the id is a hash of it; it goes into the document, which then
/// lies in `scratch`. The view is valid as long as the event and `scratch`.
[[nodiscard]] std::string_view PlanDocument(const ChangeEvent& event, std::string_view full_text,
                                            std::string& scratch, std::vector<OpenField>& open);

/// The fields that a soft delete writes, and by which it is known. No document may have them.
inline constexpr std::string_view kDeletedField = "sluice_deleted";
inline constexpr std::string_view kPartitionField = "sluice_partition";

/// Which of these fields a document has; empty: neither. Pure.
[[nodiscard]] std::string_view StubFieldOf(std::string_view document);

}  // namespace sluice
