#include "core/operations/index/plan_document.h"

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

namespace {

/// Whether the string that begins at `at` is the name of a member of the document itself.
bool IsMember(std::string_view document, size_t at, size_t size) {
  size_t behind = at + size;
  while (behind < document.size() &&
         std::string_view(" \t\r\n").find(document[behind]) != std::string_view::npos) {
    ++behind;
  }
  if (behind >= document.size() || document[behind] != ':') return false;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < at; ++i) {
    const char c = document[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else {
      depth += (c == '{' || c == '[' ? 1 : 0) - (c == '}' || c == ']' ? 1 : 0);
    }
  }
  return depth == 1 && !quoted;
}

}  // namespace

std::string_view StubFieldOf(std::string_view document) {
  constexpr std::string_view kBoth = "\"sluice_";
  for (size_t at = document.find(kBoth); at != std::string_view::npos;
       at = document.find(kBoth, at + 1)) {
    for (const std::string_view field : {kDeletedField, kPartitionField}) {
      const std::string_view rest = document.substr(at + 1);
      const bool named = rest.starts_with(field) && rest.substr(field.size()).starts_with('"');
      if (named && IsMember(document, at, field.size() + 2)) return field;
    }
  }
  return {};
}

}  // namespace sluice
