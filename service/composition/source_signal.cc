#include "service/composition/source_signal.h"

#include <array>
#include <string_view>

#include "adapters/postgres/sql_text.h"
#include "service/composition/capture_settings.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

std::string Quoted(const std::string& name) {
  std::string expression;
  for (const char c : name) {
    if (std::string_view("\\[]{}()*+?^$|,:").find(c) != std::string_view::npos) expression += '\\';
    expression += c;
  }
  return expression;
}

}  // namespace

std::string PatternOf(const std::string& schema, const std::string& name) {
  return Quoted(schema) + "." + Quoted(name);
}

std::string RenderSignalData(const SourceSignal& signal) {
  JsonWriter json;
  json.BeginObject().Key("type").String("incremental");
  json.Key("data-collections").BeginArray();
  for (const std::string& table : signal.tables) json.String(table);
  json.EndArray();
  if (!signal.filter.empty()) {
    json.Key("additional-conditions").BeginArray();
    for (const std::string& table : signal.tables) {
      json.BeginObject().Key("data-collection").String(table);
      json.Key("filter").String(signal.filter).EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  return json.text();
}

Status SendToCapture(const SourceSignal& signal, const config::Config& config,
                     postgres::Connection& connection) {
  JsonWriter json;
  json.BeginObject().Key("id").String(signal.id).Key("type").String(signal.type);
  json.Key("data").Raw(RenderSignalData(signal)).EndObject();
  // Transactional, so that it stands in the log for good before this returns.
  return connection.Run("SELECT pg_catalog.pg_logical_emit_message(true, " +
                            postgres::QuoteText(SignalPrefix(config)) + ", " +
                            postgres::QuoteText(json.text()) + ")",
                        "writing the signal");
}

Status SendToSignalTable(const SourceSignal& signal, const config::Config& config,
                         postgres::Connection& connection) {
  const std::string& name = config.signal_data_collection;
  const size_t dot = name.find('.');
  const std::string table = dot == std::string::npos
                                ? postgres::QuoteName(name)
                                : postgres::QuoteName(name.substr(0, dot), name.substr(dot + 1));
  const std::array<std::string, 3> values = {signal.id, signal.type, RenderSignalData(signal)};
  // By position: the columns are Debezium's three, whatever they are called.
  const auto sent = connection.Query("INSERT INTO " + table + " VALUES ($1, $2, $3)",
                                     "writing the signal into " + name, values);
  return sent ? Status() : Status(sent.error());
}

}  // namespace sluice::service
