#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/settings.h"
#include "adapters/postgres/table_filter.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// Tables that live elsewhere.
using TableList = std::vector<const CatalogueTable*>;

/// The publication as the server describes it.
struct PublicationState {
  std::string name;
  bool all_tables = false;
  bool via_root = false;
  bool inserts = false;
  bool updates = false;
  bool deletes = false;
  bool truncates = false;
};

/// The tables whose changes are told under a name that the filter takes: with `via_root` topmost
/// tables, else tables that hold rows.
[[nodiscard]] TableList CapturedTables(std::span<const CatalogueTable> tables,
                                       const TableFilter& filter, bool via_root);

/// Those of them that have such a name, or whose topmost table has.
[[nodiscard]] TableList CapturedTables(std::span<const CatalogueTable> tables,
                                       const TableFilter& filter, bool via_root,
                                       const NameList& names);

/// None: there is no such publication.
Result<std::optional<PublicationState>> DescribePublication(Connection& connection,
                                                            const std::string& name);

/// Those of `tables` that have one of these numbers, in their order. Pure.
[[nodiscard]] TableList Those(std::span<const CatalogueTable* const> tables,
                              const std::set<uint32_t>& numbers);

/// Those of `tables` that the publication does not tell about.
Result<TableList> Uncovered(Connection& connection, const std::string& publication,
                            std::span<const CatalogueTable* const> tables);

/// The statements that make the publication as its mode asks. Pure. `missing` are those of
/// Uncovered(). Nothing is ever dropped, and no table is ever taken away.
[[nodiscard]] std::vector<std::string> PublicationStatements(
    const PublicationSettings& settings, const std::optional<PublicationState>& state,
    std::span<const CatalogueTable* const> tables, std::span<const CatalogueTable* const> missing);

/// Describes, and creates or adds what the mode asks for. Idempotent.
[[nodiscard]] Status EnsurePublication(Connection& connection, const PublicationSettings& settings,
                                       std::span<const CatalogueTable* const> tables);

/// What is wrong with the publication for these settings, each with its cure as SQL; empty:
/// nothing.
[[nodiscard]] std::vector<Error> PublicationProblems(
    const PublicationSettings& settings, const std::optional<PublicationState>& state,
    std::span<const CatalogueTable* const> missing);

}  // namespace sluice::postgres
