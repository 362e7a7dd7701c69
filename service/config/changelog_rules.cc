#include "service/config/changelog_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::config {
namespace {

constexpr std::array<std::pair<std::string_view, RowPart>, 11> kParts = {{
    {"column", RowPart::kColumn},
    {"field", RowPart::kField},
    {"old", RowPart::kOld},
    {"new", RowPart::kNew},
    {"changed", RowPart::kChanged},
    {"created", RowPart::kCreated},
    {"updated", RowPart::kUpdated},
    {"deleted", RowPart::kDeleted},
    {"inserted", RowPart::kInserted},
    {"operation", RowPart::kOperation},
    {"id", RowPart::kId},
}};

/// None: the entry says nothing.
std::optional<RowColumn> ColumnOf(std::string_view entry) {
  const size_t first = entry.find(':');
  if (first == 0 || first == std::string_view::npos) return std::nullopt;
  const size_t second = entry.find(':', first + 1);
  const std::string_view word = entry.substr(first + 1, second - first - 1);
  const auto* const part = std::find_if(kParts.begin(), kParts.end(),
                                        [word](const auto& known) { return known.first == word; });
  if (part == kParts.end()) return std::nullopt;
  RowColumn column{std::string(entry.substr(0, first)), part->second, {}};
  const bool named = second != std::string_view::npos;
  if (column.part == RowPart::kColumn) {
    column.column = named ? std::string(entry.substr(second + 1)) : column.name;
  }
  if (named && column.column.empty()) return std::nullopt;
  return column;
}

}  // namespace

Result<ChangelogSpec> ChangelogSpecOf(const Config& config) {
  ChangelogSpec spec;
  spec.fields = config.changelog_fields;
  spec.unchanged = config.changelog_unchanged;
  spec.identity = config.changelog_id == "source" ? RowIdentity::kSource : RowIdentity::kOffset;
  std::string unreadable;
  for (const std::string& entry : config.changelog_columns) {
    if (auto column = ColumnOf(entry)) {
      spec.columns.push_back(std::move(*column));
    } else {
      unreadable += (unreadable.empty() ? "\"" : ", \"") + entry + "\"";
    }
  }
  if (unreadable.empty()) return spec;
  return Error{"got " + unreadable +
                   ", expected NAME:PART or NAME:column:COLUMN; parts are column, field, old, new, "
                   "changed, created, updated, deleted, inserted, operation and id",
               ""};
}

}  // namespace sluice::config
