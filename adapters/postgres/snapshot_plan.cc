#include "adapters/postgres/snapshot_plan.h"

#include <algorithm>

#include "adapters/postgres/key_order.h"
#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

constexpr int kPageRangeVersion = 140'000;

void PlanLeaf(size_t index, const CatalogueTable& leaf, uint32_t step,
              std::vector<SnapshotChunk>& chunks) {
  const auto pages = static_cast<uint32_t>(std::max<int64_t>(leaf.pages, 0));
  const int64_t rows = std::max<int64_t>(leaf.rows, 0);
  uint32_t begin = 0;
  do {
    const uint32_t left = pages - std::min(begin, pages);
    const bool last = step == 0 || left <= step;
    SnapshotChunk& chunk = chunks.emplace_back();
    chunk.table = index;
    chunk.leaf = leaf.id;
    chunk.schema = leaf.schema;
    chunk.name = leaf.name;
    chunk.begin = begin;
    chunk.end = last ? 0 : begin + step;
    chunk.rows = last && begin == 0 ? rows : rows * std::min(left, step) / std::max(pages, 1U);
    if (last) return;
    begin += step;
  } while (true);
}

std::string PageBound(std::string_view comparison, uint32_t page) {
  return "ctid OPERATOR(pg_catalog." + std::string(comparison) + ") '(" + std::to_string(page) +
         ",0)'::pg_catalog.tid";
}

}  // namespace

std::vector<SnapshotChunk> PlanSnapshot(std::span<const SnapshotTable> tables,
                                        const SnapshotSettings& settings, int server_version) {
  constexpr size_t kStepMax = size_t{1} << 24;
  const uint32_t step = server_version < kPageRangeVersion
                            ? 0
                            : static_cast<uint32_t>(std::min(settings.chunk_pages, kStepMax));
  std::vector<SnapshotChunk> chunks;
  for (size_t i = 0; i < tables.size(); ++i) {
    for (const CatalogueTable* leaf : tables[i].leaves) PlanLeaf(i, *leaf, step, chunks);
  }
  return chunks;
}

std::string EnterStatement(const std::string& snapshot) {
  std::string sql = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
  if (!snapshot.empty()) sql += "; SET TRANSACTION SNAPSHOT " + QuoteText(snapshot);
  return sql;
}

const char* PathStatement(const Table& table, const SnapshotSettings& settings) {
  // Without a condition as the stream is read, also after a table with one: values that are names
  // (regclass) are told as the path lets them be found.
  const bool all = !settings.conditions.contains(table.schema + "." + table.name);
  return all ? kOwnSearchPath : kUsersSearchPath;
}

std::string CopyStatement(const SnapshotChunk& chunk, const Table& table,
                          const SnapshotSettings& settings) {
  const auto wanted = settings.conditions.find(table.schema + "." + table.name);
  const bool all = wanted == settings.conditions.end();
  std::string sql = "COPY (SELECT ";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += QuoteName(table.columns[i].name);
  }
  sql += " FROM ONLY " + QuoteName(chunk.schema, chunk.name);
  std::string where;
  const auto add = [&where](const std::string& condition) {
    where += (where.empty() ? " WHERE " : " AND ") + condition;
  };
  if (chunk.begin > 0) add(PageBound(">=", chunk.begin));
  if (chunk.end > 0) add(PageBound("<", chunk.end));
  if (!all) add("(" + wanted->second + ")");
  return sql + where + ") TO STDOUT";
}

// The row of pg_class is the snapshot's; both functions answer with what is there now.
std::string SameStatement(const SnapshotChunk& chunk) {
  return "SELECT c.relfilenode = pg_catalog.pg_relation_filenode(c.oid) AND "
         "pg_catalog.to_regclass(" +
         QuoteText(QuoteName(chunk.schema, chunk.name)) +
         ")::pg_catalog.oid = c.oid FROM pg_catalog.pg_class c WHERE c.oid = " +
         std::to_string(chunk.leaf);
}

}  // namespace sluice::postgres
