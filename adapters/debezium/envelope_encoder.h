#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/debezium/encoder_options.h"
#include "adapters/debezium/outbox_encoder.h"
#include "adapters/debezium/row_layout.h"
#include "adapters/debezium/value_format.h"
#include "core/ports/event_encoder.h"

namespace sluice::debezium {

/// Changes of tables as the records that Debezium's PostgreSQL connector writes for them, byte for
/// byte where its form does not lose anything (docs/FINDINGS.md lists where it does).
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: a view is valid until the next call of the same method. A table is looked at when its
///            number is met first; later changes of it are not.
/// Time:      never blocks. Allocates for a table that is new and for a record that is longer than
///            all before it.
/// Errors:    a key that is not told exactly, in failure(). A value that is not of its column's
/// type
///            is told as its text, and counted.
class EnvelopeEncoder : public EventEncoder {
 public:
  explicit EnvelopeEncoder(EncoderOptions options);
  EnvelopeEncoder(const EnvelopeEncoder&) = delete;  // its parts point at its options
  EnvelopeEncoder& operator=(const EnvelopeEncoder&) = delete;

  std::optional<std::string_view> Key(const Table& table, Row row) override;
  std::string_view Value(RowOperation operation, const Table& table, std::optional<Row> before,
                         std::optional<Row> after, const ChangeContext& context) override;
  std::string_view Truncate(const Table& table, const ChangeContext& context) override;
  std::string_view MessageKey(std::string_view prefix) override;
  std::string_view Message(std::string_view prefix, std::string_view content,
                           const ChangeContext& context) override;
  std::string_view TransactionKey(uint32_t transaction_id, Lsn lsn) override;
  std::string_view TransactionBegin(uint32_t transaction_id, Lsn lsn, int64_t ts_ms) override;
  std::string_view TransactionEnd(uint32_t transaction_id, Lsn lsn, int64_t ts_ms,
                                  std::span<const TableCount> tables) override;
  std::string_view HeartbeatKey() override;
  std::string_view Heartbeat(int64_t ts_ms) override;
  std::string_view KeyHeader(const Table& table, Row row) override;
  std::optional<std::string_view> OutboxKey(const OutboxShape& shape, const Table& table,
                                            Row row) override;
  OutboxValue OutboxEvent(const OutboxShape& shape, const Table& table, Row row,
                          std::string_view route) override;
  std::optional<std::string_view> PlainText(const Table& table, uint32_t column, Row row) override;
  std::optional<int64_t> MillisOf(const Table& table, uint32_t column, Row row) override;

  [[nodiscard]] AlteredValues TakeAltered() override;
  [[nodiscard]] const Failure& failure() const override { return failure_; }

 private:
  void AppendKey(const Table& table, const RowLayout& layout, Row row, ValueSink& sink);
  [[nodiscard]] const RowLayout& LayoutOf(const Table& table);
  void AppendEnvelope(char operation, const RowLayout& layout, std::optional<Row> before,
                      std::optional<Row> after, const ChangeContext& context);
  [[nodiscard]] std::string_view FinishValue();
  [[nodiscard]] std::string_view FinishKey();

  EncoderOptions options_;
  std::vector<std::unique_ptr<RowLayout>> layouts_;  ///< By the number of the table.

  // What stands before the payloads of records without a table; without schemas nothing.
  std::string message_key_head_;
  std::string message_head_;
  std::string transaction_key_head_;
  std::string transaction_head_;
  std::string heartbeat_key_;  ///< The whole key.
  std::string heartbeat_head_;
  std::string message_source_head_;
  std::string message_source_mid_;
  std::string message_source_table_;

  ValueSink value_;
  ValueSink key_;
  ValueSink header_;
  OutboxEncoder outbox_;
  Failure failure_;
};

}  // namespace sluice::debezium
