#include "tests/fakes/fake_document_merger.h"

#include <algorithm>
#include <optional>

#include "tests/fakes/flat_json.h"

namespace sluice::testing {
namespace {

bool IsOpen(const FlatField& field, std::span<const OpenField> open) {
  return std::any_of(open.begin(), open.end(),
                     [&field](const OpenField& one) { return one.begin == field.begin; });
}

std::optional<std::string_view> ValueOf(std::string_view name, std::string_view object,
                                        std::span<const OpenField> open) {
  for (const FlatField& field : FlatFields(object)) {
    if (field.Name(object) == name && !IsOpen(field, open)) return field.Value(object);
  }
  return std::nullopt;
}

}  // namespace

void FakeDocumentMerger::Fill(std::string_view document, std::span<const OpenField> document_open,
                              std::string_view older, std::span<const OpenField> older_open,
                              std::string& merged, std::vector<OpenField>& open) {
  std::string out;
  std::vector<OpenField> still_open;
  uint32_t copied = 0;
  for (const OpenField& field : document_open) {
    const uint32_t before = static_cast<uint32_t>(out.size()) - copied;
    out.append(document.substr(copied, field.begin - copied));
    const std::string_view name =
        document.substr(field.name_begin, field.name_end - field.name_begin);
    const std::optional<std::string_view> value = ValueOf(name, older, older_open);
    const auto begin = static_cast<uint32_t>(out.size());
    out.append(value ? *value : document.substr(field.begin, field.end - field.begin));
    copied = field.end;
    if (!value) {
      still_open.push_back({field.name_begin + before, field.name_end + before, begin,
                            static_cast<uint32_t>(out.size())});
    }
  }
  out.append(document.substr(copied));
  merged = std::move(out);
  open = std::move(still_open);
}

void FakeDocumentMerger::Strip(std::string_view document, std::span<const OpenField> document_open,
                               std::string& stripped) {
  std::string out = "{";
  for (const FlatField& field : FlatFields(document)) {
    if (IsOpen(field, document_open)) continue;
    if (out.size() > 1) out.push_back(',');
    out.append(document.substr(field.name_begin - 1, field.end - field.name_begin + 1));
  }
  stripped = out + "}";
}

}  // namespace sluice::testing
