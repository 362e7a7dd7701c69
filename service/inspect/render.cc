#include "service/inspect/render.h"

#include <cstdio>
#include <optional>

#include "adapters/debezium/base64.h"
#include "adapters/debezium/json_text.h"
#include "core/operations/time_text.h"
#include "service/text/json_writer.h"
#include "service/text/utf8.h"

namespace sluice::inspect {
namespace {

using Action = PlannedWrite::Action;

void SaveBytes(JsonWriter& json, const std::string& name, const std::optional<std::string>& bytes) {
  if (!bytes) {
    json.Key(name).Null();
  } else if (IsUtf8(*bytes)) {
    json.Key(name).String(*bytes);
  } else {
    json.Key(name + "_base64").String(debezium::Base64(*bytes));
  }
}

void Optional(JsonWriter& json, const char* name, const std::string& text) {
  json.Key(name);
  text.empty() ? json.Null() : json.String(text);
}

void Optional(JsonWriter& json, const char* name, const std::optional<int64_t>& value) {
  json.Key(name);
  value ? json.Integer(*value) : json.Null();
}

void WriteKey(JsonWriter& json, const debezium::RecordDescription& description) {
  json.Key("key").BeginArray();
  for (const auto& column : description.key) {
    json.BeginObject();
    Optional(json, "name", column.name);
    json.Key("text");
    column.kind == KeyPart::Kind::kNull ? json.Null() : json.String(column.text);
    json.EndObject();
  }
  json.EndArray();
}

void WriteSource(JsonWriter& json, const debezium::RecordDescription& description) {
  json.Key("source").BeginObject();
  Optional(json, "connector", description.connector);
  Optional(json, "db", description.db);
  Optional(json, "schema", description.schema);
  Optional(json, "table", description.table);
  Optional(json, "snapshot", description.snapshot);
  Optional(json, "tx_id", description.tx_id);
  Optional(json, "lsn", description.lsn);
  Optional(json, "time", description.source_ms ? RenderTime(*description.source_ms) : "");
  json.EndObject();
}

void WritePlan(JsonWriter& json, const PlannedWrite& write) {
  json.Key("write").BeginObject().Key("action").String(ActionName(write.action));
  if (write.action == Action::kIndex || write.action == Action::kDelete) {
    json.Key("index").String(write.index).Key("id").String(write.id);
    json.Key("version").Integer(write.version);
  } else if (write.action == Action::kTruncate) {
    json.Key("index").String(write.index).Key("version").Integer(write.version);
  } else {
    json.Key("reason").String(write.reason);
  }
  if (write.action == Action::kIndex) {
    json.Key("bytes").Unsigned(write.document.size());
    // Inside its brackets a row is not checked before the index does: a fault must not spoil the
    // line.
    if (debezium::IsJson(write.document) && IsUtf8(write.document)) {
      json.Key("document").Raw(write.document);
    } else {
      json.Key("document_text").String(write.document);
    }
  }
  json.EndObject();
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string safe;
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8Length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
    const bool control =
        byte < 0x20 || byte == 0x7F ||
        (byte == 0xC2 && length == 2 && static_cast<unsigned char>(text[i + 1]) < 0xA0);
    if (length == 0 || control) {
      char escape[8];
      const size_t bytes = length == 0 ? 1 : length;
      for (size_t k = 0; k < bytes; ++k) {
        std::snprintf(escape, sizeof escape, "\\x%02x",
                      static_cast<unsigned>(static_cast<unsigned char>(text[i + k])));
        safe += escape;
      }
      i += bytes;
      continue;
    }
    safe += text.substr(i, length);
    i += length;
  }
  return safe;
}

std::string KeyText(const debezium::RecordDescription& description) {
  std::string text;
  for (const auto& column : description.key) {
    if (!text.empty()) text += ",";
    text += column.kind == KeyPart::Kind::kNull ? "null" : Printable(column.text);
  }
  return text.empty() ? "-" : text;
}

std::string RenderTime(int64_t ms) {
  return ms < 0 ? "-" : TimeText(ms);
}

std::string RenderLine(const OwnedRecord& record, const InspectedRecord& inspected) {
  const debezium::RecordDescription& description = inspected.description;
  const PlannedWrite& write = inspected.write;
  std::string op = Printable(description.op);
  if (op.empty()) op = description.kind == EventKind::kTombstone ? "tombstone" : "-";
  std::string line = record.stream.topic + " " + std::to_string(record.stream.partition) + " " +
                     std::to_string(record.offset.value) + " " + RenderTime(record.timestamp_ms) +
                     " " + op + " " + KeyText(description) + " → " + ActionName(write.action) + " ";
  switch (write.action) {
    case Action::kSkip:
    case Action::kReject:
    case Action::kHalt: return line + write.reason;
    case Action::kTruncate: return line + write.index + " v" + std::to_string(write.version);
    case Action::kIndex:
    case Action::kDelete: break;
  }
  line += write.index + "/" + Printable(write.id) + " v" + std::to_string(write.version);
  if (write.action == Action::kDelete) return line;
  line += " " + std::to_string(write.document.size()) + " B";
  const char* separator = " unchanged ";
  for (const std::string& column : description.unchanged) {
    line += separator + Printable(column);
    separator = ",";
  }
  return line;
}

std::string RenderJson(const OwnedRecord& record, const InspectedRecord& inspected) {
  const debezium::RecordDescription& description = inspected.description;
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.inspect/1");
  json.Key("topic").String(record.stream.topic);
  json.Key("partition").Integer(record.stream.partition);
  json.Key("offset").Integer(record.offset.value);
  Optional(json, "time", record.timestamp_ms < 0 ? "" : RenderTime(record.timestamp_ms));
  Optional(json, "op", description.op);
  json.Key("kind").String(EventKindName(description.kind));
  WriteKey(json, description);
  WriteSource(json, description);
  json.Key("unchanged").BeginArray();
  for (const std::string& column : description.unchanged) json.String(column);
  json.EndArray();
  WritePlan(json, inspected.write);
  json.EndObject();
  return json.text();
}

std::string RenderSaved(const OwnedRecord& record) {
  JsonWriter json;
  json.BeginObject().Key("topic").String(record.stream.topic);
  json.Key("partition").Integer(record.stream.partition);
  json.Key("offset").Integer(record.offset.value);
  json.Key("timestamp").Integer(record.timestamp_ms).Key("headers").BeginArray();
  for (const Header& header : record.headers) {
    json.BeginArray().String(header.name);
    header.value ? json.String(*header.value) : json.Null();
    json.EndArray();
  }
  json.EndArray();
  SaveBytes(json, "key", record.key);
  SaveBytes(json, "value", record.value);
  json.EndObject();
  return json.text();
}

}  // namespace sluice::inspect
