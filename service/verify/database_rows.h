#pragma once

#include <string>
#include <vector>

#include "adapters/postgres/keyed_rows.h"
#include "adapters/postgres/table_book.h"
#include "service/verify/row_renderer.h"

namespace sluice::verify {

/// The rows of a table of PostgreSQL, rendered as documents.
///
/// Threads:   one call at a time.
/// Ownership: borrows what it is made from.
/// Time:      waits for the database. Where a document id does not tell the row's key in the
///            database's own text (numbers with digits, times, bytes), a question by name reads the
///            whole table.
/// Errors:    in the results.
class DatabaseRows : public TableSide {
 public:
  DatabaseRows(const postgres::Settings& database, const postgres::TableFilter& filter,
               const RenderSettings& render)
      : ranges_(database, filter),
        rows_(database, filter),
        renderer_(render),
        hstore_(render.encoder.hstore) {}

  [[nodiscard]] Status Open(const std::string& schema, const std::string& name);

  [[nodiscard]] Result<size_t> NextRange(const Take& take) override;
  [[nodiscard]] Status FindByKey(std::span<const Key> keys, const Take& take) override;
  [[nodiscard]] Status FindByName(std::span<const DocumentName> names, const Take& take) override;
  [[nodiscard]] size_t names_at_once() const override;
  [[nodiscard]] Result<Lsn> Now() override { return rows_.Now(); }
  [[nodiscard]] Status Renew() override;
  [[nodiscard]] const JsonFields& json_fields() const override { return json_fields_; }

  [[nodiscard]] const Table& table() const { return *table_; }
  /// Of a row's Key: by whose order the table is read. No two rows have the same there, and no
  /// null, which both may be where message.key.columns makes the keys of records.
  [[nodiscard]] const std::vector<std::string>& key_columns() const { return key_columns_; }
  [[nodiscard]] int64_t estimated_rows() const { return ranges_.estimated_rows(); }
  [[nodiscard]] RowRenderer& renderer() { return renderer_; }
  /// By which rows are found; to keep others from writing meanwhile.
  [[nodiscard]] postgres::KeyedRows& rows() { return rows_; }

 private:
  void Use(Table shape);
  [[nodiscard]] Status FindBy(const std::vector<std::string>& columns, std::span<const Key> texts,
                              const Take& take, std::span<const std::string> nulls = {});
  /// Reads the whole table.
  [[nodiscard]] Status FindByScan(std::span<const DocumentName> names, const Take& take);
  /// What reads rows, and what became of showing them.
  [[nodiscard]] postgres::KeyedRows::Take Show(const Take& take, Status& status);

  postgres::KeyedRows ranges_;
  postgres::KeyedRows rows_;
  RowRenderer renderer_;
  const debezium::HstoreMode hstore_;
  postgres::TableBook book_;
  const Table* table_ = nullptr;
  JsonFields json_fields_;
  std::vector<std::string> key_columns_;
  std::vector<size_t> key_places_;         ///< In the table's columns.
  std::vector<std::string> name_columns_;  ///< Of which documents' names are made.
  bool plain_ids_ = true;                  ///< They tell what the database can be asked for.
  Key key_;
};

}  // namespace sluice::verify
