#include "core/operations/changelog/row_text.h"

#include "core/operations/json_string.h"

namespace sluice {
namespace {

/// What a reader of CSV could take for something else.
bool NeedsQuotes(std::string_view text) {
  return text.empty() || text.find_first_of(",\"\r\n") != std::string_view::npos ||
         text.front() == ' ' || text.back() == ' ' || text == "\\.";
}

void AppendCsvText(std::string_view text, std::string& out) {
  if (!NeedsQuotes(text)) {
    out.append(text);
    return;
  }
  out.push_back('"');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void AppendRowJson(const std::vector<RowColumn>& columns, const ChangelogRow& row,
                   std::string& out) {
  out.push_back('{');
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendJsonString(columns[i].name, out);
    out.push_back(':');
    const RowValue& value = row.values[i];
    switch (value.kind) {
      case RowValue::Kind::kNull: out.append("null"); break;
      case RowValue::Kind::kText: AppendJsonString(value.text, out); break;
      case RowValue::Kind::kVerbatim: out.append(value.text); break;
    }
  }
  out.push_back('}');
}

void AppendRowCsv(const ChangelogRow& row, std::string& out) {
  for (size_t i = 0; i < row.values.size(); ++i) {
    if (i > 0) out.push_back(',');
    const RowValue& value = row.values[i];
    if (value.kind != RowValue::Kind::kNull) AppendCsvText(value.text, out);
  }
  out.push_back('\n');
}

void AppendCsvHeader(const std::vector<RowColumn>& columns, std::string& out) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendCsvText(columns[i].name, out);
  }
  out.push_back('\n');
}

}  // namespace sluice
