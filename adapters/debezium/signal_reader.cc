#include "adapters/debezium/signal_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::debezium {
namespace {

using Kind = SnapshotSignal::Kind;
using simdjson::dom::element;

constexpr std::array<std::pair<std::string_view, Kind>, 5> kKinds = {{
    {"execute-snapshot", Kind::kExecute},
    {"stop-snapshot", Kind::kStop},
    {"pause-snapshot", Kind::kPause},
    {"resume-snapshot", Kind::kResume},
    {"log", Kind::kLog},
}};

Error Bad(std::string_view id, const std::string& what, const std::string& cure) {
  return {"signal " + std::string(id) + ": " + what, cure};
}

std::optional<std::string> TextAt(const element& object, std::string_view name) {
  std::string_view text;
  if (object.at_key(name).get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

/// The elements of a list; empty where there is none.
std::vector<element> ListAt(const element& object, std::string_view name) {
  simdjson::dom::array list;
  if (object.at_key(name).get(list) != simdjson::SUCCESS) return {};
  return {list.begin(), list.end()};
}

bool SameLetters(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

/// What the tables' rows must meet, as `additional-conditions` or the older one for all tables.
std::string ConditionOf(const element& data, std::string_view table) {
  for (const element& condition : ListAt(data, "additional-conditions")) {
    if (TextAt(condition, "data-collection") != table) continue;
    return TextAt(condition, "filter").value_or("");
  }
  return TextAt(data, "additional-condition").value_or("");
}

Result<SnapshotSignal> Fill(SnapshotSignal signal, const std::optional<element>& data) {
  if (!data && (signal.kind == Kind::kExecute || signal.kind == Kind::kLog)) {
    return Bad(signal.id, "its data is no JSON object",
               R"(expected {"data-collections":["schema.table"]})");
  }
  if (!data) return signal;
  if (signal.kind == Kind::kLog) {
    signal.message = TextAt(*data, "message").value_or("");
    return signal;
  }
  const std::string type = TextAt(*data, "type").value_or("incremental");
  if (!SameLetters(type, "incremental")) {
    return Bad(signal.id, "the snapshot's type is " + type,
               "the only one is incremental: it stops nothing meanwhile");
  }
  for (const element& name : ListAt(*data, "data-collections")) {
    std::string_view table;
    if (name.get(table) != simdjson::SUCCESS || table.empty()) {
      return Bad(signal.id, "data-collections holds something that is no name",
                 "expected texts as \"schema.table\"");
    }
    signal.targets.push_back({std::string(table), ConditionOf(*data, table)});
  }
  if (signal.kind == Kind::kExecute && signal.targets.empty()) {
    return Bad(signal.id, "it names no tables", R"(expected "data-collections":["schema.table"])");
  }
  return signal;
}

Result<SnapshotSignal> Begin(std::string_view id, std::string_view type) {
  SnapshotSignal signal;
  signal.id = id;
  for (const auto& [name, kind] : kKinds) {
    if (type != name) continue;
    signal.kind = kind;
    return signal;
  }
  return Bad(id, "its type is '" + std::string(type) + "'",
             "expected execute-snapshot, stop-snapshot, pause-snapshot, resume-snapshot or log");
}

std::optional<element> ObjectOf(simdjson::dom::parser& parser, std::string_view text) {
  element parsed;
  if (parser.parse(text.data(), text.size()).get(parsed) != simdjson::SUCCESS) return std::nullopt;
  return parsed.is_object() ? std::optional(parsed) : std::nullopt;
}

}  // namespace

Result<SnapshotSignal> SignalReader::Decode(std::string_view id, std::string_view type,
                                            std::string_view data) {
  Result<SnapshotSignal> signal = Begin(id, type);
  if (!signal) return signal;
  simdjson::dom::parser parser;
  return Fill(std::move(*signal), ObjectOf(parser, data));
}

Result<SnapshotSignal> SignalReader::Decode(std::string_view message) {
  simdjson::dom::parser parser;
  const auto object = ObjectOf(parser, message);
  if (!object) return Bad("", "the message is no JSON object", R"(expected {"id","type","data"})");
  Result<SnapshotSignal> signal =
      Begin(TextAt(*object, "id").value_or(""), TextAt(*object, "type").value_or(""));
  if (!signal) return signal;
  element data;
  const bool has_data = object->at_key("data").get(data) == simdjson::SUCCESS && data.is_object();
  return Fill(std::move(*signal), has_data ? std::optional(data) : std::nullopt);
}

}  // namespace sluice::debezium
