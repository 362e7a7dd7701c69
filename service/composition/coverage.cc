#include "service/composition/coverage.h"

#include <utility>

#include "adapters/postgres/untold_changes.h"

namespace sluice::service {

GoneTables FindGoneTables(const std::vector<postgres::CatalogueTable>& all,
                          const postgres::KnownTables& captured) {
  GoneTables gone;
  postgres::TableList there;
  postgres::KnownTables left = captured;
  for (const postgres::CatalogueTable& table : all) {
    there.push_back(&table);
    // Whoever has the name now is judged by its number, or not wanted any more.
    left.erase(postgres::FullName(table));
  }
  gone.findings = postgres::TakeGone(there, left);
  gone.tables = std::move(left);
  return gone;
}

postgres::KnownTables OnlyOf(const postgres::TableList& tables,
                             const postgres::KnownTables& captured) {
  postgres::KnownTables known;
  for (const postgres::CatalogueTable* table : tables) {
    const auto it = captured.find(postgres::FullName(*table));
    if (it != captured.end()) known.insert(*it);
  }
  return known;
}

Failure FindLostTables(const postgres::PublicationSettings& publication,
                       const postgres::TableList& tables, const postgres::TableList& unlogged,
                       const postgres::Coverage& coverage, const postgres::KnownTables& captured) {
  if (!captured.empty()) {
    Failure unfit = postgres::UnfitPublication(publication, coverage);
    if (unfit.verdict.disposition != Disposition::kDone) return unfit;
  }
  const postgres::TableList lost = postgres::TablesAway(tables, coverage, captured);
  Failure failure = postgres::LostTables(publication, coverage, captured, lost);
  if (failure.verdict.disposition != Disposition::kDone) return failure;
  failure = postgres::UnloggedTables(unlogged, captured);
  if (failure.verdict.disposition != Disposition::kDone) return failure;
  postgres::TableList replaced;
  // A published one goes on, with a warning.
  for (const postgres::CatalogueTable* table : postgres::Those(tables, coverage.uncovered)) {
    if (postgres::IsAnother(*table, captured)) replaced.push_back(table);
  }
  return postgres::ReplacedTables(publication, replaced);
}

}  // namespace sluice::service
