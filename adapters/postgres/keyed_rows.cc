#include "adapters/postgres/keyed_rows.h"

#include <algorithm>
#include <array>

#include "adapters/postgres/catalogue.h"
#include "adapters/postgres/chunk_sql.h"
#include "adapters/postgres/copy_buffer.h"
#include "adapters/postgres/copy_text.h"
#include "adapters/postgres/sql_text.h"
#include "core/model/lsn_text.h"

namespace sluice::postgres {
namespace {

/// Longer than a well-behaved transaction; writers queue behind the lock that is waited for.
constexpr const char* kLockTimeout = "SET LOCAL lock_timeout TO '3s'";

/// `SELECT columns, xmin FROM table`; rows of tables that inherit from it are not its own.
std::string Select(const KeyedSource& source) {
  std::vector<std::string> columns;
  columns.reserve(source.shape.columns.size());
  for (const Column& column : source.shape.columns) columns.push_back(column.name);
  return "SELECT " + QuoteNames(columns) + (columns.empty() ? "xmin" : ", xmin") + " FROM " +
         (source.table.partitioned ? "" : "ONLY ") +
         QuoteName(source.table.schema, source.table.name);
}

std::string NameOf(const CatalogueTable& table) {
  return table.schema + "." + table.name;
}

}  // namespace

std::vector<std::string> RangeKey(const CatalogueTable& table) {
  std::vector<std::string> key;
  const auto& numbers = table.primary_key.empty() ? table.unique_index : table.primary_key;
  for (const int32_t number : numbers) {
    for (const CatalogueColumn& column : table.columns) {
      if (column.number == number) key.push_back(column.name);
    }
  }
  return key.size() == numbers.size() ? key : std::vector<std::string>();
}

uint32_t RangeIndex(const CatalogueTable& table) {
  return table.primary_key.empty() ? table.unique_index_id : table.primary_key_id;
}

std::string RangeStatement(const KeyedSource& source, const std::vector<std::string>& after,
                           const std::vector<std::string>& last, size_t rows) {
  std::string sql = "COPY (" + Select(source) + " WHERE " + UpTo(source.range_key, last);
  if (!after.empty()) sql += " AND " + Behind(source.range_key, after);
  return sql + " ORDER BY " + SortedBy(source.range_key, Direction::kForwards) + " LIMIT " +
         std::to_string(rows) + ") TO STDOUT";
}

std::string KeysStatement(const KeyedSource& source, const KeyOrder& columns,
                          std::span<const std::vector<std::string>> keys,
                          std::span<const std::string> nulls) {
  std::string condition = columns.empty() ? "" : OneOf(columns, keys);
  for (const std::string& name : nulls) {
    condition += (condition.empty() ? "" : " AND ") + QuoteName(name) + " IS NULL";
  }
  return "COPY (" + Select(source) + " WHERE " + condition + ") TO STDOUT";
}

Status KeyedRows::Open() {
  if (connection_.is_open()) return {};
  return connection_.Open(settings_, Connection::Kind::kUnlimited);
}

Result<Table> KeyedRows::Describe(const std::string& schema, const std::string& name) {
  if (Status status = Open(); !status) return status.error();
  const std::array<std::string, 1> wanted = {QuoteName(schema, name)};
  const auto found = connection_.Query("SELECT pg_catalog.to_regclass($1)::oid",
                                       "looking for the table " + schema + "." + name, wanted);
  if (!found) return found.error();
  const Error gone{"the table " + schema + "." + name + " is not there", ""};
  if (found->empty() || found->IsNull(0, 0)) return gone;
  Catalogue catalogue(connection_);
  const std::array<uint32_t, 1> id = {static_cast<uint32_t>(found->Number(0, 0))};
  auto tables = catalogue.ReadTables(id);
  if (!tables) return tables.error();
  if (tables->empty()) return gone;
  if (Status status = catalogue.LearnTypes(TypesOf(*tables)); !status) return status.error();
  if (Status status = catalogue.ReadDefaults(tables->front()); !status) return status.error();
  now_ = std::make_unique<CatalogueTable>(std::move(tables->front()));
  Table shape = TableOf(*now_, {settings_.database, filter_, catalogue.types(), false});
  if (Status status = catalogue.RefineDefaults(shape, now_->columns); !status) {
    return status.error();
  }
  const std::vector<std::string> key = RangeKey(*now_);
  if (key.empty()) {
    return Error{"the table " + NameOf(*now_) +
                     " has no primary key, nor a unique index without "
                     "nulls and conditions, in whose order it could be read",
                 "add one, or leave the table out"};
  }
  auto compared = ReadKeyParts(connection_, now_->id, RangeIndex(*now_));
  if (!compared) return compared.error();
  compared_ = std::move(*compared);
  range_key_ = OrderOf(compared_, key);
  return shape;
}

Result<size_t> KeyedRows::Copy(const std::string& sql, const Take& take,
                               std::vector<std::string>* last_key) {
  if (Status status = Open(); !status) return status.error();
  const std::string doing = "reading rows of " + NameOf(*now_);
  if (Status status = connection_.StartCopy(sql, PGRES_COPY_OUT, doing, ErrorPlace::kChunk);
      !status) {
    return status.error();
  }
  std::vector<size_t> places;
  for (const std::string& name : NamesOf(range_key_)) {
    const auto& columns = shape_->columns;
    const auto at = std::find_if(columns.begin(), columns.end(),
                                 [&](const Column& column) { return column.name == name; });
    if (at != columns.end()) places.push_back(static_cast<size_t>(at - columns.begin()));
  }
  CopyBuffer buffer;
  std::vector<ColumnValue> values(shape_->columns.size() + 1);
  size_t count = 0;
  int size = 0;
  while ((size = buffer.Await(connection_.handle())) > 0) {
    if (!ReadCopyRow({buffer.data(), static_cast<size_t>(size)}, values)) {
      return connection_.Fail(ErrorPlace::kChunk, doing + " (not the columns asked for)");
    }
    ++count;
    take(Row(values).first(values.size() - 1), values.back().text);
    if (last_key == nullptr) continue;
    last_key->clear();
    for (const size_t place : places) last_key->emplace_back(values[place].text);
  }
  const Rows end(PQgetResult(connection_.handle()));
  if (size != -1 || !end.Succeeded()) {
    return connection_.Fail(ErrorPlace::kChunk, doing, end.result());
  }
  while (PGresult* rest = PQgetResult(connection_.handle())) PQclear(rest);
  return count;
}

Status KeyedRows::FindEnd() {
  const ChunkSource whole{*now_, range_key_, ""};
  const auto end =
      connection_.Query(EndKeyStatement(whole), "reading the last key of " + NameOf(*now_));
  if (!end) return end.error();
  for (size_t i = 0; !end->empty() && i < range_key_.size(); ++i) {
    end_.push_back(end->String(0, static_cast<int>(i)));
  }
  return {};
}

Result<size_t> KeyedRows::NextRange(size_t rows, const Take& take) {
  if (!began_) {
    began_ = true;
    for (const std::string& name : NamesOf(range_key_)) {
      const bool taken = std::any_of(shape_->columns.begin(), shape_->columns.end(),
                                     [&](const Column& column) { return column.name == name; });
      if (taken) continue;
      return Error{"the column " + name + " of the key of " + NameOf(*now_) + " is not captured",
                   "take it into column.include.list, or leave the table out"};
    }
    if (Status status = FindEnd(); !status) return status.error();
  }
  if (end_.empty()) return size_t{0};
  const std::vector<std::string> after = after_;
  return Copy(RangeStatement(source(), after, end_, rows), take, &after_);
}

void KeyedRows::Restart() {
  began_ = false;
  after_.clear();
  end_.clear();
}

Status KeyedRows::Find(const std::vector<std::string>& columns,
                       std::span<const std::vector<std::string>> keys, const Take& take,
                       std::span<const std::string> nulls) {
  if (keys.empty()) return {};
  const KeyOrder order = OrderOf(compared_, columns);
  const auto count = Copy(KeysStatement(source(), order, keys, nulls), take, nullptr);
  return count ? Status() : Status(count.error());
}

Result<Lsn> KeyedRows::AskLsn(const std::string& function, std::string_view doing) {
  if (Status status = Open(); !status) return status.error();
  const auto place = connection_.Query("SELECT pg_catalog." + function, doing);
  if (!place) return place.error();
  const auto lsn = ParseLsn(place->Text(0, 0));
  if (!lsn) return Error{function + " answered " + place->String(0, 0), ""};
  return *lsn;
}

Result<Lsn> KeyedRows::Now() {
  // A transaction's message: its commit brings all before it to disk, and so to every reader.
  const std::string mark = "pg_logical_emit_message(true, 'sluice.verify', '')";
  auto place = AskLsn(mark, "writing a mark to the log");
  if (!place) return place;
  // Debezium confirms where the last change begins, not where its transaction ends: without another
  // one behind it the mark would never be passed.
  const auto behind = AskLsn(mark, "writing a mark to the log");
  return behind ? place : behind;
}

Result<Lsn> KeyedRows::LogEnd() {
  return AskLsn("pg_current_wal_insert_lsn()", "asking for the end of the log");
}

Status KeyedRows::Lock() {
  if (Status status = Open(); !status) return status;
  return connection_.Run("BEGIN; " + std::string(kLockTimeout) + "; LOCK TABLE " +
                             QuoteName(now_->schema, now_->name) + " IN SHARE MODE",
                         "locking the table " + NameOf(*now_) + " against writers");
}

Status KeyedRows::Unlock() {
  if (!connection_.is_open()) return {};
  return connection_.Run("ROLLBACK", "unlocking the table");
}

}  // namespace sluice::postgres
