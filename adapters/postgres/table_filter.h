#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/pattern/pattern.h"
#include "adapters/postgres/settings.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// A list of regular expressions, any of which may match the whole of a name, letters of either
/// case being equal. Matches() throws pattern::MatchFailure where there is no answer.
class NameList {
 public:
  /// `setting` is named in the error.
  static Result<NameList> Parse(std::string_view text, std::string_view setting);

  [[nodiscard]] bool empty() const { return patterns_.empty(); }
  [[nodiscard]] bool Matches(std::string_view name) const;

 private:
  std::vector<pattern::Pattern> patterns_;
};

/// Which tables and columns are read, and which columns are the key where it was said so.
///
/// Threads:   any; nothing changes after Make().
/// Ownership: owns everything.
/// Time:      never blocks; to be asked once a table, not once a row.
/// Errors:    Make() refuses a list that is no list of regular expressions. All questions throw
///            pattern::MatchFailure where an expression has no answer.
class TableFilter {
 public:
  static Result<TableFilter> Make(const FilterSettings& settings);

  /// The database's own schemas are never taken.
  [[nodiscard]] bool TakesTable(std::string_view schema, std::string_view table) const;
  [[nodiscard]] bool TakesColumn(std::string_view schema, std::string_view table,
                                 std::string_view column) const;
  /// The key that was asked for; none: the table's own.
  [[nodiscard]] std::optional<std::vector<std::string>> KeyOf(std::string_view schema,
                                                              std::string_view table) const;

 private:
  struct MessageKey {
    NameList tables;
    std::vector<std::string> columns;
  };
  struct Lists {
    NameList include;
    NameList exclude;

    [[nodiscard]] bool Take(std::string_view name) const;
  };

  static Result<Lists> MakeLists(std::string_view include, std::string_view exclude,
                                 const std::string& setting);
  static Result<std::vector<MessageKey>> MakeKeys(std::string_view text);

  Lists schemas_;
  Lists tables_;
  Lists columns_;
  std::string signal_table_;
  std::vector<MessageKey> keys_;
};

}  // namespace sluice::postgres
