#include "service/composition/capture_checks.h"

namespace sluice::service {

Failure ClaimStreams(const postgres::TableList& tables, const StreamNames& names,
                     StreamOwners& owners) {
  for (const postgres::CatalogueTable* table : tables) {
    Table named;
    named.schema = table->schema;
    named.name = table->name;
    Failure clash = owners.Claim({table->id, table->schema, table->name}, names.Of(named));
    if (clash.verdict.disposition != Disposition::kDone) return clash;
  }
  return {};
}

}  // namespace sluice::service
