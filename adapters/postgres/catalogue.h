#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/table_shape.h"
#include "core/model/result.h"

namespace sluice::postgres {

/// What the database says about its tables and types.
///
/// Threads:   one call at a time.
/// Ownership: borrows the connection, which must be a plain one, and the types that it shares with
///            others. A TypeInfo stays where it is.
/// Time:      each call waits for one to three short queries, within the statement timeout, and
///            for nobody's lock of a table; AwaitVisible() for a second at most.
/// Errors:    as results; `connection.failure()` has the verdict.
class Catalogue {
 public:
  /// `shared`: types that others have learned, and are to know; null: none.
  explicit Catalogue(Connection& connection, KnownTypes* shared = nullptr);

  /// All ordinary and partitioned tables outside of the database's own schemas, by name.
  Result<std::vector<CatalogueTable>> ReadTables();
  /// Tables whose changes are not written to the log.
  Result<std::vector<CatalogueTable>> ReadUnlogged();
  /// Those of these numbers that still exist.
  Result<std::vector<CatalogueTable>> ReadTables(std::span<const uint32_t> ids);

  /// Waits until what a transaction did can be seen. It has committed, but its changes can be sent
  /// before others see them, and what is read then is what was before. After a second without, as
  /// when its commit waits for a standby, that is the error: on hold.
  [[nodiscard]] Status AwaitVisible(uint32_t transaction);

  /// Fills the default expressions of a table's columns, for its shape. Those that hold a value of
  /// a row type are left out.
  [[nodiscard]] Status ReadDefaults(CatalogueTable& table);

  /// Fills the enums of these tables.
  [[nodiscard]] Status ReadEnums(std::vector<CatalogueTable>& tables);

  /// Makes these types known, with what they are made of.
  [[nodiscard]] Status LearnTypes(std::span<const uint32_t> ids);
  /// The type's name when the catalogue has it no more and it was never learned; as told by a type
  /// message.
  void NameType(uint32_t id, std::string_view schema, std::string_view name);
  [[nodiscard]] const TypeLookup& types() const { return lookup_; }

  /// Brings plain default values into the form that the column's values have: '0' of a
  /// numeric(10,2) is "0.00". Columns of types that are not built in keep what was written.
  [[nodiscard]] Status RefineDefaults(Table& table, std::span<const CatalogueColumn> columns);

 private:
  Result<std::vector<CatalogueTable>> Read(const std::string& condition,
                                           std::span<const std::string> parameters);
  [[nodiscard]] Status ReadColumns(std::vector<CatalogueTable>& tables);
  [[nodiscard]] Status ReadLabels(std::span<const uint32_t> enums);

  Connection& connection_;
  KnownTypes own_;
  KnownTypes& types_;
  TypeLookup lookup_;
};

/// The table's columns' types, for LearnTypes().
[[nodiscard]] std::vector<uint32_t> TypesOf(std::span<const CatalogueTable> tables);

}  // namespace sluice::postgres
