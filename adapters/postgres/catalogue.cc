#include "adapters/postgres/catalogue.h"

#include <algorithm>
#include <charconv>

#include "adapters/postgres/sql_text.h"

namespace sluice::postgres {
namespace {

constexpr std::string_view kDoing = "reading the catalogue";

/// One row a table. An index's key is told as "2 1", its first `indnkeyatts` count. Deferrable
/// primary keys are not `indimmediate`. The last index is one that could be the replica identity,
/// of tables without a primary key.
constexpr std::string_view kTables = R"(
SELECT c.oid, n.nspname, c.relname, c.relkind = 'p', c.relispartition, c.relreplident,
       c.relpages, c.reltuples::int8, p.indkey::text, p.indnkeyatts, NOT p.indimmediate,
       r.indkey::text, r.indnkeyatts,
       CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid)::oid ELSE c.oid END,
       c.reltoastrelid <> 0, u.indkey::text, u.indnkeyatts,
       p.indexrelid, r.indexrelid, u.indexrelid, c.relfilenode, a.by, a.made
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT pg_catalog.string_agg(i.xmin::text, ' ' ORDER BY i.inhrelid) AS by,
         pg_catalog.bool_and(i.xmin::text = y.xmin::text) AS made
  FROM pg_catalog.pg_partition_ancestors(c.oid) p
  JOIN pg_catalog.pg_inherits i ON i.inhrelid = p.relid
  JOIN pg_catalog.pg_class x ON x.oid = p.relid
  JOIN pg_catalog.pg_type y ON y.oid = x.reltype) a ON c.relispartition
LEFT JOIN pg_catalog.pg_index p ON p.indrelid = c.oid AND p.indisprimary
LEFT JOIN pg_catalog.pg_index r ON r.indrelid = c.oid AND r.indisreplident
LEFT JOIN LATERAL (
  SELECT i.indkey, i.indnkeyatts, i.indexrelid
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
    AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
        AND NOT a.attnotnull)
  ORDER BY x.relname LIMIT 1) u ON p.indrelid IS NULL
WHERE c.relkind IN ('r', 'p') AND )";

constexpr std::string_view kOfUsers =
    "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
    "AND n.nspname !~ '^pg_(toast_)?temp_'";

constexpr std::string_view kColumns = R"(
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated <> ''
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum)";

/// Defaults name no columns, so that they can be shown without their table, which would wait for
/// whoever has locked it; and those that hold a row, whose type is locked like a table, are left
/// out. Of computed columns the expression is none of a default.
constexpr std::string_view kDefaults = R"(
SELECT a.attnum, pg_catalog.pg_get_expr(d.adbin, 0)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::oid AND a.attgenerated = '' AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend u JOIN pg_catalog.pg_type t ON t.oid = u.refobjid
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
  WHERE u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND u.objid = d.oid
    AND u.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
    AND 'c' IN (t.typtype, e.typtype)))";

/// Types with all that they are made of. Subscripts of fixed types (point, name) and the two
/// vectors of the catalogue itself are no arrays.
constexpr std::string_view kTypes = R"(
WITH RECURSIVE wanted (id) AS (
  SELECT pg_catalog.unnest($1::oid[])
  UNION
  SELECT part.id FROM wanted
  JOIN pg_catalog.pg_type t ON t.oid = wanted.id
  CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) AS part (id)
  WHERE part.id <> 0)
SELECT t.oid, n.nspname, t.typname, t.typtype, t.typbasetype, t.typtypmod,
       CASE WHEN t.typlen = -1 AND t.typname NOT IN ('int2vector', 'oidvector')
            THEN t.typelem ELSE 0 END, t.typnotnull
FROM wanted JOIN pg_catalog.pg_type t ON t.oid = wanted.id
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace)";

constexpr std::string_view kLabels = R"(
SELECT enumtypid, enumlabel FROM pg_catalog.pg_enum WHERE enumtypid = ANY ($1::oid[])
ORDER BY enumtypid, enumsortorder)";

/// Enums that columns are of, be it by an array or a domain.
constexpr std::string_view kEnums = R"(
WITH RECURSIVE used (table_id, id) AS (
  SELECT a.attrelid, a.atttypid FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    AND a.atttypid >= 16384
  UNION
  SELECT used.table_id, part.id FROM used
  JOIN pg_catalog.pg_type t ON t.oid = used.id
  CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) AS part (id)
  WHERE part.id >= 16384)
SELECT used.table_id, e.enumtypid, e.enumtypid::pg_catalog.regtype, e.oid, e.enumlabel
FROM used JOIN pg_catalog.pg_enum e ON e.enumtypid = used.id
ORDER BY 1, 2, 4)";

/// Whether a transaction, of which the lower half of the number is known, can be seen; else a
/// pause.
constexpr std::string_view kVisible = R"(
SELECT CASE WHEN pg_catalog.pg_visible_in_snapshot(number::text::xid8, now) THEN true
            ELSE pg_catalog.pg_sleep(0.005) IS NULL END
FROM (SELECT now, whole + CASE WHEN whole > next + 2147483648 THEN -4294967296
                               WHEN whole < next - 2147483648 THEN 4294967296
                               ELSE 0 END AS number
      FROM (SELECT now, next, next - next % 4294967296 + $1::bigint AS whole
            FROM (SELECT now, pg_catalog.pg_snapshot_xmax(now)::text::bigint AS next
                  FROM pg_catalog.pg_current_snapshot() AS now) AS a) AS b) AS c)";
constexpr int kVisibleTries = 200;

/// Numbers below are the database's own and never change (FirstNormalObjectId).
constexpr uint32_t kFirstUserType = 16'384;

uint32_t Id(const Rows& rows, int row, int column) {
  return static_cast<uint32_t>(rows.Number(row, column));
}

char Letter(const Rows& rows, int row, int column) {
  const std::string_view text = rows.Text(row, column);
  return text.empty() ? ' ' : text.front();
}

std::vector<int32_t> KeyNumbers(std::string_view text, int64_t count) {
  std::vector<int32_t> numbers;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end && static_cast<int64_t>(numbers.size()) < count) {
    int32_t number = 0;
    const auto [stop, error] = std::from_chars(at, end, number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    at = stop;
    if (at != end) ++at;
  }
  return numbers;
}

std::map<uint32_t, CatalogueTable*> ById(std::vector<CatalogueTable>& tables) {
  std::map<uint32_t, CatalogueTable*> by_id;
  for (CatalogueTable& table : tables) by_id[table.id] = &table;
  return by_id;
}

/// Gives the files of leaves to their topmost tables.
void GatherFiles(std::vector<CatalogueTable>& tables) {
  const std::map<uint32_t, CatalogueTable*> by_id = ById(tables);
  for (const CatalogueTable& table : tables) {
    const auto root = by_id.find(table.root);
    if (table.partitioned || table.root == table.id || root == by_id.end()) continue;
    root->second->files.insert(table.files.begin(), table.files.end());
  }
}

std::string NumbersOf(const std::map<uint32_t, CatalogueTable*>& by_id) {
  std::vector<uint32_t> ids;
  ids.reserve(by_id.size());
  for (const auto& [id, table] : by_id) ids.push_back(id);
  return NumberArray(ids);
}

}  // namespace

Catalogue::Catalogue(Connection& connection, KnownTypes* shared)
    : connection_(connection), types_(shared != nullptr ? *shared : own_) {
  lookup_ = [this](uint32_t id) {
    const auto it = types_.find(id);
    return it == types_.end() ? nullptr : &it->second;
  };
}

Result<std::vector<CatalogueTable>> Catalogue::ReadTables() {
  return Read(std::string(kOfUsers) + " AND c.relpersistence = 'p'", {});
}

Result<std::vector<CatalogueTable>> Catalogue::ReadUnlogged() {
  return Read(std::string(kOfUsers) + " AND c.relpersistence = 'u'", {});
}

Result<std::vector<CatalogueTable>> Catalogue::ReadTables(std::span<const uint32_t> ids) {
  const std::string numbers = NumberArray(ids);
  return Read("c.oid = ANY ($1::oid[])", {&numbers, 1});
}

Result<std::vector<CatalogueTable>> Catalogue::Read(const std::string& condition,
                                                    std::span<const std::string> parameters) {
  auto rows =
      connection_.Query(std::string(kTables) + condition + " ORDER BY 2, 3", kDoing, parameters);
  if (!rows) return rows.error();
  std::vector<CatalogueTable> tables;
  for (int row = 0; row < rows->size(); ++row) {
    CatalogueTable& table = tables.emplace_back();
    table.id = Id(*rows, row, 0);
    table.schema = rows->String(row, 1);
    table.name = rows->String(row, 2);
    table.partitioned = rows->Flag(row, 3);
    table.partition = rows->Flag(row, 4);
    table.identity = Letter(*rows, row, 5);
    table.pages = rows->Number(row, 6);
    table.rows = rows->Number(row, 7);
    table.primary_key = KeyNumbers(rows->Text(row, 8), rows->Number(row, 9));
    table.primary_key_deferrable = rows->Flag(row, 10);
    table.identity_index = KeyNumbers(rows->Text(row, 11), rows->Number(row, 12));
    table.root = Id(*rows, row, 13);
    table.toastable = rows->Flag(row, 14);
    table.unique_index = KeyNumbers(rows->Text(row, 15), rows->Number(row, 16));
    table.primary_key_id = Id(*rows, row, 17);
    table.identity_index_id = Id(*rows, row, 18);
    table.unique_index_id = Id(*rows, row, 19);
    if (!table.partitioned) {
      table.files[table.id] = {Id(*rows, row, 20), table.schema + "." + table.name,
                               rows->String(row, 21), rows->Flag(row, 22)};
    }
  }
  GatherFiles(tables);
  if (const Status status = ReadColumns(tables); !status) return status.error();
  return tables;
}

Status Catalogue::AwaitVisible(uint32_t transaction) {
  const std::string number = std::to_string(transaction);
  for (int i = 0; i < kVisibleTries; ++i) {
    const auto rows = connection_.Query(std::string(kVisible), kDoing, {&number, 1});
    if (!rows) return rows.error();
    if (!rows->empty() && rows->Flag(0, 0)) return {};
  }
  return connection_.Fail(
      {{Disposition::kHold, FailureReason::kCommitUnseen, WriteResult::kCreated},
       "",
       "transaction " + number +
           " was sent, but others do not see it yet: rows and columns would " +
           "be read as they were before. Its commit waits, as for a standby: look for " +
           "wait_event SyncRep in pg_stat_activity, and at synchronous_standby_names"});
}

Status Catalogue::ReadColumns(std::vector<CatalogueTable>& tables) {
  if (tables.empty()) return {};
  const std::map<uint32_t, CatalogueTable*> by_id = ById(tables);
  const std::string numbers = NumbersOf(by_id);
  auto rows = connection_.Query(std::string(kColumns), kDoing, {&numbers, 1});
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    const auto table = by_id.find(Id(*rows, row, 0));
    if (table == by_id.end()) continue;
    CatalogueColumn& column = table->second->columns.emplace_back();
    column.number = static_cast<int32_t>(rows->Number(row, 1));
    column.name = rows->String(row, 2);
    column.type = Id(*rows, row, 3);
    column.modifier = static_cast<int32_t>(rows->Number(row, 4));
    column.not_null = rows->Flag(row, 5);
    column.generated = rows->Flag(row, 6);
  }
  return {};
}

Status Catalogue::ReadDefaults(CatalogueTable& table) {
  const std::string number = std::to_string(table.id);
  auto rows = connection_.Query(std::string(kDefaults), kDoing, {&number, 1});
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    const int64_t place = rows->Number(row, 0);
    for (CatalogueColumn& column : table.columns) {
      if (column.number == place) column.default_expression = rows->String(row, 1);
    }
  }
  return {};
}

Status Catalogue::ReadEnums(std::vector<CatalogueTable>& tables) {
  const std::map<uint32_t, CatalogueTable*> by_id = ById(tables);
  const std::string numbers = NumbersOf(by_id);
  auto rows = connection_.Query(std::string(kEnums), kDoing, {&numbers, 1});
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    CatalogueEnum& used = by_id.at(Id(*rows, row, 0))->enums[Id(*rows, row, 1)];
    used.name = rows->String(row, 2);
    used.labels.emplace_back(Id(*rows, row, 3), rows->String(row, 4));
  }
  return {};
}

Status Catalogue::LearnTypes(std::span<const uint32_t> ids) {
  std::vector<uint32_t> unknown;
  for (const uint32_t id : ids) {
    // A user's type may have changed: an enum has got a label, a domain a limit.
    if (id >= kFirstUserType || !types_.contains(id)) unknown.push_back(id);
  }
  if (unknown.empty()) return {};
  const std::string numbers = NumberArray(unknown);
  auto rows = connection_.Query(std::string(kTypes), kDoing, {&numbers, 1});
  if (!rows) return rows.error();
  std::vector<uint32_t> enums;
  for (int row = 0; row < rows->size(); ++row) {
    TypeInfo& type = types_[Id(*rows, row, 0)];
    type.id = Id(*rows, row, 0);
    type.schema = rows->String(row, 1);
    type.name = rows->String(row, 2);
    type.kind = Letter(*rows, row, 3);
    type.base = Id(*rows, row, 4);
    type.base_modifier = static_cast<int32_t>(rows->Number(row, 5));
    type.element = Id(*rows, row, 6);
    type.not_null = rows->Flag(row, 7);
    type.gone = false;
    type.labels.clear();
    if (type.kind == 'e') enums.push_back(type.id);
  }
  return enums.empty() ? Status() : ReadLabels(enums);
}

Status Catalogue::ReadLabels(std::span<const uint32_t> enums) {
  const std::string numbers = NumberArray(enums);
  auto rows = connection_.Query(std::string(kLabels), kDoing, {&numbers, 1});
  if (!rows) return rows.error();
  for (int row = 0; row < rows->size(); ++row) {
    types_[Id(*rows, row, 0)].labels.push_back(rows->String(row, 1));
  }
  return {};
}

void Catalogue::NameType(uint32_t id, std::string_view schema, std::string_view name) {
  if (types_.contains(id)) return;
  TypeInfo& type = types_[id];
  type.id = id;
  type.schema = schema;
  type.name = name;
  type.gone = true;
}

Status Catalogue::RefineDefaults(Table& table, std::span<const CatalogueColumn> columns) {
  std::string casts;
  std::vector<Column*> refined;
  for (Column& column : table.columns) {
    if (!column.default_text) continue;
    const auto now = std::find_if(columns.begin(), columns.end(),
                                  [&](const auto& other) { return other.name == column.name; });
    if (now == columns.end()) continue;
    // Only built-in types: the input function of somebody's own type, or the check of a domain,
    // would be their code run with our rights.
    const std::string type = CastName(now->type, now->modifier, lookup_);
    if (type.empty()) continue;
    casts += casts.empty() ? "SELECT " : ", ";
    casts += "CAST(" + QuoteText(*column.default_text) + " AS " + type + ")";
    refined.push_back(&column);
  }
  if (refined.empty()) return {};
  auto rows = connection_.Query(casts, "reading the default values of " + table.name);
  if (!rows) return rows.error();
  for (size_t i = 0; i < refined.size() && !rows->empty(); ++i) {
    refined[i]->default_text = rows->String(0, static_cast<int>(i));
  }
  return {};
}

std::vector<uint32_t> TypesOf(std::span<const CatalogueTable> tables) {
  std::vector<uint32_t> types;
  for (const CatalogueTable& table : tables) {
    for (const CatalogueColumn& column : table.columns) types.push_back(column.type);
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  return types;
}

}  // namespace sluice::postgres
