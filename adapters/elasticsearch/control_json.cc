#include "adapters/elasticsearch/control_json.h"

#include <simdjson.h>

#include <map>

#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/json_object.h"

namespace sluice::elasticsearch {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kSchema = "sluice.control/1";

ControlTicket TicketOf(const element& answer) {
  ControlTicket ticket;
  if (answer["_seq_no"].get(ticket.seq_no) != simdjson::SUCCESS ||
      answer["_primary_term"].get(ticket.primary_term) != simdjson::SUCCESS)
    return {};
  return ticket;
}

void AddIndex(ObjectText& json, const IndexFacts& facts) {
  json.Text("backing", facts.backing);
  json.Text("index_uuid", facts.uuid);
  json.Text("index_history_uuid", facts.history_uuid);
  json.Texts("primaries", facts.primaries);
  json.Number("operations", facts.operations);
}

IndexFacts ReadIndex(ObjectReader& read) {
  IndexFacts facts;
  facts.exists = true;
  facts.backing = read.Text("backing");
  facts.uuid = read.Text("index_uuid");
  facts.history_uuid = read.Text("index_history_uuid");
  facts.primaries = read.Texts("primaries");
  facts.operations = read.Number("operations");
  return facts;
}

std::string RenderOther(const OtherIndex& other) {
  ObjectText json;
  AddIndex(json, other.facts);
  json.Text("role", other.next ? "next" : "former");
  json.Numbers("offsets", other.offsets);
  json.Numbers("told_epochs", other.told_epochs);
  json.Numbers("told_versions", other.told_versions);
  json.Numbers("floors", other.floors);
  json.Number("hides_stubs", other.hides_stubs ? 1 : 0);
  json.Number("moved_ms", other.moved_ms);
  json.Number("keep_until_ms", other.keep_until_ms);
  return json.Take();
}

std::optional<OtherIndex> ReadOther(const element& from) {
  ObjectReader read(from);
  OtherIndex other;
  other.facts = ReadIndex(read);
  const std::string role = read.Text("role");
  other.next = role == "next";
  other.offsets = read.Numbers("offsets");
  // Records that were made before these were kept lack them.
  if (read.Has("told_epochs")) other.told_epochs = read.Numbers("told_epochs");
  if (read.Has("told_versions")) other.told_versions = read.Numbers("told_versions");
  other.floors = read.Numbers("floors");
  other.hides_stubs = read.Number("hides_stubs") != 0;
  other.moved_ms = read.Number("moved_ms");
  other.keep_until_ms = read.Number("keep_until_ms");
  if (!read.good() || (!other.next && role != "former")) return std::nullopt;
  return other;
}

std::string RenderRefill(const Refill& refill) {
  ObjectText json;
  json.Text("from", RefillName(refill.from));
  json.Number("asked_lsn", refill.asked_lsn);
  json.Number("told", refill.told ? 1 : 0);
  if (!refill.recipe.empty()) json.Text("recipe", refill.recipe);
  return json.Take();
}

std::optional<Refill> ReadRefill(const element& from) {
  ObjectReader read(from);
  Refill refill;
  const std::string name = read.Text("from");
  refill.asked_lsn = read.Number("asked_lsn");
  refill.told = read.Number("told") != 0;
  // Records that were made before this was kept lack it.
  if (read.Has("recipe")) refill.recipe = read.Text("recipe");
  if (!read.good()) return std::nullopt;
  for (const auto known : {Refill::From::kTopic, Refill::From::kSource, Refill::From::kFormer}) {
    refill.from = known;
    if (name == RefillName(known)) return refill;
  }
  return std::nullopt;
}

}  // namespace

std::string RenderControl(const ControlRecord& record) {
  ObjectText json;
  json.Text("schema", kSchema);
  json.Text("index", record.index);
  AddIndex(json, record.destination);
  json.Text("group", record.group);
  json.Text("cluster_id", record.cluster_id);
  json.Text("topic", record.topic);
  json.Text("topic_id", record.topic_id);
  json.Number("partitions", record.partitions);
  json.Text("key_encoding", KeyEncodingText(record.key_encoding));
  json.Text("version_mode", VersionModeName(record.version_mode));
  json.Number("incarnation", record.incarnation);
  json.Numbers("starts", record.starts);
  if (!record.floors.empty()) json.Numbers("floors", record.floors);
  json.Numbers("snapshots_known", record.snapshots_known);
  if (record.other) json.Raw("other", RenderOther(*record.other));
  if (record.refill) json.Raw("refill", RenderRefill(*record.refill));
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
  record.destination = ReadIndex(read);
  record.group = read.Text("group");
  record.cluster_id = read.Text("cluster_id");
  record.topic = read.Text("topic");
  record.topic_id = read.Text("topic_id");
  record.partitions = static_cast<int32_t>(read.Number("partitions"));
  const auto encoding = ParseKeyEncoding(read.Text("key_encoding"));
  const std::string mode = read.Text("version_mode");
  record.incarnation = static_cast<int32_t>(read.Number("incarnation"));
  record.starts = read.Numbers("starts");
  // Records that were made before these were kept lack them.
  if (read.Has("floors")) record.floors = read.Numbers("floors");
  if (read.Has("snapshots_known")) record.snapshots_known = read.Numbers("snapshots_known");
  element part;
  bool parts_good = true;
  if (document["other"].get(part) == simdjson::SUCCESS)
    parts_good = (record.other = ReadOther(part)).has_value();
  if (document["refill"].get(part) == simdjson::SUCCESS)
    parts_good = (record.refill = ReadRefill(part)).has_value() && parts_good;
  const bool known_mode = mode == VersionModeName(VersionMode::kOffset) ||
                          mode == VersionModeName(VersionMode::kHeader);
  if (!read.good() || !parts_good || !encoding || !known_mode || record.incarnation < 1 ||
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

std::string ControlPath(const std::string& records, const std::string& index,
                        const char* endpoint) {
  return "/" + UrlEscaped(records) + "/" + endpoint + "/" + UrlEscaped(index);
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
