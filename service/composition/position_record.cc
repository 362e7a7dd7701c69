#include "service/composition/position_record.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "core/model/lsn_text.h"
#include "service/composition/descriptor_waiter.h"
#include "service/text/json_writer.h"

namespace sluice::service {
namespace {

constexpr const char* kSchema = "sluice.position/1";
constexpr const char* kTablesSchema = "sluice.tables/2";
constexpr std::string_view kTablesName = "/tables";
constexpr std::string_view kTopicsName = "/topics";
constexpr const char* kTopicsSchema = "sluice.topics/1";
constexpr const char* kFormerTablesSchema = "sluice.tables/1";
constexpr std::array<const char*, 3> kSnapshots = {"not_taken", "running", "done"};
constexpr std::chrono::milliseconds kAskEvery{1'000};
constexpr int64_t kAnswerWithinUs = 60'000'000;

void WriteTexts(JsonWriter& json, const char* name, const std::vector<std::string>& texts) {
  json.Key(name).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void WriteIncremental(JsonWriter& json, const IncrementalProgress& progress) {
  json.BeginObject().Key("paused").Boolean(progress.paused);
  json.Key("wanted").BeginArray();
  for (const SnapshotTarget& target : progress.wanted) {
    json.BeginObject().Key("pattern").String(target.pattern);
    json.Key("condition").String(target.condition).EndObject();
  }
  json.EndArray().Key("tables").BeginArray();
  for (const IncrementalProgress::Entry& table : progress.tables) {
    json.BeginObject().Key("schema").String(table.schema).Key("name").String(table.name);
    WriteTexts(json, "key", table.key);
    json.Key("condition").String(table.condition);
    if (table.first_snapshot) json.Key("first_snapshot").Boolean(true);
    json.EndObject();
  }
  json.EndArray();
  WriteTexts(json, "last_key", progress.last_key);
  WriteTexts(json, "end_key", progress.end_key);
  json.EndObject();
}

using Texts = std::vector<std::string>;

IncrementalProgress ReadIncremental(const YAML::Node& node) {
  IncrementalProgress progress;
  progress.paused = node["paused"].as<bool>();
  for (const YAML::Node& target : node["wanted"]) {
    progress.wanted.push_back(
        {target["pattern"].as<std::string>(), target["condition"].as<std::string>()});
  }
  for (const YAML::Node& table : node["tables"]) {
    // Former versions did not tell the two apart: what they left counts as asked for.
    progress.tables.push_back({table["schema"].as<std::string>(), table["name"].as<std::string>(),
                               table["key"].as<Texts>(), table["condition"].as<std::string>(),
                               table["first_snapshot"].as<bool>(false)});
  }
  progress.last_key = node["last_key"].as<Texts>();
  progress.end_key = node["end_key"].as<Texts>();
  return progress;
}

void WriteMark(JsonWriter& json, const postgres::TableMark& mark) {
  if (!mark.labels.empty()) {
    json.Key("labels").BeginObject();
    for (const auto& [id, labels] : mark.labels) {
      json.Key(std::to_string(id)).BeginObject().Key("last").Unsigned(labels.last);
      json.Key("hash").Unsigned(labels.hash).EndObject();
    }
    json.EndObject();
  }
  if (mark.columns.empty()) return;
  json.Key("columns").BeginObject();
  for (const auto& [name, column] : mark.columns) {
    json.Key(name).BeginArray().Integer(column.number).Unsigned(column.type);
    if (column.modifier != postgres::ColumnMark::kUnknown) {
      json.Integer(column.modifier).Boolean(column.generated);
    }
    json.EndArray();
  }
  json.EndObject();
  WriteTexts(json, "moved", {mark.moved.begin(), mark.moved.end()});
  WriteTexts(json, "key", mark.key);
  json.Key("files").BeginObject();
  for (const auto& [id, file] : mark.files) {
    json.Key(std::to_string(id)).BeginArray().Unsigned(file.number).String(file.attached_by);
    json.EndArray();
  }
  json.EndObject();
}

void WritePlace(JsonWriter& json, const postgres::TablePlace& place) {
  if (place.written_by == 0) return;
  json.Key("place").BeginObject().Key("name").String(place.name);
  json.Key("written_by").Unsigned(place.written_by).Key("owner").Unsigned(place.owner);
  json.Key("attached_by").String(place.attached_by).EndObject();
}

postgres::TableMark ReadMark(const YAML::Node& node) {
  postgres::TableMark mark;
  if (node["labels"]) {
    for (const auto& labels : node["labels"]) {
      mark.labels[labels.first.as<uint32_t>()] = {labels.second["last"].as<uint32_t>(),
                                                  labels.second["hash"].as<uint64_t>()};
    }
  }
  if (!node["columns"]) return mark;
  for (const auto& column : node["columns"]) {
    postgres::ColumnMark& read = mark.columns[column.first.as<std::string>()];
    read = {column.second[0].as<int32_t>(), column.second[1].as<uint32_t>()};
    if (column.second.size() < 4) continue;  // former versions knew no more
    read.modifier = column.second[2].as<int32_t>();
    read.generated = column.second[3].as<bool>();
  }
  const auto moved = node["moved"].as<Texts>();
  mark.moved = {moved.begin(), moved.end()};
  mark.key = node["key"].as<Texts>();
  for (const auto& file : node["files"]) {
    const bool former = file.second.IsScalar();
    mark.files[file.first.as<uint32_t>()] = {
        (former ? file.second : file.second[0]).as<uint32_t>(),
        former ? std::string() : file.second[1].as<std::string>()};
  }
  return mark;
}

postgres::KnownTable ReadTable(const YAML::Node& node) {
  postgres::KnownTable table;
  table.id = node["table"].as<uint32_t>();
  table.mark = ReadMark(node);
  if (!node["publication"]) return table;
  table.had.emplace();
  table.had->publication = node["publication"].as<uint32_t>();
  const auto entries = node["entries"].as<std::vector<uint32_t>>();
  table.had->entries = {entries.begin(), entries.end()};
  if (node["schemas"]) {
    const auto schemas = node["schemas"].as<std::vector<uint32_t>>();
    table.had->schemas.emplace(schemas.begin(), schemas.end());
  }
  table.had->written_by = node["written_by"].as<uint32_t>(0);
  table.had->owner = node["owner"].as<uint32_t>(0);
  if (const YAML::Node& place = node["place"]) {
    table.had->place = {place["name"].as<std::string>(), place["written_by"].as<uint32_t>(),
                        place["owner"].as<uint32_t>(), place["attached_by"].as<std::string>()};
  }
  return table;
}

}  // namespace

std::string RenderPosition(const SourcePosition& position) {
  JsonWriter json;
  json.BeginObject();
  json.Key("schema").String(kSchema);
  json.Key("epoch").Integer(position.epoch);
  json.Key("system_id").String(position.system_id);
  json.Key("timeline").Unsigned(position.timeline);
  json.Key("database").String(position.database);
  json.Key("slot").String(position.slot);
  json.Key("flushed").String(LsnText(position.flushed));
  json.Key("snapshot").String(kSnapshots.at(static_cast<size_t>(position.snapshot)));
  if (!position.snapshot_tables.empty()) {
    WriteTexts(json, "snapshot_tables", position.snapshot_tables);
  }
  if (!position.incremental.empty() || position.incremental.paused) {
    json.Key("incremental");
    WriteIncremental(json, position.incremental);
  }
  json.EndObject();
  return json.text();
}

Result<SourcePosition> ParsePosition(std::string_view text) {
  const Error bad{"the recorded position cannot be read: " + std::string(text),
                  "it was written by another program or a later version; set "
                  "capture.positions.topic to a topic of its own"};
  try {
    const YAML::Node node = YAML::Load(std::string(text));  // JSON is YAML too
    if (node["schema"].as<std::string>() != kSchema) return bad;
    SourcePosition position;
    position.epoch = node["epoch"].as<int64_t>();
    position.system_id = node["system_id"].as<std::string>();
    position.timeline = node["timeline"].as<uint32_t>();
    position.database = node["database"].as<std::string>();
    position.slot = node["slot"].as<std::string>();
    const auto flushed = ParseLsn(node["flushed"].as<std::string>());
    const auto snapshot = node["snapshot"].as<std::string>();
    if (!flushed) return bad;
    position.flushed = *flushed;
    if (node["snapshot_tables"]) position.snapshot_tables = node["snapshot_tables"].as<Texts>();
    if (node["incremental"]) position.incremental = ReadIncremental(node["incremental"]);
    for (size_t i = 0; i < kSnapshots.size(); ++i) {
      if (snapshot != kSnapshots[i]) continue;
      position.snapshot = static_cast<SourcePosition::Snapshot>(i);
      return position;
    }
    return bad;
  } catch (const YAML::Exception&) {  // the library's only way to say so
    return bad;
  }
}

std::string TablesName(const std::string& name) {
  return name + std::string(kTablesName);
}

std::string RenderTables(const postgres::KnownTables& tables) {
  JsonWriter json;
  json.BeginObject().Key("schema").String(kTablesSchema);
  json.Key("tables").BeginObject();
  for (const auto& [name, table] : tables) {
    json.Key(name).BeginObject().Key("table").Unsigned(table.id);
    WriteMark(json, table.mark);
    if (table.had) {
      json.Key("publication").Unsigned(table.had->publication).Key("entries").BeginArray();
      for (const uint32_t entry : table.had->entries) json.Unsigned(entry);
      json.EndArray();
      if (table.had->schemas) {
        json.Key("schemas").BeginArray();
        for (const uint32_t entry : *table.had->schemas) json.Unsigned(entry);
        json.EndArray();
      }
      if (table.had->written_by != 0) {
        json.Key("written_by").Unsigned(table.had->written_by);
        json.Key("owner").Unsigned(table.had->owner);
      }
      WritePlace(json, table.had->place);
    }
    json.EndObject();
  }
  json.EndObject().EndObject();
  return json.text();
}

Result<postgres::KnownTables> ParseTables(std::string_view text) {
  const Error bad{"the recorded tables cannot be read: " + std::string(text),
                  "they were written by another program or a later version; set "
                  "capture.positions.topic to a topic of its own"};
  try {
    const YAML::Node node = YAML::Load(std::string(text));
    const auto schema = node["schema"].as<std::string>();
    if (schema != kTablesSchema && schema != kFormerTablesSchema) return bad;
    if (!node["tables"].IsMap()) return bad;
    postgres::KnownTables tables;
    for (const auto& table : node["tables"]) {
      tables[table.first.as<std::string>()] =
          schema == kTablesSchema ? ReadTable(table.second)
                                  : postgres::KnownTable{table.second.as<uint32_t>(), std::nullopt};
    }
    return tables;
  } catch (const YAML::Exception&) {  // the library's only way to say so
    return bad;
  }
}

std::string TopicsName(const std::string& name) {
  return name + std::string(kTopicsName);
}

std::string RenderTopics(const kafka::TopicIds& topics) {
  JsonWriter json;
  json.BeginObject().Key("schema").String(kTopicsSchema);
  json.Key("topics").BeginObject();
  for (const auto& [topic, id] : topics) json.Key(topic).String(id);
  json.EndObject().EndObject();
  return json.text();
}

Result<kafka::TopicIds> ParseTopics(std::string_view text) {
  const Error bad{"the recorded topics cannot be read: " + std::string(text),
                  "they were written by another program or a later version; set "
                  "capture.positions.topic to a topic of its own"};
  try {
    const YAML::Node node = YAML::Load(std::string(text));
    if (node["schema"].as<std::string>() != kTopicsSchema || !node["topics"].IsMap()) return bad;
    return node["topics"].as<kafka::TopicIds>();
  } catch (const YAML::Exception&) {  // the library's only way to say so
    return bad;
  }
}

Result<RecordedRuns> PositionRecord::Load(const std::string& prefix) {
  RecordedRuns runs;
  std::optional<std::string> own;
  const Status status = topic_.Each(prefix, [&](const std::string& name, const std::string& value) {
    if (name == name_) own = value;
    if (name.ends_with(kTablesName) || name.ends_with(kTopicsName)) return;
    const auto position = ParsePosition(value);
    if (position) runs.epoch_max = std::max(runs.epoch_max, position->epoch);
  });
  if (!status) return status.error();
  if (!own) return runs;
  auto position = ParsePosition(*own);
  if (!position) return position.error();
  runs.position = std::move(*position);
  return runs;
}

Failure PositionRecord::StoreAndWait(const SourcePosition& position) {
  return StoreAndWait(name_, RenderPosition(position));
}

Result<postgres::KnownTables> PositionRecord::LoadTables() {
  const auto text = topic_.Load(TablesName(name_));
  if (!text) return text.error();
  return *text ? ParseTables(**text) : postgres::KnownTables();
}

Failure PositionRecord::StoreTablesAndWait(const postgres::KnownTables& tables,
                                           const std::stop_token& stop) {
  return StoreAndWait(TablesName(name_), RenderTables(tables), stop);
}

Result<kafka::TopicIds> PositionRecord::LoadTopics() {
  const auto text = topic_.Load(TopicsName(name_));
  if (!text) return text.error();
  return *text ? ParseTopics(**text) : kafka::TopicIds();
}

Failure PositionRecord::StoreTopicsAndWait(const kafka::TopicIds& topics,
                                           const std::stop_token& stop) {
  return StoreAndWait(TopicsName(name_), RenderTopics(topics), stop);
}

Failure PositionRecord::StoreAndWait(const std::string& name, const std::string& value,
                                     const std::stop_token& stop) {
  DescriptorWaiter waiter;
  waiter.Watch({descriptor()});
  topic_.Store(name, value);
  for (const int64_t end_us = clock_.NowUs() + kAnswerWithinUs;
       clock_.NowUs() < end_us && !stop.stop_requested();) {
    if (auto answer = topic_.Poll()) return *answer;
    waiter.Wait(kAskEvery);
  }
  return {{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated},
          "",
          "the position could not be recorded: the brokers do not answer"};
}

}  // namespace sluice::service
