#include "adapters/postgres/chunk_sql.h"

#include <algorithm>
#include <charconv>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

/// Rows of tables that inherit from it come in the stream under names of their own.
std::string From(const ChunkSource& source) {
  return std::string(" FROM ") + (source.table.partitioned ? "" : "ONLY ") +
         QuoteName(source.table.schema, source.table.name);
}

std::optional<uint64_t> TakeNumber(std::string_view& text) {
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(stop - text.data()));
  return number;
}

bool TakeMark(std::string_view& text, char mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(1);
  return true;
}

/// Old rows hold the columns of the replica identity: under an index that is not the primary key,
/// deletes could not be told from it.
bool ReadsByIdentity(const CatalogueTable& table) {
  return IdentityOf(table.identity) == ReplicaIdentity::kIndex;
}

}  // namespace

bool ReadsWhileStreaming(int server_version) {
  constexpr int kMessagesVersion = 140'000;
  return server_version >= kMessagesVersion;
}

std::vector<std::string> PagingKey(const CatalogueTable& table) {
  const auto& numbers = ReadsByIdentity(table) ? table.identity_index : table.primary_key;
  std::vector<std::string> names;
  for (const int32_t number : numbers) {
    const auto column =
        std::find_if(table.columns.begin(), table.columns.end(),
                     [&](const CatalogueColumn& known) { return known.number == number; });
    if (column == table.columns.end()) return {};
    names.push_back(column->name);
  }
  return names;
}

uint32_t PagingIndex(const CatalogueTable& table) {
  return ReadsByIdentity(table) ? table.identity_index_id : table.primary_key_id;
}

std::string ConditionStatement(const ChunkSource& source) {
  return "SELECT" + From(source) + " WHERE " + source.condition + "\nLIMIT 0";
}

std::string EndKeyStatement(const ChunkSource& source) {
  std::string sql = "SELECT " + QuoteNames(NamesOf(source.key)) + From(source);
  if (!source.condition.empty()) sql += " WHERE (" + source.condition + "\n)";
  return sql + " ORDER BY " + SortedBy(source.key, Direction::kBackwards) + " LIMIT 1";
}

std::string ChunkStatement(const ChunkSource& source, const Table& shape,
                           const std::vector<std::string>& after,
                           const std::vector<std::string>& end_key, size_t rows) {
  std::vector<std::string> columns;
  columns.reserve(shape.columns.size());
  for (const Column& column : shape.columns) columns.push_back(column.name);
  std::string sql =
      "COPY (SELECT " + QuoteNames(columns) + From(source) + " WHERE " + UpTo(source.key, end_key);
  if (!after.empty()) sql += " AND " + Behind(source.key, after);
  if (!source.condition.empty()) sql += " AND (" + source.condition + "\n)";
  return sql + " ORDER BY " + SortedBy(source.key, Direction::kForwards) + " LIMIT " +
         std::to_string(rows) + ") TO STDOUT";
}

std::optional<VisibleTransactions> ParseVisible(std::string_view text) {
  VisibleTransactions visible;
  if (!TakeNumber(text) || !TakeMark(text, ':')) return std::nullopt;
  const auto end = TakeNumber(text);
  if (!end || !TakeMark(text, ':')) return std::nullopt;
  visible.end = *end;
  while (!text.empty()) {
    const auto running = TakeNumber(text);
    if (!running) return std::nullopt;
    visible.running.push_back(*running);
    if (!TakeMark(text, ',') && !text.empty()) return std::nullopt;
  }
  std::sort(visible.running.begin(), visible.running.end());
  return visible;
}

}  // namespace sluice::postgres
