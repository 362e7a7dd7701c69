#include "adapters/debezium/envelope_encoder.h"

#include <utility>

#include "adapters/debezium/connect_schema.h"
#include "adapters/debezium/envelope_schema.h"
#include "adapters/debezium/inexact_keys.h"
#include "adapters/debezium/json_string.h"
#include "adapters/debezium/scalar_values.h"
#include "adapters/debezium/source_block.h"

namespace sluice::debezium {
namespace {

std::string Head(bool with_schema, const std::string& schema) {
  return with_schema ? "{\"schema\":" + schema + ",\"payload\":" : std::string();
}

char LetterOf(RowOperation operation) {
  switch (operation) {
    case RowOperation::kCreate: return 'c';
    case RowOperation::kRead: return 'r';
    case RowOperation::kUpdate: return 'u';
    case RowOperation::kDelete: return 'd';
  }
  return 'r';
}

}  // namespace

EnvelopeEncoder::EnvelopeEncoder(EncoderOptions options)
    : options_(std::move(options)),
      message_key_head_(Head(options_.key_schemas, MessageKeySchema())),
      message_head_(Head(options_.value_schemas, MessageSchema(options_.binary))),
      transaction_key_head_(Head(options_.key_schemas, TransactionKeySchema())),
      transaction_head_(Head(options_.value_schemas, TransactionSchema())),
      heartbeat_key_(Head(options_.key_schemas, HeartbeatKeySchema()) + "{\"serverName\":" +
                     Quoted(options_.logical_name) + "}" + (options_.key_schemas ? "}" : "")),
      heartbeat_head_(Head(options_.value_schemas, HeartbeatSchema())),
      message_source_head_(SourceHead(options_)),
      message_source_mid_(SourceMid(options_.database)),
      message_source_table_(SourceTable("", "")),
      outbox_(options_) {}

AlteredValues EnvelopeEncoder::TakeAltered() {
  AlteredValues taken;
  for (ValueSink* sink : {&value_, &key_, &header_}) {
    if (sink->altered.empty()) continue;
    AddAltered(taken, sink->altered);
    sink->altered.clear();
  }
  outbox_.TakeAltered(taken);
  return taken;
}

std::optional<std::string_view> EnvelopeEncoder::OutboxKey(const OutboxShape& shape,
                                                           const Table& table, Row row) {
  return outbox_.Key(shape, table, row);
}

OutboxValue EnvelopeEncoder::OutboxEvent(const OutboxShape& shape, const Table& table, Row row,
                                         std::string_view route) {
  return outbox_.Event(shape, table, row, route);
}

std::optional<std::string_view> EnvelopeEncoder::PlainText(const Table& table, uint32_t column,
                                                           Row row) {
  return outbox_.PlainText(table, column, row);
}

std::optional<int64_t> EnvelopeEncoder::MillisOf(const Table& table, uint32_t column, Row row) {
  return outbox_.MillisOf(table, column, row);
}

const RowLayout& EnvelopeEncoder::LayoutOf(const Table& table) {
  if (table.number >= layouts_.size()) layouts_.resize(size_t{table.number} + 1);
  std::unique_ptr<RowLayout>& layout = layouts_[table.number];
  if (layout == nullptr) layout = std::make_unique<RowLayout>(table, options_);
  return *layout;
}

std::string_view EnvelopeEncoder::FinishValue() {
  if (options_.value_schemas) value_.out.Put('}');
  return value_.out.view();
}

std::string_view EnvelopeEncoder::FinishKey() {
  if (options_.key_schemas) key_.out.Put('}');
  return key_.out.view();
}

std::optional<std::string_view> EnvelopeEncoder::Key(const Table& table, Row row) {
  const RowLayout& layout = LayoutOf(table);
  if (layout.key.empty()) return std::nullopt;
  key_.out.Clear();
  key_.out.Append(layout.key_head);
  AppendKey(table, layout, row, key_);
  return FinishKey();
}

void EnvelopeEncoder::AppendKey(const Table& table, const RowLayout& layout, Row row,
                                ValueSink& sink) {
  const ColumnLayout* const inexact = layout.AppendKey(row, sink);
  if (inexact != nullptr) [[unlikely]]
    failure_ = InexactKey(table, inexact->place, sink.lost, options_);
}

std::string_view EnvelopeEncoder::KeyHeader(const Table& table, Row row) {
  header_.out.Clear();
  AppendKey(table, LayoutOf(table), row, header_);
  return header_.out.view();
}

void EnvelopeEncoder::AppendEnvelope(char operation, const RowLayout& layout,
                                     std::optional<Row> before, std::optional<Row> after,
                                     const ChangeContext& context) {
  TextBuffer& out = value_.out;
  out.Clear();
  out.Append(layout.value_head(after ? *after : before ? *before : Row()));
  out.Append("{\"before\":");
  if (before) {
    layout.AppendRow(*before, value_);
  } else {
    out.Append("null");
  }
  out.Append(",\"after\":");
  if (after) {
    layout.AppendRow(*after, value_);
  } else {
    out.Append("null");
  }
  out.Append(",\"source\":");
  AppendSource({layout.source_head, layout.source_mid, layout.source_table}, context, out);
  out.Append(",\"transaction\":");
  AppendPlace(context, out);
  char letter[] = ",\"op\":\"c\"";
  letter[7] = operation;
  out.Append({letter, sizeof(letter) - 1});
  AppendClock(context.now_ns, out);
  out.Put('}');
}

std::string_view EnvelopeEncoder::Value(RowOperation operation, const Table& table,
                                        std::optional<Row> before, std::optional<Row> after,
                                        const ChangeContext& context) {
  AppendEnvelope(LetterOf(operation), LayoutOf(table), before, after, context);
  return FinishValue();
}

std::string_view EnvelopeEncoder::Truncate(const Table& table, const ChangeContext& context) {
  AppendEnvelope('t', LayoutOf(table), std::nullopt, std::nullopt, context);
  return FinishValue();
}

std::string_view EnvelopeEncoder::MessageKey(std::string_view prefix) {
  key_.out.Clear();
  key_.out.Append(message_key_head_);
  key_.out.Append("{\"prefix\":");
  AppendText(prefix, key_);
  key_.out.Put('}');
  return FinishKey();
}

std::string_view EnvelopeEncoder::Message(std::string_view prefix, std::string_view content,
                                          const ChangeContext& context) {
  TextBuffer& out = value_.out;
  out.Clear();
  out.Append(message_head_);
  out.Append("{\"op\":\"m\",\"ts_ms\":");
  out.AppendInteger(context.now_ns / 1'000'000);
  out.Append(",\"source\":");
  AppendSource({message_source_head_, message_source_mid_, message_source_table_}, context, out);
  out.Append(",\"transaction\":");
  AppendPlace(context, out);
  out.Append(",\"message\":{\"prefix\":");
  AppendText(prefix, value_);
  out.Append(",\"content\":");
  AppendBytes(content, options_.binary, out);
  out.Append("}}");
  return FinishValue();
}

std::string_view EnvelopeEncoder::TransactionKey(uint32_t transaction_id, Lsn lsn) {
  key_.out.Clear();
  key_.out.Append(transaction_key_head_);
  key_.out.Append("{\"id\":");
  AppendTransactionId(transaction_id, lsn, key_.out);
  key_.out.Put('}');
  return FinishKey();
}

std::string_view EnvelopeEncoder::TransactionBegin(uint32_t transaction_id, Lsn lsn,
                                                   int64_t ts_ms) {
  TextBuffer& out = value_.out;
  out.Clear();
  out.Append(transaction_head_);
  out.Append("{\"status\":\"BEGIN\",\"id\":");
  AppendTransactionId(transaction_id, lsn, out);
  out.Append(",\"event_count\":null,\"data_collections\":null,\"ts_ms\":");
  out.AppendInteger(ts_ms);
  out.Put('}');
  return FinishValue();
}

std::string_view EnvelopeEncoder::TransactionEnd(uint32_t transaction_id, Lsn lsn, int64_t ts_ms,
                                                 std::span<const TableCount> tables) {
  TextBuffer& out = value_.out;
  out.Clear();
  out.Append(transaction_head_);
  out.Append("{\"status\":\"END\",\"id\":");
  AppendTransactionId(transaction_id, lsn, out);
  uint64_t events = 0;
  for (const TableCount& count : tables) events += count.events;
  out.Append(",\"event_count\":");
  out.AppendUnsigned(events);
  out.Append(",\"data_collections\":[");
  bool first = true;
  for (const TableCount& count : tables) {
    out.Append(first ? "{\"data_collection\":" : ",{\"data_collection\":");
    first = false;
    if (count.table == nullptr) {
      // Messages. Debezium shows a Java object, with another number each time.
      out.Append("\"message\"");
    } else {
      value_.plain.assign(count.table->schema).append(".").append(count.table->name);
      AppendText(value_.plain, value_);
    }
    out.Append(",\"event_count\":");
    out.AppendUnsigned(count.events);
    out.Put('}');
  }
  out.Append("],\"ts_ms\":");
  out.AppendInteger(ts_ms);
  out.Put('}');
  return FinishValue();
}

std::string_view EnvelopeEncoder::HeartbeatKey() {
  return heartbeat_key_;
}

std::string_view EnvelopeEncoder::Heartbeat(int64_t ts_ms) {
  value_.out.Clear();
  value_.out.Append(heartbeat_head_);
  value_.out.Append("{\"ts_ms\":");
  value_.out.AppendInteger(ts_ms);
  value_.out.Put('}');
  return FinishValue();
}

}  // namespace sluice::debezium
