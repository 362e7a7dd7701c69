#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/encoder_options.h"
#include "adapters/debezium/json_expansion.h"
#include "adapters/debezium/row_layout.h"
#include "adapters/debezium/value_format.h"
#include "core/ports/event_encoder.h"

namespace sluice::debezium {

/// Rows of outboxes as the events that Debezium's outbox event router makes of them, where that
/// loses nothing (docs/FINDINGS.md lists where it does).
///
///   key, value  = column                        by Connect's JsonConverter; Form::kText: its text
///   value       = { "payload": …, field: … }    where there are fields beside the payload
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: borrows the options. A view is valid until the next call of the same method. Table
///            and shape are looked at when the table's number is met first.
/// Time:      never blocks.
/// Errors:    none, as EnvelopeEncoder.
class OutboxEncoder {
 public:
  explicit OutboxEncoder(const EncoderOptions& options) : options_(options) {}

  std::optional<std::string_view> Key(const OutboxShape& shape, const Table& table, Row row);
  OutboxValue Event(const OutboxShape& shape, const Table& table, Row row, std::string_view route);
  std::optional<std::string_view> PlainText(const Table& table, uint32_t column, Row row);
  [[nodiscard]] std::optional<int64_t> MillisOf(const Table& table, uint32_t column, Row row) const;

  void TakeAltered(AlteredValues& taken);

 private:
  /// What the table decides.
  struct Layout {
    std::vector<std::unique_ptr<ColumnLayout>> plain;  ///< By column, as headers have it.
    std::unique_ptr<ColumnLayout> key;
    std::string key_head;  ///< `{"schema":…,"payload":`; without schema nothing.
    std::unique_ptr<ColumnLayout> payload;
    std::string payload_schema;  ///< As the whole value, or as its field.
    std::vector<ColumnLayout> fields;
    std::string field_schemas;     ///< With a comma before each.
    std::string schema_name_head;  ///< Of the value's struct, before what it is routed by.
    bool payload_is_text = false;  ///< It may be JSON.
    Fidelity fidelity = Fidelity::kCorrect;
  };

  Layout& LayoutOf(const Table& table);
  Layout& LayoutOf(const Table& table, const OutboxShape& shape);
  /// The payload alone, with its schema; true: it was expanded.
  bool Expand(const OutboxShape& shape, const Layout& layout, std::string_view text);
  void AppendSchema(const OutboxShape& shape, const Layout& layout, Row row,
                    std::string_view route);

  const EncoderOptions& options_;
  std::vector<std::unique_ptr<Layout>> layouts_;  ///< By the number of the table.
  ValueSink key_;
  ValueSink value_;
  ValueSink plain_;
  std::string plain_text_;
  TypedExpansion expansion_;  ///< Of the payload at hand: its schema, empty without, and its JSON.
  TextBuffer expanded_;
};

}  // namespace sluice::debezium
