#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/pgoutput_decoder.h"
#include "adapters/postgres/table_filter.h"
#include "adapters/postgres/type_map.h"
#include "core/model/result.h"
#include "core/model/table.h"

namespace sluice::postgres {

/// A column as the catalogue describes it now.
struct CatalogueColumn {
  int32_t number = 0;  ///< `attnum`: never used twice within a table.
  std::string name;
  uint32_t type = 0;
  int32_t modifier = -1;
  bool not_null = false;
  bool generated = false;
  std::optional<std::string> default_expression;  ///< Only by ReadDefaults().
};

/// An enum and its labels.
struct CatalogueEnum {
  std::string name;
  std::vector<std::pair<uint32_t, std::string>> labels;  ///< By number; a renamed one keeps its.
};

/// A file that holds rows. The database makes another one where it writes all of them anew, or
/// takes all of them away.
struct RowFile {
  uint32_t number = 0;  ///< `relfilenode`
  std::string table;    ///< `schema.table` whose rows they are.
  /// Of a partition: by which transactions it, and those above it, were attached; else empty.
  std::string attached_by = {};
  bool made_attached = false;  ///< It was made as a partition, and held no rows before.
};

/// A table as the catalogue describes it now.
struct CatalogueTable {
  uint32_t id = 0;
  std::string schema;
  std::string name;
  bool partitioned = false;  ///< Holds no rows itself; its leaves do.
  bool partition = false;    ///< Part of a partitioned table.
  bool toastable = false;    ///< Has columns whose large values are stored apart.
  char identity = 'd';       ///< `relreplident`.
  int64_t pages = 0;         ///< As of the last VACUUM or ANALYZE.
  int64_t rows = -1;         ///< An estimate; -1: never counted.
  uint32_t root = 0;         ///< The topmost table of a partition; else its own number.
  std::vector<CatalogueColumn> columns;
  std::vector<int32_t> primary_key;  ///< Numbers of columns, in the key's order.
  bool primary_key_deferrable = false;
  /// Of the first unique index, by name, that identifies rows: without nulls and conditions.
  std::vector<int32_t> unique_index;
  std::vector<int32_t> identity_index;  ///< Numbers of columns of the replica identity's index.
  uint32_t primary_key_id = 0;          ///< Of the three, the index's own number; 0: there is none.
  uint32_t unique_index_id = 0;
  uint32_t identity_index_id = 0;
  std::map<uint32_t, CatalogueEnum> enums;  ///< Of its columns, by number; only by ReadEnums().
  /// By number of the table: its own, or those of its leaves, where all tables were read.
  std::map<uint32_t, RowFile> files;
};

/// A table, and how its rows come in the stream.
struct TableShape {
  Table table;
  std::vector<int32_t>
      positions;               ///< Of each column that is sent: its place in `table`; -1: left out.
  std::vector<bool> identity;  ///< Of each column that is sent: part of the replica identity.
  bool straight = true;        ///< Nothing is left out.
};

/// What a table is made from.
struct ShapeInputs {
  const std::string& database;
  const TableFilter& filter;
  const TypeLookup& types;
  bool generated = false;  ///< Take generated columns too, which the stream does not have.
};

/// The table as a relation message tells it: columns and replica identity are those of the time of
/// the change. What a message does not tell (null allowed, defaults, the key's order, the primary
/// key under FULL) comes from the catalogue as it is now, where a column of that name and type is
/// still there. `now` is null when the table is gone.
[[nodiscard]] TableShape ShapeOf(const PgoutputMessage& relation, const CatalogueTable* now,
                                 const ShapeInputs& inputs);

/// The table as it is now, for reading its rows.
[[nodiscard]] Table TableOf(const CatalogueTable& now, const ShapeInputs& inputs);
/// Its names alone, for what is chosen by them. Pure.
[[nodiscard]] Table NamedTable(const CatalogueTable& table);

/// The columns of a table's key as it is now, in its order; empty: it has none.
[[nodiscard]] std::vector<std::string> KeyNames(const CatalogueTable& now,
                                                const TableFilter& filter);

/// Columns of the key that the database computes, and does not send; empty: there are none. Rows
/// could not be told apart by what is left of the key.
[[nodiscard]] std::vector<std::string> GeneratedInKey(const CatalogueTable& now,
                                                      const TableFilter& filter);
/// That a table has such a key, and the cure.
[[nodiscard]] Error GeneratedKey(const CatalogueTable& now, std::span<const std::string> generated);

/// That records of a table have another key from now on, and the cure.
[[nodiscard]] Error KeyChange(std::string_view table, std::span<const std::string> before,
                              std::span<const std::string> now);
/// The same of two shapes of a table; empty: they have the same key.
[[nodiscard]] std::string KeyChange(const Table& before, const Table& now);

/// Columns of types that were dropped before their changes were read, and of which nothing is
/// known: a sentence each with the cure; empty: there are none.
struct UntypedColumns {
  std::string key;     ///< The key holds some: which documents are meant is not known.
  std::string others;  ///< Told by their text.
};
[[nodiscard]] UntypedColumns UntypedOf(const Table& table);

/// The replica identity of the letter in `relreplident`.
[[nodiscard]] ReplicaIdentity IdentityOf(char letter);

}  // namespace sluice::postgres
