#include "service/composition/coverage.h"

#include "adapters/postgres/source_watch.h"

namespace sluice::service {
namespace {

using Weight = postgres::Finding::Weight;

std::string FullName(const postgres::CatalogueTable& table) {
  return table.schema + "." + table.name;
}

/// One that was dropped and made again is another table.
bool WasCaptured(const postgres::CatalogueTable& table, const CapturedNames& captured) {
  const auto known = captured.find(FullName(table));
  return known != captured.end() && known->second == table.id;
}

}  // namespace

CapturedNames NamesOf(const postgres::TableList& tables) {
  CapturedNames names;
  for (const postgres::CatalogueTable* table : tables) names[FullName(*table)] = table->id;
  return names;
}

Result<Failure> FindLostTables(postgres::Connection& connection,
                               const postgres::PublicationSettings& publication,
                               const postgres::TableList& tables, const CapturedNames& captured) {
  const auto state = postgres::DescribePublication(connection, publication.name);
  if (!state) return state.error();
  const auto missing = postgres::Uncovered(connection, publication.name, tables);
  if (!missing) return missing.error();
  postgres::TableList lost;
  for (const postgres::CatalogueTable* table : *missing) {
    if (WasCaptured(*table, captured)) lost.push_back(table);
  }
  return postgres::LostTables(publication, state->has_value(), lost);
}

std::vector<postgres::Finding> NewTables(const postgres::TableList& tables,
                                         const CapturedNames& captured) {
  std::vector<postgres::Finding> findings;
  for (const postgres::CatalogueTable* table : tables) {
    if (captured.empty() || WasCaptured(*table, captured)) continue;
    findings.push_back({Weight::kWarns, FailureReason::kNone,
                        "the table " + FullName(*table) +
                            " is captured from now on, without the rows that it holds already",
                        "read them by a snapshot of it, if there are any"});
  }
  return findings;
}

}  // namespace sluice::service
