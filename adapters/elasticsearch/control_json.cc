#include "adapters/elasticsearch/control_json.h"

#include <simdjson.h>

#include <map>

#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/json_escape.h"

namespace sluice::elasticsearch {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kSchema = "sluice.control/1";

/// One member after the other of a JSON object.
class ObjectText {
 public:
  void Text(std::string_view name, std::string_view value) {
    Name(name);
    text_ += '"';
    AppendEscaped(value, text_);
    text_ += '"';
  }
  void Number(std::string_view name, int64_t value) {
    Name(name);
    text_ += std::to_string(value);
  }
  /// `items` are JSON already.
  void Array(std::string_view name, const std::string& items) {
    Name(name);
    text_ += '[';
    text_ += items;
    text_ += ']';
  }
  [[nodiscard]] std::string Take() { return "{" + text_ + "}"; }

 private:
  void Name(std::string_view name) {
    if (!text_.empty()) text_ += ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
  }
  std::string text_;
};

/// Reads members and remembers whether one was missing.
class ObjectReader {
 public:
  explicit ObjectReader(const element& from) : from_(from) {}

  std::string Text(std::string_view name) {
    std::string_view text;
    if (from_[name].get(text) != simdjson::SUCCESS) good_ = false;
    return std::string(text);
  }
  int64_t Number(std::string_view name) {
    int64_t number = 0;
    if (from_[name].get(number) != simdjson::SUCCESS) good_ = false;
    return number;
  }
  array Array(std::string_view name) {
    array items;
    if (from_[name].get(items) != simdjson::SUCCESS) good_ = false;
    return items;
  }
  [[nodiscard]] bool good() const { return good_; }
  void Fail() { good_ = false; }

 private:
  const element from_;
  bool good_ = true;
};

std::string NumbersJson(const std::vector<int64_t>& numbers) {
  std::string json;
  for (const int64_t number : numbers) json += (json.empty() ? "" : ",") + std::to_string(number);
  return json;
}

void ReadNumbers(ObjectReader& read, const array& items, std::vector<int64_t>& numbers) {
  for (const element item : items) {
    int64_t number = 0;
    if (item.get(number) != simdjson::SUCCESS) read.Fail();
    numbers.push_back(number);
  }
}

void ReadLists(ObjectReader& read, const element& document, ControlRecord& record) {
  array items;
  if (document["primaries"].get(items) != simdjson::SUCCESS) {
    read.Fail();
    return;
  }
  for (const element item : items) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) read.Fail();
    record.destination.primaries.emplace_back(text);
  }
  if (document["starts"].get(items) != simdjson::SUCCESS) {
    read.Fail();
    return;
  }
  ReadNumbers(read, items, record.starts);
  if (document["floors"].get(items) == simdjson::SUCCESS) ReadNumbers(read, items, record.floors);
  // Records that were made before it was kept know of no snapshot.
  if (document["snapshots_known"].get(items) == simdjson::SUCCESS)
    ReadNumbers(read, items, record.snapshots_known);
}

ControlTicket TicketOf(const element& answer) {
  ControlTicket ticket;
  if (answer["_seq_no"].get(ticket.seq_no) != simdjson::SUCCESS ||
      answer["_primary_term"].get(ticket.primary_term) != simdjson::SUCCESS)
    return {};
  return ticket;
}

}  // namespace

std::string RenderControl(const ControlRecord& record) {
  ObjectText json;
  json.Text("schema", kSchema);
  json.Text("index", record.index);
  json.Text("backing", record.destination.backing);
  json.Text("index_uuid", record.destination.uuid);
  json.Text("index_history_uuid", record.destination.history_uuid);
  std::string primaries;
  for (const std::string& primary : record.destination.primaries) {
    primaries += primaries.empty() ? "\"" : ",\"";
    AppendEscaped(primary, primaries);
    primaries += '"';
  }
  json.Array("primaries", primaries);
  json.Number("operations", record.destination.operations);
  json.Text("group", record.group);
  json.Text("cluster_id", record.cluster_id);
  json.Text("topic", record.topic);
  json.Text("topic_id", record.topic_id);
  json.Number("partitions", record.partitions);
  json.Text("key_encoding", KeyEncodingText(record.key_encoding));
  json.Text("version_mode", VersionModeName(record.version_mode));
  json.Number("incarnation", record.incarnation);
  json.Array("starts", NumbersJson(record.starts));
  if (!record.floors.empty()) json.Array("floors", NumbersJson(record.floors));
  json.Array("snapshots_known", NumbersJson(record.snapshots_known));
  return json.Take();
}

Result<ControlRecord> ParseControl(const std::string& text) {
  const Error bad{"the control record cannot be read: " + text.substr(0, 500),
                  "it was written by another program or a later version; set control.index to an "
                  "index of its own"};
  simdjson::dom::parser parser;
  element document;
  if (parser.parse(text).get(document) != simdjson::SUCCESS) return bad;
  ObjectReader read(document);
  if (read.Text("schema") != kSchema) return bad;
  ControlRecord record;
  record.index = read.Text("index");
  record.destination.exists = true;
  record.destination.backing = read.Text("backing");
  record.destination.uuid = read.Text("index_uuid");
  record.destination.history_uuid = read.Text("index_history_uuid");
  record.destination.operations = read.Number("operations");
  record.group = read.Text("group");
  record.cluster_id = read.Text("cluster_id");
  record.topic = read.Text("topic");
  record.topic_id = read.Text("topic_id");
  record.partitions = static_cast<int32_t>(read.Number("partitions"));
  const auto encoding = ParseKeyEncoding(read.Text("key_encoding"));
  const std::string mode = read.Text("version_mode");
  record.incarnation = static_cast<int32_t>(read.Number("incarnation"));
  ReadLists(read, document, record);
  const bool known_mode = mode == VersionModeName(VersionMode::kOffset) ||
                          mode == VersionModeName(VersionMode::kHeader);
  if (!read.good() || !encoding || !known_mode || record.incarnation < 1 ||
      record.incarnation > kIncarnationMax ||
      record.starts.size() != static_cast<size_t>(record.partitions) ||
      (!record.floors.empty() && record.floors.size() != record.starts.size()))
    return bad;
  record.key_encoding = *encoding;
  if (mode == VersionModeName(VersionMode::kHeader)) record.version_mode = VersionMode::kHeader;
  return record;
}

std::optional<StoredControl> ReadStored(const std::string& reply) {
  simdjson::dom::parser parser;
  element answer;
  element source;
  if (parser.parse(reply).get(answer) != simdjson::SUCCESS ||
      answer["_source"].get(source) != simdjson::SUCCESS)
    return std::nullopt;
  StoredControl stored{simdjson::minify(source), TicketOf(answer)};
  if (stored.ticket.seq_no < 0) return std::nullopt;
  return stored;
}

ControlTicket ReadTicket(const std::string& reply) {
  simdjson::dom::parser parser;
  element answer;
  return parser.parse(reply).get(answer) == simdjson::SUCCESS ? TicketOf(answer) : ControlTicket();
}

std::string StatsPath(const std::string& backing) {
  return "/" + UrlEscaped(backing) +
         "/_stats/docs?level=shards&filter_path=indices.*.shards.*.routing.primary,"
         "indices.*.shards.*.commit.user_data.history_uuid,"
         "indices.*.shards.*.seq_no.max_seq_no";
}

std::optional<ShardFacts> ReadShards(const std::string& reply, const std::string& backing,
                                     int64_t shards) {
  simdjson::dom::parser parser;
  element answer;
  object by_number;
  if (parser.parse(reply).get(answer) != simdjson::SUCCESS ||
      answer["indices"][backing]["shards"].get(by_number) != simdjson::SUCCESS)
    return std::nullopt;
  std::map<int64_t, std::string> primaries;
  ShardFacts facts;
  for (const auto& [number, copies] : by_number) {
    array list;
    if (copies.get(list) != simdjson::SUCCESS) return std::nullopt;
    for (const element copy : list) {
      bool primary = false;
      std::string_view history;
      int64_t highest = -1;
      if (copy["routing"]["primary"].get(primary) != simdjson::SUCCESS || !primary) continue;
      if (copy["commit"]["user_data"]["history_uuid"].get(history) != simdjson::SUCCESS ||
          copy["seq_no"]["max_seq_no"].get(highest) != simdjson::SUCCESS)
        continue;
      const int64_t shard = std::atoll(std::string(number).c_str());
      primaries[shard] = std::string(number) + ":" + std::string(history);
      facts.operations += highest + 1;
    }
  }
  if (static_cast<int64_t>(primaries.size()) != shards) return std::nullopt;
  for (const auto& [number, text] : primaries) facts.primaries.push_back(text);
  return facts;
}

std::string ControlIndexBody() {
  // Small and never searched by a field: nothing is mapped. It is as safe as the replicas that the
  // cluster can hold.
  return R"({"settings":{"index.number_of_shards":1,"index.auto_expand_replicas":"0-2"},)"
         R"("mappings":{"dynamic":false,"properties":{"index":{"type":"keyword"},)"
         R"("topic":{"type":"keyword"}}}})";
}

}  // namespace sluice::elasticsearch
