#include "tests/fakes/fake_event_encoder.h"

#include <cstdlib>

namespace sluice::testing {
namespace {

std::string Text(const ColumnValue& value) {
  switch (value.kind) {
    case ColumnValue::Kind::kNull: return "null";
    case ColumnValue::Kind::kText: return std::string(value.text);
    case ColumnValue::Kind::kUnchanged: return "unchanged";
    case ColumnValue::Kind::kAbsent: return "absent";
  }
  return "";
}

std::string RowText(const Table& table, std::optional<Row> row) {
  if (!row) return " -";
  std::string text;
  for (size_t i = 0; i < row->size(); ++i) {
    text += " " + table.columns[i].name + "=" + Text((*row)[i]);
  }
  return text;
}

char Letter(RowOperation operation) {
  switch (operation) {
    case RowOperation::kCreate: return 'c';
    case RowOperation::kRead: return 'r';
    case RowOperation::kUpdate: return 'u';
    case RowOperation::kDelete: return 'd';
  }
  return '?';
}

}  // namespace

std::optional<std::string_view> FakeEventEncoder::Key(const Table& table, Row row) {
  if (table.key.empty()) return std::nullopt;
  key_.clear();
  for (const uint32_t column : table.key) key_ += (key_.empty() ? "" : ",") + Text(row[column]);
  Judge(key_);
  return key_;
}

void FakeEventEncoder::Judge(const std::string& key) {
  if (inexact_key.empty() || key != inexact_key) return;
  failed = {{Disposition::kHalt, FailureReason::kDatabaseUnsuitable, WriteResult::kCreated},
            "key_not_exact",
            "the key " + key + " is not told exactly"};
}

std::string_view FakeEventEncoder::Value(RowOperation operation, const Table& table,
                                         std::optional<Row> before, std::optional<Row> after,
                                         const ChangeContext& context) {
  value_ =
      std::string(1, Letter(operation)) + RowText(table, before) + " |" + RowText(table, after);
  if (context.place) value_ += " #" + std::to_string(context.place->total_order);
  return value_;
}

std::string_view FakeEventEncoder::Truncate(const Table& table, const ChangeContext& /*context*/) {
  return value_ = "t " + table.name;
}

std::string_view FakeEventEncoder::MessageKey(std::string_view prefix) {
  return key_ = prefix;
}

std::string_view FakeEventEncoder::Message(std::string_view /*prefix*/, std::string_view content,
                                           const ChangeContext& context) {
  value_ = "m ";
  value_ += content;
  value_ += context.transaction_id ? " in" : " out";
  if (context.place) value_ += " #" + std::to_string(context.place->total_order);
  return value_;
}

std::string_view FakeEventEncoder::TransactionKey(uint32_t transaction_id, Lsn /*lsn*/) {
  return key_ = std::to_string(transaction_id);
}

std::string_view FakeEventEncoder::TransactionBegin(uint32_t transaction_id, Lsn /*lsn*/,
                                                    int64_t /*ts_ms*/) {
  return value_ = "BEGIN " + std::to_string(transaction_id);
}

std::string_view FakeEventEncoder::TransactionEnd(uint32_t transaction_id, Lsn /*lsn*/,
                                                  int64_t /*ts_ms*/,
                                                  std::span<const TableCount> tables) {
  value_ = "END " + std::to_string(transaction_id);
  for (const TableCount& count : tables) {
    value_ += " " + (count.table == nullptr ? "message" : count.table->name) + ":" +
              std::to_string(count.events);
  }
  return value_;
}

std::string_view FakeEventEncoder::Heartbeat(int64_t ts_ms) {
  return value_ = std::to_string(ts_ms);
}

std::string_view FakeEventEncoder::KeyHeader(const Table& table, Row row) {
  header_.clear();
  for (const uint32_t column : table.key) header_ += Text(row[column]);
  Judge(header_);
  return header_;
}

std::optional<std::string_view> FakeEventEncoder::OutboxKey(const OutboxShape& shape,
                                                            const Table& /*table*/, Row row) {
  return key_ = Text(row[shape.key]);
}

OutboxValue FakeEventEncoder::OutboxEvent(const OutboxShape& shape, const Table& /*table*/, Row row,
                                          std::string_view route) {
  const ColumnValue& payload = row[shape.payload];
  value_ = std::string(route) + ": " + Text(payload);
  for (const OutboxColumn& field : shape.fields) {
    value_ += " " + field.name + "=" + Text(row[field.place]);
  }
  return {value_, shape.expands && !payload.text.starts_with('{')};
}

std::optional<std::string_view> FakeEventEncoder::PlainText(const Table& /*table*/, uint32_t column,
                                                            Row row) {
  if (row[column].kind == ColumnValue::Kind::kNull) return std::nullopt;
  return plain_ = Text(row[column]);
}

std::optional<int64_t> FakeEventEncoder::MillisOf(const Table& /*table*/, uint32_t column,
                                                  Row row) {
  const std::string text(row[column].text);
  char* end = nullptr;
  const int64_t millis = std::strtoll(text.c_str(), &end, 10);
  return end == text.c_str() ? std::nullopt : std::optional(millis);
}

}  // namespace sluice::testing
