#include "adapters/elasticsearch/divergence_json.h"

#include <simdjson.h>

#include <algorithm>

#include "adapters/elasticsearch/json_object.h"
#include "core/operations/json_string.h"
#include "core/operations/sha256.h"

namespace sluice::elasticsearch {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kSchema = "sluice.divergent/1";

void AppendAction(const char* action, const std::string& key, int64_t version, std::string& body) {
  // An equal version goes through: the same is said once more.
  body += "{\"";
  body += action;
  body += "\":{\"_id\":\"" + key + "\",\"version\":" + std::to_string(version) +
          ",\"version_type\":\"external_gte\"}}\n";
}

DivergenceItem ItemOf(const object& item, std::string& words) {
  int64_t status = 0;
  if (item["status"].get(status) != simdjson::SUCCESS) return DivergenceItem::kFailed;
  element error;
  const bool failed = item["error"].get(error) == simdjson::SUCCESS;
  if ((!failed && status < 300) || (!failed && status == 404) || status == 409)
    return DivergenceItem::kDone;
  std::string_view type;
  std::string_view reason;
  if (error["type"].get(type) == simdjson::SUCCESS && type == "index_not_found_exception")
    return DivergenceItem::kNoIndex;
  if (words.empty()) {
    words = std::to_string(status) + " " + std::string(type);
    if (error["reason"].get(reason) == simdjson::SUCCESS) words += ": " + std::string(reason);
  }
  return DivergenceItem::kFailed;
}

}  // namespace

std::string DivergenceKey(std::string_view index, std::string_view id) {
  std::string both(index);
  both += '\n';  // no index name holds one
  both += id;
  return Sha256Hex(both);
}

std::string RenderDivergence(const Divergence& entry) {
  ObjectText json;
  json.Text("schema", kSchema);
  json.Text("key", DivergenceKey(entry.index, entry.id));
  json.Text("index", entry.index);
  json.Text("id", entry.id);
  json.Text("reason", DivergenceReasonName(entry.reason));
  json.Texts("fields", entry.fields);
  json.Text("topic", entry.stream.topic);
  json.Number("partition", entry.stream.partition);
  json.Number("offset", entry.offset.value);
  json.Number("version", entry.version);
  json.Number("since", entry.since);
  json.Numbers("causes", entry.causes);
  json.Number("noted_ms", entry.noted_ms);
  return json.Take();
}

Result<Divergence> ParseDivergence(const std::string& document) {
  const Error bad{"an entry of a divergent id cannot be read: " + document.substr(0, 500),
                  "it was written by another program or a later version; set divergent.index to an "
                  "index of its own"};
  simdjson::dom::parser parser;
  element parsed;
  if (parser.parse(document).get(parsed) != simdjson::SUCCESS) return bad;
  ObjectReader read(parsed);
  if (read.Text("schema") != kSchema) return bad;
  Divergence entry;
  entry.index = read.Text("index");
  entry.id = read.Text("id");
  const std::string reason = read.Text("reason");
  entry.fields = read.Texts("fields");
  entry.stream.topic = read.Text("topic");
  entry.stream.partition = static_cast<int32_t>(read.Number("partition"));
  entry.offset.value = read.Number("offset");
  entry.version = read.Number("version");
  entry.since = read.Number("since");
  // Entries that were made before these were kept lack them.
  if (read.Has("causes")) entry.causes = read.Numbers("causes");
  entry.noted_ms = read.Number("noted_ms");
  const bool refused = reason == DivergenceReasonName(DivergenceReason::kRefused);
  if (!read.good() || entry.since > entry.version ||
      !std::is_sorted(entry.causes.begin(), entry.causes.end()) ||
      (!entry.causes.empty() &&
       (entry.causes.front() < entry.since || entry.causes.back() != entry.version)) ||
      !(refused || reason == DivergenceReasonName(DivergenceReason::kValueMissing)))
    return bad;
  entry.reason = refused ? DivergenceReason::kRefused : DivergenceReason::kValueMissing;
  return entry;
}

void AppendPut(const Divergence& entry, std::string& body) {
  AppendAction("index", DivergenceKey(entry.index, entry.id), entry.version, body);
  body += RenderDivergence(entry);
  body += '\n';
}

void AppendRemoval(const std::string& index, const std::string& id, int64_t version,
                   std::string& body) {
  AppendAction("delete", DivergenceKey(index, id), version, body);
}

std::optional<std::vector<DivergenceItem>> ReadDivergenceItems(const std::string& reply,
                                                               std::string& words) {
  simdjson::dom::parser parser;
  element answer;
  array items;
  if (parser.parse(reply).get(answer) != simdjson::SUCCESS ||
      answer["items"].get(items) != simdjson::SUCCESS)
    return std::nullopt;
  std::vector<DivergenceItem> read;
  for (const element item : items) {
    object actions;
    object inside;
    if (item.get(actions) != simdjson::SUCCESS || actions.size() != 1 ||
        (*actions.begin()).value.get(inside) != simdjson::SUCCESS)
      return std::nullopt;
    read.push_back(ItemOf(inside, words));
  }
  return read;
}

std::string DivergenceSearch(const std::string& index, const std::string& after, size_t size) {
  std::string body = "{\"size\":" + std::to_string(size) + ",\"query\":{\"term\":{\"index\":\"";
  AppendJsonEscaped(index, body);
  body += "\"}},\"sort\":[{\"key\":\"asc\"}]";
  if (!after.empty()) body += ",\"search_after\":[\"" + after + "\"]";
  body += '}';
  return body;
}

std::optional<std::vector<std::string>> ReadDivergencePage(const std::string& reply) {
  simdjson::dom::parser parser;
  element answer;
  element total;
  array hits;
  if (parser.parse(reply).get(answer) != simdjson::SUCCESS ||
      answer["hits"]["total"].get(total) != simdjson::SUCCESS)
    return std::nullopt;
  std::vector<std::string> documents;
  // The filter leaves an empty list of hits out.
  if (answer["hits"]["hits"].get(hits) != simdjson::SUCCESS) return documents;
  for (const element hit : hits) {
    element source;
    if (hit["_source"].get(source) != simdjson::SUCCESS) return std::nullopt;
    documents.push_back(simdjson::minify(source));
  }
  return documents;
}

std::string DivergenceIndexBody(const std::string& alias) {
  // Small, searched by index alone, and as safe as the replicas that the cluster can hold. Without
  // the mapping a search by name would find nothing: so it is only ever written by its alias, and
  // no write brings it into being.
  std::string body =
      R"({"settings":{"index.number_of_shards":1,"index.auto_expand_replicas":"0-2"},)"
      R"("mappings":{"dynamic":false,"properties":{"key":{"type":"keyword"},)"
      R"("index":{"type":"keyword"},"id":{"type":"keyword"},"reason":{"type":"keyword"},)"
      R"("topic":{"type":"keyword"},"noted_ms":{"type":"date","format":"epoch_millis"}}},)"
      R"("aliases":{")";
  AppendJsonEscaped(alias, body);
  body += R"(":{"is_write_index":true}}})";
  return body;
}

}  // namespace sluice::elasticsearch
