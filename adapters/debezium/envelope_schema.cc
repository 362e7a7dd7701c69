#include "adapters/debezium/envelope_schema.h"

#include <initializer_list>

#include "adapters/debezium/connect_schema.h"

namespace sluice::debezium {
namespace {

std::string Field(std::string_view type, bool optional, std::string_view name) {
  ConnectType described;
  described.type = type;
  return SchemaJson(described, {optional, "", name});
}

std::string Joined(std::initializer_list<std::string> fields) {
  std::string json;
  for (const std::string& field : fields) json += (json.empty() ? "" : ",") + field;
  return json;
}

std::string SourceSchema() {
  ConnectType snapshot;
  snapshot.type = "string";
  snapshot.name = "io.debezium.data.Enum";
  snapshot.version = 1;
  snapshot.parameters.emplace_back(
      "allowed",
      "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental");
  return StructJson(
      Joined({Field("string", false, "version"), Field("string", false, "connector"),
              Field("string", false, "name"), Field("int64", false, "ts_ms"),
              SchemaJson(snapshot, {true, "\"false\"", "snapshot"}), Field("string", false, "db"),
              Field("string", true, "sequence"), Field("int64", true, "ts_us"),
              Field("int64", true, "ts_ns"), Field("string", false, "schema"),
              Field("string", false, "table"), Field("int64", true, "txId"),
              Field("int64", true, "lsn"), Field("int64", true, "xmin"),
              Field("string", true, "origin"), Field("int64", true, "origin_lsn")}),
      false, "io.debezium.connector.postgresql.Source", 1, "source");
}

std::string PlaceSchema() {
  return StructJson(Joined({Field("string", false, "id"), Field("int64", false, "total_order"),
                            Field("int64", false, "data_collection_order")}),
                    true, "event.block", 1, "transaction");
}

}  // namespace

std::string EnvelopeSchema(std::string_view before, std::string_view after,
                           std::string_view schema_prefix) {
  return StructJson(Joined({std::string(before), std::string(after), SourceSchema(), PlaceSchema(),
                            Field("string", false, "op"), Field("int64", true, "ts_ms"),
                            Field("int64", true, "ts_us"), Field("int64", true, "ts_ns")}),
                    false, std::string(schema_prefix) + ".Envelope", 2, "");
}

std::string MessageKeySchema() {
  return StructJson(Field("string", true, "prefix"), false,
                    "io.debezium.connector.postgresql.MessageKey", 1, "");
}

std::string MessageSchema(BinaryMode binary) {
  const std::string message = StructJson(
      Joined({Field("string", true, "prefix"),
              Field(binary == BinaryMode::kBytes ? "bytes" : "string", true, "content")}),
      false, "io.debezium.connector.postgresql.Message", 1, "message");
  return StructJson(Joined({Field("string", false, "op"), Field("int64", true, "ts_ms"),
                            SourceSchema(), PlaceSchema(), message}),
                    false, "io.debezium.connector.postgresql.MessageValue", 1, "");
}

std::string TransactionKeySchema() {
  return StructJson(Field("string", false, "id"), false,
                    "io.debezium.connector.common.TransactionMetadataKey", 1, "");
}

std::string TransactionSchema() {
  ConnectType tables;
  tables.type = "array";
  tables.contents = ",\"items\":" + StructJson(Joined({Field("string", false, "data_collection"),
                                                       Field("int64", false, "event_count")}),
                                               true, "event.collection", 1, "");
  return StructJson(
      Joined({Field("string", false, "status"), Field("string", false, "id"),
              Field("int64", true, "event_count"),
              SchemaJson(tables, {true, "", "data_collections"}), Field("int64", false, "ts_ms")}),
      false, "io.debezium.connector.common.TransactionMetadataValue", 1, "");
}

std::string HeartbeatKeySchema() {
  return StructJson(Field("string", false, "serverName"), false,
                    "io.debezium.connector.common.ServerNameKey", 1, "");
}

std::string HeartbeatSchema() {
  return StructJson(Field("int64", false, "ts_ms"), false, "io.debezium.connector.common.Heartbeat",
                    1, "");
}

}  // namespace sluice::debezium
