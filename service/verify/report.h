#pragma once

#include <string>
#include <vector>

#include "service/verify/table_result.h"

namespace sluice::verify {

/// A table that was to be compared.
struct TableReport {
  std::string table;  ///< schema.name
  std::string index;
  TableResult result;
  std::string error;    ///< Why it was not compared to the end; empty: it was.
  std::string skipped;  ///< Why it was left out; empty: it was not.
  int64_t took_us = 0;
};

struct ReportStyle {
  size_t listed = 100;  ///< Most differences of a table that are listed; more are counted.
  bool values = false;  ///< Tell values too, which may be nobody's business.
};

/// Whether it is known that all of the table is as it should be.
[[nodiscard]] bool IsEqual(const TableReport& report);

[[nodiscard]] std::string RenderText(const TableReport& report, const ReportStyle& style);
/// One JSON object, with the schema `sluice.verify/1`.
[[nodiscard]] std::string RenderJson(const std::vector<TableReport>& reports,
                                     const ReportStyle& style);

}  // namespace sluice::verify
