#include "adapters/elasticsearch/index_mover.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "adapters/elasticsearch/control_json.h"
#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/held_request.h"
#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/json_object.h"
#include "adapters/elasticsearch/stub.h"
#include "adapters/elasticsearch/waiting_ask.h"
#include "core/operations/sha256.h"

namespace sluice::elasticsearch {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr size_t kAttempts = 6;
constexpr const char* kInspectPart =
    "?filter_path=*.aliases,*.settings.index.uuid,*.settings.index.blocks.write,"
    "*.settings.index.number_of_shards";

Error WordsOf(const std::string& what, const Response& response) {
  Error error{what + ": " + elasticsearch::WordsOf(response), ""};
  if (response.error != TransferError::kNone)
    error.cure = "check elasticsearch.urls, the network and that the node runs";
  if (response.status == 401 || response.status == 403)
    error.cure = "grant the account manage on the index and its backing indices";
  return error;
}

std::string TypeOf(const Response& response) {
  return ReadErrorBody(response.body).type;
}

std::string ActionOf(std::string_view verb, const std::string& index, const std::string& alias,
                     std::string_view more) {
  ObjectText json;
  json.Text("index", index);
  json.Text("alias", alias);
  const std::string inner = json.Take();
  return "{\"" + std::string(verb) + "\":" + inner.substr(0, inner.size() - 1) + std::string(more) +
         "}}";
}

constexpr std::string_view kMustExist = ",\"must_exist\":true";

}  // namespace

std::string MoveBody(const AliasMove& move, bool soft_deletes) {
  std::string write = ",\"is_write_index\":true";
  if (soft_deletes) write.append(",\"filter\":").append(kStubFilter);
  std::string actions;
  if (!move.from.empty()) {
    actions += ActionOf("remove", move.from, move.token, kMustExist) + ",";
    actions += ActionOf("remove", move.from, move.alias, kMustExist) + ",";
  }
  actions += ActionOf("remove", move.to, move.shadow, kMustExist) + ",";
  return actions + ActionOf("add", move.to, move.alias, write);
}

std::optional<BackingIndex> ReadBacking(const std::string& reply, const std::string& index) {
  simdjson::dom::parser parser;
  element answer;
  element found;
  if (parser.parse(reply).get(answer) != simdjson::SUCCESS ||
      answer[index].get(found) != simdjson::SUCCESS)
    return std::nullopt;
  BackingIndex backing;
  std::string_view text;
  if (found.at_pointer("/settings/index/uuid").get(text) != simdjson::SUCCESS) return std::nullopt;
  backing.uuid = text;
  backing.writes_blocked =
      found.at_pointer("/settings/index/blocks/write").get(text) == simdjson::SUCCESS &&
      text == "true";
  object aliases;
  if (found["aliases"].get(aliases) == simdjson::SUCCESS)
    for (const auto& [name, entry] : aliases) backing.aliases.emplace_back(name);
  return backing;
}

bool ReadBlocked(const std::string& reply) {
  simdjson::dom::parser parser;
  element answer;
  bool acknowledged = false;
  bool on_shards = false;
  return parser.parse(reply).get(answer) == simdjson::SUCCESS &&
         answer["acknowledged"].get(acknowledged) == simdjson::SUCCESS && acknowledged &&
         answer["shards_acknowledged"].get(on_shards) == simdjson::SUCCESS && on_shards;
}

IndexMover::IndexMover(const Settings& settings, const Clock& clock)
    : settings_(settings), clock_(clock), transport_(settings, clock) {}

// ---- Requests ----------------------------------------------------------------------------------

Result<Response> IndexMover::Ask(const char* method, const std::string& path,
                                 const std::string& body) {
  for (size_t attempt = 0;; ++attempt) {
    Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    Response response = AskAndWait(transport_, std::move(request));
    const bool refused = response.status == 401 || response.status == 403;
    if (!MayPass(response)) return response;
    if (refused || attempt + 1 >= kAttempts)
      return WordsOf(std::string(method) + " " + path, response);
    PauseAfter(attempt, transport_, clock_);
  }
}

// ---- Looking -----------------------------------------------------------------------------------

Result<std::optional<BackingIndex>> IndexMover::Inspect(const std::string& index) {
  const auto response = Ask("GET", IndexPath(index) + kInspectPart);
  if (!response) return response.error();
  if (response->status == 404) return std::optional<BackingIndex>();
  auto backing = response->status == 200 ? ReadBacking(response->body, index) : std::nullopt;
  if (!backing) return WordsOf("looking at index " + index, *response);
  return backing;
}

Result<std::vector<std::string>> IndexMover::BehindAlias(const std::string& alias) {
  const auto response = Ask("GET", InspectPath(alias));
  if (!response) return response.error();
  std::vector<std::string> indices;
  if (response->status == 404) return indices;
  const auto existing =
      response->status == 200 ? ReadExisting(response->body, alias) : std::nullopt;
  if (!existing) return WordsOf("looking at alias " + alias, *response);
  for (const ExistingIndex& index : *existing) {
    if (!index.has_alias)
      return Error{alias + " is an index, not an alias, so that it cannot be moved",
                   "reindex it to " + BackingName(alias) + " and put the alias onto that"};
    indices.push_back(index.backing);
  }
  return indices;
}

Result<bool> IndexMover::HidesStubs(const std::string& alias) {
  const auto response = Ask("GET", InspectPath(alias));
  if (!response) return response.error();
  const auto existing =
      response->status == 200 ? ReadExisting(response->body, alias) : std::nullopt;
  if (!existing) return WordsOf("looking at alias " + alias, *response);
  return std::any_of(existing->begin(), existing->end(),
                     [](const ExistingIndex& index) { return index.hides_stubs; });
}

Result<int64_t> IndexMover::OperationsOf(const std::string& index) {
  const auto response = Ask("GET", StatsPath(index));
  if (!response) return response.error();
  const auto looked = Ask("GET", InspectPath(index));
  if (!looked) return looked.error();
  const auto existing = looked->status == 200 ? ReadExisting(looked->body, "") : std::nullopt;
  const auto shards = response->status == 200 && existing && existing->size() == 1
                          ? ReadShards(response->body, index, existing->front().shards)
                          : std::nullopt;
  if (!shards) return WordsOf("counting what index " + index + " has taken", *response);
  return shards->operations;
}

// ---- Changing ----------------------------------------------------------------------------------

Status IndexMover::Create(const std::string& index, const std::string& alias) {
  const auto response = Ask("PUT", IndexPath(index), CreateIndexBody(alias, settings_));
  if (!response) return response.error();
  if (response->status == 200) return {};
  if (TypeOf(*response) == "resource_already_exists_exception") {
    const auto backing = Inspect(index);
    if (!backing) return backing.error();
    const auto has = [&](const BackingIndex& there) {
      return std::find(there.aliases.begin(), there.aliases.end(), alias) != there.aliases.end();
    };
    if (*backing && has(**backing)) return {};
    return Error{"there is an index " + index + " already, without the alias " + alias,
                 "delete it if nobody needs it: DELETE /" + index};
  }
  Error error = WordsOf(
      "index " + index + " cannot be created with index.settings and index.mappings", *response);
  return error;
}

std::string IndexMover::RecipeOf(const std::string& alias) const {
  constexpr size_t kDigits = 16;
  return Sha256Hex(CreateIndexBody(alias, settings_)).substr(0, kDigits);
}

Status IndexMover::Delete(const std::string& index) {
  const auto response = Ask("DELETE", IndexPath(index));
  if (!response) return response.error();
  if (response->status == 200 || response->status == 404) return {};
  return WordsOf("deleting index " + index, *response);
}

Status IndexMover::ChangeAliases(const std::string& actions) {
  const auto response = Ask("POST", "/_aliases", "{\"actions\":[" + actions + "]}");
  if (!response) return response.error();
  if (response->status == 200) return {};
  return WordsOf("changing aliases", *response);
}

Status IndexMover::AddAlias(const std::string& index, const std::string& alias) {
  std::string write = ",\"is_write_index\":true";
  if (settings_.soft_deletes) write.append(",\"filter\":").append(kStubFilter);
  return ChangeAliases(ActionOf("add", index, alias, write));
}

Status IndexMover::RemoveAlias(const std::string& index, const std::string& alias) {
  const auto backing = Inspect(index);
  if (!backing) return backing.error();
  if (!*backing) return {};
  const auto& aliases = (*backing)->aliases;
  if (std::find(aliases.begin(), aliases.end(), alias) == aliases.end()) return {};
  return ChangeAliases(ActionOf("remove", index, alias, ""));
}

Status IndexMover::Freeze(const std::string& index, const std::string& token) {
  // Before the block: who finds the index blocked without a token has not done it.
  if (Status added = ChangeAliases(ActionOf("add", index, token, "")); !added) return added;
  const auto response = Ask("PUT", IndexPath(index) + "/_block/write");
  if (!response) return response.error();
  if (response->status == 200 && ReadBlocked(response->body)) return {};
  return WordsOf("keeping writers out of index " + index, *response);
}

Status IndexMover::Block(const std::string& index) {
  const auto response = Ask("PUT", IndexPath(index) + "/_block/write");
  if (!response) return response.error();
  // Of one that was blocked before it says that it has done nothing.
  if (response->status == 200 || response->status == 404) return {};
  return WordsOf("keeping writers out of index " + index, *response);
}

Status IndexMover::Thaw(const std::string& index, const std::string& token_prefix) {
  const auto backing = Inspect(index);
  if (!backing) return backing.error();
  if (!*backing) return {};
  // First the tokens: from then on nobody moves the alias who believes that it is frozen.
  for (const std::string& alias : (*backing)->aliases) {
    if (!alias.starts_with(token_prefix)) continue;
    if (Status removed = ChangeAliases(ActionOf("remove", index, alias, "")); !removed)
      return removed;
  }
  if (!(*backing)->writes_blocked) return {};
  const auto response =
      Ask("PUT", IndexPath(index) + "/_settings", R"({"index.blocks.write":null})");
  if (!response) return response.error();
  if (response->status == 200) return {};
  return WordsOf("letting writers into index " + index, *response);
}

Result<bool> IndexMover::Move(const AliasMove& move) {
  const std::string body = "{\"actions\":[" + MoveBody(move, settings_.soft_deletes) + "]}";
  const auto response = Ask("POST", "/_aliases", body);
  if (!response) return response.error();
  if (response->status == 200) return true;
  // Something was not there: perhaps because an earlier try, whose answer was lost, has moved it.
  if (response->status != 404) return WordsOf("moving alias " + move.alias, *response);
  const auto behind = BehindAlias(move.alias);
  if (!behind) return behind.error();
  return behind->size() == 1 && behind->front() == move.to;
}

Status IndexMover::ForgetRecord(const std::string& index) {
  const auto response = Ask("DELETE", ControlPath(settings_.control_index, index));
  if (!response) return response.error();
  if (response->status == 200 || response->status == 404) return {};
  return WordsOf("removing the control record of " + index, *response);
}

}  // namespace sluice::elasticsearch
