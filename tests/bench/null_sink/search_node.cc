#include "tests/bench/null_sink/search_node.h"

#include <algorithm>
#include <string_view>

namespace sluice::bench {
namespace {

constexpr std::string_view kInformation =
    R"({"name":"null-sink","cluster_name":"null-sink","cluster_uuid":"null-sink","version":{"number":"9.5.3","build_flavor":"default","build_type":"tar","build_snapshot":false,"lucene_version":"10.0.0","minimum_wire_compatibility_version":"8.19.0","minimum_index_compatibility_version":"8.0.0"},"tagline":"You Know, for Search"})";
constexpr std::string_view kNodes =
    R"({"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"null-sink","nodes":{"null-sink-node":{"name":"null-sink","version":"9.5.3"}}})";
constexpr std::string_view kHealth =
    R"({"cluster_name":"null-sink","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1})";

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (!part.empty()) parts.push_back(PercentDecode(part));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
  }
  return parts;
}

/// The first name below "aliases" of an index creation body, empty when there is none.
std::string AliasIn(std::string_view body) {
  const size_t place = body.find(R"("aliases")");
  if (place == std::string_view::npos) return {};
  const size_t brace = body.find('{', place);
  const size_t open = body.find('"', brace);
  const size_t close = body.find('"', open + 1);
  if (brace == std::string_view::npos || close == std::string_view::npos) return {};
  if (body.find('}', brace) < open) return {};
  return std::string(body.substr(open + 1, close - open - 1));
}

std::string IndexJson(const std::string& name, const std::string& alias, std::string_view part) {
  const std::string aliases =
      alias.empty() ? R"("aliases":{})" : R"("aliases":{")" + alias + R"(":{}})";
  const std::string mappings = R"("mappings":{})";
  const std::string settings =
      R"("settings":{"index":{"gc_deletes":"15m","uuid":"null-sink-0000000000","provided_name":")" +
      name + R"(","number_of_shards":"1","number_of_replicas":"1"}})";
  if (part == "_stats") {
    return "\"" + name +
           R"(":{"shards":{"0":[{"routing":{"primary":true},"commit":{"user_data":)"
           R"({"history_uuid":"null-sink"}},"seq_no":{"max_seq_no":-1}}]}})";
  }
  std::string content;
  if (part == "_alias") {
    content = aliases;
  } else if (part == "_settings") {
    content = settings;
  } else if (part == "_mapping") {
    content = mappings;
  } else {
    content = aliases + "," + mappings + "," + settings;
  }
  return "\"" + name + "\":{" + content + "}";
}

void AnswerNotFound(const std::string& name, HttpReply& reply) {
  const std::string reason =
      R"("type":"index_not_found_exception","reason":"no such index [)" + name + R"(]")";
  reply.status = 404;
  reply.body = R"({"error":{"root_cause":[{)" + reason + "}]," + reason + R"(},"status":404})";
}

}  // namespace

void SearchNode::Answer(const HttpRequest& request, HttpReply& reply) {
  ++counters_.requests;
  if (request.path == "/_bulk") {
    bulk_.Answer(request, reply);
    return;
  }
  const std::vector<std::string> parts = SplitPath(request.path);
  if (parts.empty()) {
    reply.body = kInformation;
  } else if (parts.front() == "_nodes") {
    reply.body = kNodes;
  } else if (parts.front() == "_cluster") {
    reply.body = parts.size() > 1 && parts[1] == "health" ? kHealth : "{}";
  } else if (parts.front() == "_null_sink") {
    const bool dumps = parts.size() > 1 && parts[1] == "documents" && store_ != nullptr;
    reply.body = dumps ? store_->Dump() : Statistics();
  } else if (parts.front() == "_mget") {
    AnswerLookups(request, "", reply);
  } else if (parts.size() > 1 && parts[1] == "_bulk") {
    bulk_.Answer(request, reply);
  } else if (parts.size() > 1 && parts[1] == "_mget") {
    AnswerLookups(request, parts[0], reply);
  } else {
    AnswerIndex(request, parts, reply);
  }
}

void SearchNode::AnswerIndex(const HttpRequest& request, const std::vector<std::string>& parts,
                             HttpReply& reply) {
  // Both /_alias/NAME and /NAME/_alias.
  const bool part_first = parts.front().starts_with('_');
  const std::string name = part_first ? (parts.size() > 1 ? parts[1] : "*") : parts.front();
  const std::string part = part_first ? parts.front() : (parts.size() > 1 ? parts[1] : "");
  if (request.method == "PUT" && part.empty()) {
    CreateIndex(name, request.body, reply);
    return;
  }
  if (request.method == "PUT" && (part == "_create" || part == "_doc")) {
    reply.status = 201;
    reply.body = R"({"_seq_no":0,"_primary_term":1,"result":"created"})";
    return;
  }
  if (part == "_search") {  // for divergent ids, of which none is kept
    reply.body = R"({"hits":{"total":{"value":0},"hits":[]}})";
    return;
  }
  if (request.method == "PUT" || request.method == "POST") {
    reply.body = R"({"acknowledged":true})";
    return;
  }
  if (part == "_doc") {  // single documents are only asked for as control records: none is kept
    reply.status = 404;
    reply.body = R"({"found":false})";
    return;
  }
  std::string found;
  for (const auto& [index, alias] : indices_) {
    if (name != "*" && name != index && name != alias) continue;
    if (!found.empty()) found += ',';
    found += IndexJson(index, alias, part);
  }
  if (found.empty()) {
    AnswerNotFound(name, reply);
    return;
  }
  reply.body = "{" + found + "}";
  if (part == "_stats") reply.body = R"({"indices":)" + reply.body + "}";
}

void SearchNode::CreateIndex(const std::string& name, std::string_view body, HttpReply& reply) {
  const auto [place, is_new] = indices_.emplace(name, AliasIn(body));
  if (is_new) {
    reply.body = R"({"acknowledged":true,"shards_acknowledged":true,"index":")" + name + R"("})";
    return;
  }
  reply.status = 400;
  reply.body = R"({"error":{"type":"resource_already_exists_exception","reason":"index [)" + name +
               R"(] already exists"},"status":400})";
}

void SearchNode::AnswerLookups(const HttpRequest& request, const std::string& path_index,
                               HttpReply& reply) {
  std::string_view rest = request.body;
  reply.body = R"({"docs":[)";
  bool first = true;
  const size_t start = rest.find('[');
  rest.remove_prefix(start == std::string_view::npos ? rest.size() : start + 1);
  while (!rest.empty() && rest.front() != ']') {
    BulkAction wanted;
    wanted.index = path_index;
    if (rest.front() == '"') {  // {"ids":["a","b"]}
      size_t end = 1;
      while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2U : 1U;
      wanted.id = rest.substr(1, end - 1);
      rest.remove_prefix(std::min(rest.size(), end + 1));
    } else if (const size_t bytes = ReadFlatObject(rest, wanted); bytes > 0) {
      rest.remove_prefix(bytes);
    } else {
      rest.remove_prefix(1);
      continue;
    }
    ++counters_.lookups;
    if (!first) reply.body += ',';
    first = false;
    AppendDocument(wanted, reply.body);
  }
  reply.body += "]}";
}

void SearchNode::AppendDocument(const BulkAction& wanted, std::string& out) const {
  out.append(R"({"_index":")").append(wanted.index).append(R"(-000001","_id":")");
  out.append(wanted.id).append("\",");
  const DocumentStore::Document* document =
      store_ == nullptr ? nullptr : store_->Find(wanted.index, wanted.id);
  if (document == nullptr) {
    out += R"("found":false})";
    return;
  }
  out.append(R"("_version":)").append(std::to_string(document->version));
  out.append(R"(,"_seq_no":1,"_primary_term":1,"found":true)");
  if (!document->source.empty()) out.append(R"(,"_source":)").append(document->source);
  out += '}';
}

std::string SearchNode::Statistics() const {
  const std::vector<std::pair<const char*, uint64_t>> figures = {
      {"requests", counters_.requests},
      {"bulk_requests", counters_.bulk_requests},
      {"bulk_bytes", counters_.bulk_bytes},
      {"documents", counters_.documents},
      {"deletes", counters_.deletes},
      {"conflicts", counters_.conflicts},
      {"refused_requests", counters_.refused_requests},
      {"refused_items", counters_.refused_items},
      {"broken_requests", counters_.broken_requests},
      {"resets", counters_.resets},
      {"lookups", counters_.lookups},
      {"live_documents", store_ == nullptr ? 0 : store_->live()},
  };
  std::string json;
  for (const auto& [name, value] : figures) {
    json += json.empty() ? "{" : ",";
    json.append("\"").append(name).append("\":").append(std::to_string(value));
  }
  return json + "}";
}

}  // namespace sluice::bench
