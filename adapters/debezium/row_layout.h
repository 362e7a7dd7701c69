#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/column_masks.h"
#include "adapters/debezium/encoder_options.h"
#include "adapters/debezium/value_format.h"
#include "core/model/source_change.h"

namespace sluice::debezium {

/// One column of a table as it is told, with everything that does not depend on the value.
struct ColumnLayout {
  uint32_t place = 0;  ///< In the table's row.
  std::string name;    ///< `,"name":`
  ColumnName whose;    ///< For what was not told as it is.
  ValueFormat format;
  std::string null_json;       ///< What a null is told as,
  std::string absent_json;     ///< a value that was not sent,
  std::string unchanged_json;  ///< and one that the change did not touch.
  bool generated = false;
  std::unique_ptr<ColumnMask> mask;
};

/// All of a record that its table decides, put together once for each shape.
struct RowLayout {
  RowLayout(const Table& table, const EncoderOptions& options);

  /// Appends a row as an object.
  void AppendRow(Row row, ValueSink& sink) const;
  /// Appends the key of a row as an object. The column whose value is not told exactly, the first
  /// of them, with `sink.lost`; null: there is none.
  [[nodiscard]] const ColumnLayout* AppendKey(Row row, ValueSink& sink) const;
  /// What stands before the payload of a value with this row.
  [[nodiscard]] std::string_view value_head(Row row) const;

  Fidelity fidelity;
  std::vector<ColumnLayout> columns;
  std::vector<ColumnLayout> key;
  /// Columns of the key that Debezium leaves out, where others are told.
  std::vector<ColumnLayout> key_left_out;
  std::string key_head;      ///< `{"schema":…,"payload":`; without schema nothing.
  std::string source_head;   ///< `{"version":…,"name":"…","ts_ms":`
  std::string source_mid;    ///< `","db":"…","sequence":"[`
  std::string source_table;  ///< `,"schema":"…","table":"…","txId":`

 private:
  void AddColumns(const Table& table, const EncoderOptions& options);
  void AddKey(const Table& table, const EncoderOptions& options);
  void AddSchemas(const Table& table, const EncoderOptions& options);

  int first_generated_ = -1;  ///< Its place in a row.
  std::string value_head_;
  std::string value_head_without_generated_;
};

/// One column of a table as it is told, with its mask; a generated one as any other.
[[nodiscard]] ColumnLayout LayoutOf(const Table& table, uint32_t place,
                                    const EncoderOptions& options);
/// Appends the value of a column that is told, without its name; one that is left out as null.
void AppendOnly(const ColumnLayout& column, Row row, ValueSink& sink);
/// The schema of a column's values; `name` is that of a field, or empty.
[[nodiscard]] std::string SchemaOf(const Table& table, const ColumnLayout& column,
                                   const EncoderOptions& options, Fidelity fidelity, bool optional,
                                   std::string_view name);
/// By which a table's schemas are named.
[[nodiscard]] std::string SchemaPrefix(const Table& table, const EncoderOptions& options);
[[nodiscard]] Fidelity FidelityOf(const Table& table, const EncoderOptions& options);

/// What stands in `source` before its times, and between its mark and its sequence.
[[nodiscard]] std::string SourceHead(const EncoderOptions& options);
[[nodiscard]] std::string SourceMid(std::string_view database);
/// What stands in `source` behind its times; with neither for messages.
[[nodiscard]] std::string SourceTable(std::string_view schema, std::string_view table);

}  // namespace sluice::debezium
