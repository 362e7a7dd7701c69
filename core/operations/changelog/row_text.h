#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/changelog_row.h"

namespace sluice {

/// Appends a row as one JSON object without newline bytes: `{"name":value,…}`.
void AppendRowJson(const std::vector<RowColumn>& columns, const ChangelogRow& row,
                   std::string& out);

/// Appends a row as one line of CSV (RFC 4180, but ended by a line feed alone), as PostgreSQL's
/// COPY reads it: null is nothing, a text without characters is `""`; quotes only where they are
/// needed.
void AppendRowCsv(const ChangelogRow& row, std::string& out);
/// The line that names the columns.
void AppendCsvHeader(const std::vector<RowColumn>& columns, std::string& out);

}  // namespace sluice
