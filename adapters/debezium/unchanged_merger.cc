#include "adapters/debezium/unchanged_merger.h"

#include <algorithm>

#include "adapters/debezium/json_text.h"
#include "core/model/check.h"

namespace sluice::debezium {
namespace {

std::string_view Name(std::string_view document, const OpenField& field) {
  return document.substr(field.name_begin, field.name_end - field.name_begin);
}

void CheckField(std::string_view document, const OpenField& field, size_t from) {
  SLUICE_CHECK(field.name_begin > from && field.name_begin <= field.name_end &&
                   field.name_end < field.begin && field.begin < field.end &&
                   field.end < document.size(),
               "open fields lie in the document, in order");
}

}  // namespace

/// Looks up each open field in the older document: its first member of that name, unless it is open
/// there too.
void UnchangedMerger::Collect(std::string_view document, std::span<const OpenField> document_open,
                              std::string_view older, std::span<const OpenField> older_open) {
  values_.assign(document_open.size(), std::string_view());
  const char* older_end = older.data() + older.size();
  const char* brace = SkipSpace(older.data(), older_end);
  MemberReader members({brace, static_cast<size_t>(older_end - brace)});
  while (members.Next()) {
    for (size_t i = 0; i < document_open.size(); ++i) {
      if (!values_[i].empty() || !SameName(Name(document, document_open[i]), members.name())) {
        continue;
      }
      values_[i] = members.value();
    }
  }
  for (std::string_view& value : values_) {
    if (value.empty()) continue;
    const auto place = static_cast<size_t>(value.data() - older.data());
    const bool open_there =
        std::any_of(older_open.begin(), older_open.end(),
                    [place](const OpenField& field) { return field.begin == place; });
    if (open_there || !members.ok()) value = {};
  }
}

void UnchangedMerger::Fill(std::string_view document, std::span<const OpenField> document_open,
                           std::string_view older, std::span<const OpenField> older_open,
                           std::string& merged, std::vector<OpenField>& open) {
  Collect(document, document_open, older, older_open);
  merged.clear();
  open.clear();
  size_t copied = 0;
  for (size_t i = 0; i < document_open.size(); ++i) {
    const OpenField& field = document_open[i];
    CheckField(document, field, copied);
    merged.append(document, copied, field.begin - copied);
    const size_t value_begin = merged.size();
    const std::string_view value = values_[i];
    if (value.empty()) {
      merged.append(document, field.begin, field.end - field.begin);
      const size_t name_begin = value_begin - (field.begin - field.name_begin);
      open.push_back({static_cast<uint32_t>(name_begin),
                      static_cast<uint32_t>(name_begin + field.name_end - field.name_begin),
                      static_cast<uint32_t>(value_begin), static_cast<uint32_t>(merged.size())});
    } else if (HoldsNewline(value)) {
      AppendMinified(value, merged);
    } else {
      merged.append(value);
    }
    copied = field.end;
  }
  merged.append(document, copied);
}

void UnchangedMerger::Strip(std::string_view document, std::span<const OpenField> document_open,
                            std::string& stripped) {
  stripped.clear();
  const char* begin = document.data();
  const char* end = begin + document.size();
  const char* from = begin;
  for (const OpenField& field : document_open) {
    CheckField(document, field, static_cast<size_t>(from - begin) - (from == begin ? 0 : 1));
    stripped.append(from, begin + field.name_begin - 1);
    from = SkipSpace(begin + field.end, end);
    if (from < end && *from == ',') {
      from = SkipSpace(from + 1, end);
      continue;
    }
    // The last member: the comma before it goes instead.
    while (!stripped.empty() && IsJsonSpace(stripped.back())) stripped.pop_back();
    if (!stripped.empty() && stripped.back() == ',') stripped.pop_back();
  }
  stripped.append(from, end);
}

}  // namespace sluice::debezium
