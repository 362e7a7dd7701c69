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

GoneTables FindGoneTables(const std::vector<postgres::CatalogueTable>& all,
                          const CapturedNames& captured) {
  GoneTables gone;
  postgres::TableList there;
  CapturedNames left = captured;
  for (const postgres::CatalogueTable& table : all) {
    there.push_back(&table);
    // Whoever has the name now is judged by its number, or not wanted any more.
    left.erase(FullName(table));
  }
  gone.findings = postgres::TakeGone(there, left);
  gone.names = std::move(left);
  return gone;
}

Result<Failure> FindLostTables(postgres::Connection& connection,
                               const postgres::PublicationSettings& publication,
                               const postgres::TableList& tables, const CapturedNames& captured) {
  const auto state = postgres::DescribePublication(connection, publication.name);
  if (!state) return state.error();
  const auto missing = postgres::Uncovered(connection, publication.name, tables);
  if (!missing) return missing.error();
  postgres::TableList lost;
  postgres::TableList replaced;
  for (const postgres::CatalogueTable* table : *missing) {
    if (WasCaptured(*table, captured)) lost.push_back(table);
    if (postgres::IsAnother(*table, captured)) replaced.push_back(table);
  }
  Failure failure = postgres::LostTables(publication, state->has_value(), lost);
  if (failure.verdict.disposition != Disposition::kDone) return failure;
  return postgres::ReplacedTables(publication, replaced);
}

std::vector<postgres::Finding> NewTables(const postgres::TableList& tables,
                                         const CapturedNames& captured) {
  std::vector<postgres::Finding> findings;
  for (const postgres::CatalogueTable* table : tables) {
    if (captured.empty() || WasCaptured(*table, captured)) continue;
    if (postgres::IsAnother(*table, captured)) {
      findings.push_back(
          {Weight::kWarns, FailureReason::kNone,
           "the table " + FullName(*table) +
               " is another one than before and captured from now on: documents of the former "
               "one's rows stay, and rows that it got before the publication had it are missing",
           "run `sluice verify --repair` once"});
      continue;
    }
    findings.push_back({Weight::kWarns, FailureReason::kNone,
                        "the table " + FullName(*table) +
                            " is captured from now on, without the rows that it holds already",
                        "read them by a snapshot of it, if there are any"});
  }
  return findings;
}

}  // namespace sluice::service
