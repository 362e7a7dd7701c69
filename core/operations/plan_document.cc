#include "core/operations/plan_document.h"

#include "core/operations/document_id.h"

namespace sluice {

std::string_view PlanDocument(const ChangeEvent& event, std::string_view full_text,
                              std::string& scratch, std::vector<OpenField>& open) {
  open.clear();
  const std::string_view document = event.after;
  for (const UnchangedField& field : event.unchanged) {
    const auto name_begin = static_cast<uint32_t>(field.name.data() - document.data());
    open.push_back({name_begin, name_begin + static_cast<uint32_t>(field.name.size()), field.begin,
                    field.end});
  }
  if (full_text.empty()) return document;
  PrependFullKey(full_text, document, scratch);
  const auto shift = static_cast<uint32_t>(scratch.size() - document.size());
  for (OpenField& field : open)
    field = {field.name_begin + shift, field.name_end + shift, field.begin + shift,
             field.end + shift};
  return scratch;
}

}  // namespace sluice
