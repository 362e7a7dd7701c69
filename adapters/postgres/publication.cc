#include "adapters/postgres/publication.h"

#include <map>
#include <set>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

constexpr int kSchemasVersion = 150'000;

/// What the publication names. The view pg_publication_tables is not asked: from PostgreSQL 16 on
/// it waits for whoever has locked one of the tables.
constexpr std::string_view kListed = R"(
WITH publication AS (
  SELECT oid, puballtables, pubviaroot FROM pg_catalog.pg_publication WHERE pubname = $1),
listed AS (
  SELECT r.prrelid AS id FROM pg_catalog.pg_publication_rel r
  JOIN publication p ON r.prpubid = p.oid)";
constexpr std::string_view kOfSchemas = R"(
  UNION SELECT c.oid FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_publication_namespace s ON s.pnnspid = c.relnamespace
  JOIN publication p ON s.pnpubid = p.oid WHERE c.relkind IN ('r', 'p'))";
/// A partition is covered by a publication of any table above it, and a partitioned table by one of
/// all its leaves; but not where changes are to be told as its own: those of leaves that are
/// published without it are told as the leaves'.
constexpr std::string_view kUncovered = R"()
SELECT c.oid FROM pg_catalog.pg_class c
WHERE c.oid = ANY ($2::oid[]) AND NOT EXISTS (SELECT FROM publication WHERE puballtables)
  AND c.oid NOT IN (SELECT id FROM listed)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(c.oid) a
                  JOIN listed ON listed.id = a.relid)
  AND (c.relkind <> 'p' OR (SELECT pubviaroot FROM publication) OR EXISTS (
    SELECT FROM pg_catalog.pg_class l
    WHERE l.relispartition AND l.relkind <> 'p'
      AND EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(l.oid) a WHERE a.relid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(l.oid) a
                      JOIN listed ON listed.id = a.relid))))";

std::string FullName(const CatalogueTable& table) {
  return table.schema + "." + table.name;
}

std::string NamesOf(std::span<const CatalogueTable* const> tables) {
  std::string list;
  for (const CatalogueTable* table : tables) {
    list += list.empty() ? "" : ", ";
    list += QuoteName(table->schema, table->name);
  }
  return list;
}

std::string CreateStatement(const PublicationSettings& settings, const std::string& target) {
  return "CREATE PUBLICATION " + QuoteName(settings.name) + target +
         " WITH (publish = " + QuoteText(settings.operations) +
         ", publish_via_partition_root = " + (settings.via_partition_root ? "true" : "false") + ")";
}

/// A partition's name is its own; the name of what it is told as is its topmost table's.
const CatalogueTable& ToldAs(const CatalogueTable& table,
                             const std::map<uint32_t, const CatalogueTable*>& by_id,
                             bool via_root) {
  const auto root = by_id.find(table.root);
  return via_root && root != by_id.end() ? *root->second : table;
}

}  // namespace

TableList CapturedTables(std::span<const CatalogueTable> tables, const TableFilter& filter,
                         bool via_root) {
  std::map<uint32_t, const CatalogueTable*> by_id;
  for (const CatalogueTable& table : tables) by_id[table.id] = &table;
  TableList captured;
  for (const CatalogueTable& table : tables) {
    const CatalogueTable& told = ToldAs(table, by_id, via_root);
    const bool its_own = via_root ? &told == &table : !table.partitioned;
    if (its_own && filter.TakesTable(told.schema, told.name)) captured.push_back(&table);
  }
  return captured;
}

TableList CapturedTables(std::span<const CatalogueTable> tables, const TableFilter& filter,
                         bool via_root, const NameList& names) {
  std::map<uint32_t, const CatalogueTable*> by_id;
  for (const CatalogueTable& table : tables) by_id[table.id] = &table;
  TableList captured = CapturedTables(tables, filter, via_root);
  std::erase_if(captured, [&](const CatalogueTable* table) {
    const CatalogueTable& root = ToldAs(*table, by_id, true);
    return !names.Matches(FullName(*table)) && !names.Matches(FullName(root));
  });
  return captured;
}

Result<std::optional<PublicationState>> DescribePublication(Connection& connection,
                                                            const std::string& name) {
  auto rows = connection.Query(
      "SELECT puballtables, pubviaroot, pubinsert, pubupdate, pubdelete, pubtruncate "
      "FROM pg_catalog.pg_publication WHERE pubname = $1",
      "looking for the publication " + name, {&name, 1});
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<PublicationState>();
  return std::optional<PublicationState>({name, rows->Flag(0, 0), rows->Flag(0, 1),
                                          rows->Flag(0, 2), rows->Flag(0, 3), rows->Flag(0, 4),
                                          rows->Flag(0, 5)});
}

TableList Those(std::span<const CatalogueTable* const> tables, const std::set<uint32_t>& numbers) {
  TableList those;
  for (const CatalogueTable* table : tables) {
    if (numbers.contains(table->id)) those.push_back(table);
  }
  return those;
}

Result<TableList> Uncovered(Connection& connection, const std::string& publication,
                            std::span<const CatalogueTable* const> tables) {
  std::vector<uint32_t> ids;
  for (const CatalogueTable* table : tables) ids.push_back(table->id);
  const std::string parameters[] = {publication, NumberArray(ids)};
  auto rows = connection.Query(
      std::string(kListed) +
          std::string(connection.server_version() < kSchemasVersion ? "" : kOfSchemas) +
          std::string(kUncovered),
      "reading what the publication " + publication + " covers", parameters);
  if (!rows) return rows.error();
  std::set<uint32_t> uncovered;
  for (int row = 0; row < rows->size(); ++row) {
    uncovered.insert(static_cast<uint32_t>(rows->Number(row, 0)));
  }
  return Those(tables, uncovered);
}

std::vector<std::string> PublicationStatements(const PublicationSettings& settings,
                                               const std::optional<PublicationState>& state,
                                               std::span<const CatalogueTable* const> tables,
                                               std::span<const CatalogueTable* const> missing) {
  const std::span<const CatalogueTable* const> added = state ? missing : tables;
  switch (settings.mode) {
    case PublicationMode::kDisabled: return {};
    case PublicationMode::kAllTables:
      if (state) return {};
      return {CreateStatement(settings, " FOR ALL TABLES")};
    case PublicationMode::kNoTables:
      if (state) return {};
      return {CreateStatement(settings, "")};
    case PublicationMode::kFiltered: break;
  }
  if (state && (added.empty() || state->all_tables)) return {};
  if (state) {
    return {"ALTER PUBLICATION " + QuoteName(settings.name) + " ADD TABLE " + NamesOf(added)};
  }
  return {CreateStatement(settings, added.empty() ? "" : " FOR TABLE " + NamesOf(added))};
}

Status EnsurePublication(Connection& connection, const PublicationSettings& settings,
                         std::span<const CatalogueTable* const> tables) {
  auto state = DescribePublication(connection, settings.name);
  if (!state) return state.error();
  TableList missing;
  if (state->has_value()) {
    auto uncovered = Uncovered(connection, settings.name, tables);
    if (!uncovered) return uncovered.error();
    missing = std::move(*uncovered);
  }
  for (const std::string& sql : PublicationStatements(settings, *state, tables, missing)) {
    Status status =
        connection.Run(sql, "making the publication " + settings.name, ErrorPlace::kPublish);
    if (!status) return status;
  }
  return {};
}

std::vector<Error> PublicationProblems(const PublicationSettings& settings,
                                       const std::optional<PublicationState>& state,
                                       std::span<const CatalogueTable* const> missing) {
  const std::string name = QuoteName(settings.name);
  if (!state) {
    return {{"the publication " + settings.name + " is not there",
             "CREATE PUBLICATION " + name +
                 " FOR ALL TABLES, or set "
                 "publication.autocreate.mode=filtered"}};
  }
  std::vector<Error> problems;
  for (const CatalogueTable* table : missing) {
    problems.push_back(
        {"the publication " + settings.name + " does not cover the table " + FullName(*table) +
             ": its changes are not sent",
         "ALTER PUBLICATION " + name + " ADD TABLE " + QuoteName(table->schema, table->name)});
  }
  if (state->via_root != settings.via_partition_root) {
    problems.push_back({"the publication " + settings.name +
                            " tells changes of partitions as those of the " +
                            (state->via_root ? "topmost table" : "partition") +
                            ", against publish.via.partition.root",
                        "ALTER PUBLICATION " + name + " SET (publish_via_partition_root = " +
                            (settings.via_partition_root ? "true" : "false") + ")"});
  }
  std::string lacking;
  const auto need = [&](bool there, const std::string& operation) {
    if (there || settings.operations.find(operation) == std::string::npos) return;
    lacking += (lacking.empty() ? "" : ", ") + operation;
  };
  need(state->inserts, "insert");
  need(state->updates, "update");
  need(state->deletes, "delete");
  need(state->truncates, "truncate");
  if (!lacking.empty()) {
    problems.push_back(
        {"the publication " + settings.name + " does not publish: " + lacking,
         "ALTER PUBLICATION " + name + " SET (publish = " + QuoteText(settings.operations) + ")"});
  }
  return problems;
}

}  // namespace sluice::postgres
