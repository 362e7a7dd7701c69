#include "adapters/postgres/publication_rights.h"

#include <utility>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

constexpr size_t kTablesNamedMax = 5;

/// As the server asks: CREATE PUBLICATION wants CREATE on the database, and a table is added by
/// who has the privileges of its owner. FOR ALL TABLES is a superuser's.
constexpr std::string_view kRights = R"(
SELECT current_user, pg_catalog.current_database(),
       r.rolsuper OR EXISTS (SELECT FROM pg_catalog.pg_roles m WHERE m.rolname IN
         ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin')
         AND pg_catalog.pg_has_role(current_user, m.oid, 'member')),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       EXISTS (SELECT FROM pg_catalog.pg_publication p WHERE p.pubname = $1
         AND pg_catalog.pg_has_role(current_user, p.pubowner, 'USAGE'))
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)";

constexpr std::string_view kForeign = R"(
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[])
  AND NOT pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE') ORDER BY 1)";

std::string NamedTables(const std::vector<std::string>& tables) {
  std::string list;
  for (size_t i = 0; i < tables.size() && i < kTablesNamedMax; ++i) {
    list += (i == 0 ? "" : ", ") + tables[i];
  }
  if (tables.size() > kTablesNamedMax) {
    list += " and " + std::to_string(tables.size() - kTablesNamedMax) + " more";
  }
  return list;
}

}  // namespace

Result<PublicationRights> ReadPublicationRights(Connection& connection,
                                                const std::string& publication,
                                                std::span<const CatalogueTable* const> added) {
  const std::string doing = "looking who may change the publication " + publication;
  const auto rows = connection.Query(std::string(kRights), doing, {&publication, 1});
  if (!rows) return rows.error();
  if (rows->empty()) return Error{doing + ": the user is no role", ""};
  PublicationRights rights;
  rights.user = rows->String(0, 0);
  rights.database = rows->String(0, 1);
  rights.superuser = rows->Flag(0, 2);
  rights.may_create = rows->Flag(0, 3);
  rights.owns_publication = rows->Flag(0, 4);
  std::vector<uint32_t> ids;
  for (const CatalogueTable* table : added) ids.push_back(table->id);
  const std::string numbers = NumberArray(ids);
  const auto foreign = connection.Query(std::string(kForeign), doing, {&numbers, 1});
  if (!foreign) return foreign.error();
  for (int row = 0; row < foreign->size(); ++row) rights.foreign.push_back(foreign->String(row, 0));
  return rights;
}

std::optional<Finding> JudgePublicationRights(const PublicationRights& rights,
                                              const PublicationSettings& settings, bool exists,
                                              std::span<const std::string> statements) {
  const bool all_tables = settings.mode == PublicationMode::kAllTables;
  std::vector<std::string> lacks;
  if (all_tables && !rights.superuser)
    lacks.emplace_back("is no superuser, as FOR ALL TABLES wants");
  if (!exists && !rights.may_create) {
    lacks.push_back("has no CREATE on the database " + rights.database);
  }
  if (exists && !rights.owns_publication) lacks.emplace_back("does not own it");
  if (!all_tables && !rights.foreign.empty()) {
    lacks.push_back("does not own " + NamedTables(rights.foreign));
  }
  if (statements.empty() || lacks.empty()) return std::nullopt;
  std::string cure = "as a superuser: ";
  for (const std::string& sql : statements) cure += sql + ";";
  if (all_tables) {
    cure += " or set publication.autocreate.mode=filtered, for which the tables' owner is enough";
  } else if (lacks.size() == 1 && !exists && !rights.may_create) {
    cure += " or GRANT CREATE ON DATABASE " + QuoteName(rights.database) + " TO " +
            QuoteName(rights.user);
  }
  return Finding{Finding::Weight::kBlocks, FailureReason::kUnauthorized,
                 "the user " + rights.user + " may not " + (exists ? "change" : "create") +
                     " the publication " + settings.name + ": it " + Joined(lacks, ", and "),
                 std::move(cure)};
}

Result<std::optional<Finding>> CheckPublicationRights(
    Connection& connection, const PublicationSettings& settings,
    const std::optional<PublicationState>& state, std::span<const CatalogueTable* const> tables,
    std::span<const CatalogueTable* const> missing) {
  const auto statements = PublicationStatements(settings, state, tables, missing);
  if (statements.empty()) return std::optional<Finding>();
  const bool names_tables = settings.mode == PublicationMode::kFiltered;
  const auto added = !names_tables ? std::span<const CatalogueTable* const>()
                     : state       ? missing
                                   : tables;
  const auto rights = ReadPublicationRights(connection, settings.name, added);
  if (!rights) return rights.error();
  return JudgePublicationRights(*rights, settings, state.has_value(), statements);
}

}  // namespace sluice::postgres
