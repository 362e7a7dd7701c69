#include "adapters/elasticsearch/document_reader.h"

#include <simdjson.h>

#include <chrono>
#include <optional>
#include <utility>

#include "adapters/elasticsearch/bulk_body.h"
#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/error_map.h"
#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/waiting_ask.h"
#include "adapters/transfer/multi_waiter.h"
#include "core/operations/json_string.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kAttempts = 8;
constexpr std::chrono::milliseconds kTurn{50};
constexpr size_t kPage = 5'000;
constexpr uint64_t kTag = uint64_t{1} << 63;
constexpr size_t kIdPageBytesMax = size_t{64} << 20;

bool MayPass(const Response& response) {
  return response.error != TransferError::kNone || response.status == 429 ||
         response.status == 502 || response.status == 503;
}

/// A refusal by name or right does not pass by itself within the time of a command.
bool MayPass(const Verdict& verdict) {
  const Disposition disposition = verdict.disposition;
  const bool passes = disposition == Disposition::kRetry || disposition == Disposition::kHold ||
                      disposition == Disposition::kInDoubt;
  return passes && verdict.reason != FailureReason::kUnauthorized &&
         verdict.reason != FailureReason::kIndexMissing;
}

Error WordsOf(const std::string& what, const Response& response, const char* right = "read") {
  if (response.error != TransferError::kNone) {
    return Error{what + ": " + response.detail,
                 "check elasticsearch.urls, the network and that the node runs"};
  }
  const ErrorBody body = ReadErrorBody(response.body);
  Error error{
      what + ": HTTP " + std::to_string(response.status) + " " + body.type + ": " + body.reason,
      ""};
  if (response.status == 401 || response.status == 403) {
    error.cure = std::string("grant the account ") + right + " on the index";
  } else if (response.status == 404) {
    error.cure = "let `sluice index` create and fill it";
  }
  return error;
}

}  // namespace

DocumentReader::DocumentReader(const Settings& settings, const Clock& clock)
    : clock_(clock),
      timeout_us_(settings.request_timeout_ms * 1'000),
      transport_(settings, clock),
      lookups_(transport_, kTag) {}

Response DocumentReader::AskOnce(const char* method, const std::string& path,
                                 const std::string& body) {
  Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.reply_bytes_max = kIdPageBytesMax;
  return AskAndWait(transport_, std::move(request));
}

Result<Response> DocumentReader::Ask(const char* method, const std::string& path,
                                     const std::string& body, const char* right) {
  for (size_t attempt = 0;; ++attempt) {
    Response response = AskOnce(method, path, body);
    if (response.error == TransferError::kNone && response.status == 200) return response;
    if (!MayPass(response) || attempt + 1 >= kAttempts) {
      return WordsOf(std::string(method) + " " + path, response, right);
    }
    PauseAfter(attempt, transport_, clock_);
  }
}

Result<bool> DocumentReader::Exists(const std::string& index) {
  for (size_t attempt = 0;; ++attempt) {
    const Response response = AskOnce("GET", InspectPath(index), "");
    if (response.error == TransferError::kNone && response.status == 200) return true;
    if (response.error == TransferError::kNone && response.status == 404) return false;
    if (!MayPass(response) || attempt + 1 >= kAttempts) return WordsOf("index " + index, response);
    PauseAfter(attempt, transport_, clock_);
  }
}

Result<std::vector<LookupResult>> DocumentReader::Get(const std::string& index,
                                                      std::span<const std::string> ids) {
  std::vector<LookupResult> documents(ids.size());
  std::vector<size_t> open(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) open[i] = i;
  for (size_t attempt = 0; !open.empty(); ++attempt) {
    if (attempt > 0) PauseAfter(attempt - 1, transport_, clock_);
    for (const size_t i : open) lookups_.Ask(i, index, ids[i]);
    lookups_.Flush();
    transfer::MultiWaiter waiter(transport_.multi());
    std::vector<Response> responses;
    std::vector<LookupResult> results;
    while (results.size() < open.size()) {
      transport_.Poll(responses);
      if (responses.empty()) waiter.Wait(kTurn);
      for (Response& response : responses) {
        lookups_.Take(static_cast<uint32_t>(response.tag), response, results);
      }
      responses.clear();
    }
    open.clear();
    for (LookupResult& result : results) {
      const size_t i = result.token;
      documents[i] = std::move(result);
      const Verdict& verdict = documents[i].verdict;
      if (verdict.disposition == Disposition::kDone) continue;
      if (!MayPass(verdict) || attempt + 1 >= kAttempts) {
        return Error{"reading documents of " + index + ": " + FailureReasonName(verdict.reason),
                     "see `sluice check`"};
      }
      open.push_back(i);
    }
  }
  return documents;
}

Status DocumentReader::Refresh(const std::string& index) {
  const auto reply = Ask("POST", IndexPath(index) + "/_refresh", "", "maintenance");
  if (!reply) return reply.error();
  if (IsRefreshed(reply->body)) return {};
  return Error{"POST " + IndexPath(index) + "/_refresh: not every shard was refreshed",
               "look at the cluster's health and try again"};
}

Status DocumentReader::Scan(const std::string& index, const std::string& query,
                            std::string_view members, const TakePage& take) {
  // A scroll: it works on both servers, needs no field that can be sorted, and is one view of the
  // index.
  const std::string shown =
      "filter_path=_scroll_id,_shards.failed,timed_out," + std::string(members);
  std::string path = IndexPath(index) + "/_search?scroll=5m&" + shown;
  std::string body = R"({"size":)" + std::to_string(kPage) + R"(,"sort":["_doc"],)" + query + "}";
  std::string scroll;
  Status status;
  while (status) {
    Result<Response> page = Ask("POST", path, body);
    if (!page) {
      status = page.error();
      break;
    }
    bool complete = true;
    bool last = false;
    if (!ReadPage(page->body, scroll, complete)) {
      status = Error{"a search in " + index + ": an answer that is not understood",
                     "check elasticsearch.urls"};
    } else if (!complete) {
      status = Error{"a search in " + index + ": not every shard has answered",
                     "look at the cluster's health and try again"};
    } else {
      status = take(page->body, last);
    }
    if (last) break;
    path = "/_search/scroll?" + shown;
    body = R"({"scroll":"5m","scroll_id":")";
    AppendJsonEscaped(scroll, body);
    body += "\"}";
  }
  if (!scroll.empty()) {
    body = R"({"scroll_id":")";
    AppendJsonEscaped(scroll, body);
    body += "\"}";
    // One that cannot be ended ends by itself.
    [[maybe_unused]] const Response ended = AskOnce("DELETE", "/_search/scroll", body);
  }
  return status;
}

Status DocumentReader::ScanIds(const std::string& index,
                               const std::function<Status(std::vector<std::string>)>& take) {
  if (Status status = Refresh(index); !status) return status;
  return Scan(index, R"("_source":false)", "hits.hits._id",
              [&](const std::string& page, bool& last) -> Status {
                std::vector<ScannedDocument> documents;
                if (!ReadIds(page, documents)) {
                  return Error{"the ids of " + index + ": an answer that is not understood",
                               "check elasticsearch.urls"};
                }
                std::vector<std::string> ids;
                ids.reserve(documents.size());
                for (ScannedDocument& document : documents) ids.push_back(std::move(document.id));
                last = ids.empty();
                return last ? Status() : take(std::move(ids));
              });
}

Status DocumentReader::ScanStubs(const std::string& index,
                                 const std::function<Status(std::vector<StoredStub>)>& take) {
  return Scan(index, R"("version":true,"query":{"term":{"sluice_deleted":true}})",
              "hits.hits._id,hits.hits._version,hits.hits._source",
              [&](const std::string& page, bool& last) -> Status {
                std::vector<StoredStub> stubs;
                size_t hits = 0;
                if (!ReadStubs(page, stubs, hits)) {
                  return Error{"the stubs in " + index + ": an answer that is not understood",
                               "check elasticsearch.urls"};
                }
                last = hits == 0;
                return last ? Status() : take(std::move(stubs));
              });
}

Result<size_t> DocumentReader::RemoveStubs(const std::string& alias,
                                           std::span<const StoredStub> stubs) {
  std::string body;
  for (const StoredStub& stub : stubs) {
    body += R"({"delete":{"_index":")";
    AppendJsonEscaped(alias, body);
    body += R"(","_id":")";
    AppendJsonEscaped(stub.id, body);
    // Its own version again: whatever is newer refuses it.
    body += R"(","version_type":"external_gte","version":)" + std::to_string(stub.version) + "}}\n";
  }
  body += MakeActionTemplate(alias).guard;  // else a delete would create an index that is gone
  const std::string path =
      "/_bulk?require_alias=true&filter_path=items.*.status,items.*.error.type";
  Result<Response> reply = Ask("POST", path, body);
  if (!reply) return reply.error();
  size_t removed = 0;
  const std::string refusal = ReadRemoved(reply->body, stubs.size(), removed);
  if (!refusal.empty()) {
    return Error{"removing stubs from " + alias + ": " + refusal, "try again: nothing is lost"};
  }
  return removed;
}

bool IsRefreshed(const std::string& reply) {
  simdjson::dom::parser parser;
  uint64_t failed = 1;
  return parser.parse(reply)["_shards"]["failed"].get(failed) == simdjson::SUCCESS && failed == 0;
}

bool ReadPage(const std::string& reply, std::string& scroll, bool& complete) {
  simdjson::dom::parser parser;
  simdjson::dom::element page;
  if (parser.parse(reply).get(page) != simdjson::SUCCESS || !page.is_object()) return false;
  std::string_view text;
  if (page["_scroll_id"].get(text) != simdjson::SUCCESS) return false;
  scroll = text;
  uint64_t failed = 0;
  bool timed_out = false;
  complete = page["_shards"]["failed"].get(failed) == simdjson::SUCCESS && failed == 0 &&
             page["timed_out"].get(timed_out) == simdjson::SUCCESS && !timed_out;
  return true;
}

bool ReadIds(const std::string& reply, std::vector<ScannedDocument>& documents) {
  simdjson::dom::parser parser;
  simdjson::dom::array hits;
  if (parser.parse(reply)["hits"]["hits"].get(hits) != simdjson::SUCCESS) return true;  // none left
  for (const simdjson::dom::element hit : hits) {
    std::string_view text;
    if (hit["_id"].get(text) != simdjson::SUCCESS) return false;
    ScannedDocument& document = documents.emplace_back();
    document.id = text;
    const auto version = hit["_version"].get(document.version);
    if (version != simdjson::SUCCESS && version != simdjson::NO_SUCH_FIELD) return false;
  }
  return true;
}

namespace {

/// What is a stub, and nothing else: a row's document may have columns of these names.
bool ReadStub(simdjson::simdjson_result<simdjson::dom::element> source, int64_t& partition) {
  simdjson::dom::object members;
  bool deleted = false;
  return source.get(members) == simdjson::SUCCESS && members.size() == 2 &&
         members["sluice_deleted"].get(deleted) == simdjson::SUCCESS && deleted &&
         members["sluice_partition"].get(partition) == simdjson::SUCCESS;
}

}  // namespace

bool ReadStubs(const std::string& reply, std::vector<StoredStub>& stubs, size_t& hits_seen) {
  hits_seen = 0;
  simdjson::dom::parser parser;
  simdjson::dom::array hits;
  if (parser.parse(reply)["hits"]["hits"].get(hits) != simdjson::SUCCESS) return true;  // none left
  for (const simdjson::dom::element hit : hits) {
    StoredStub stub;
    std::string_view text;
    if (hit["_id"].get(text) != simdjson::SUCCESS ||
        hit["_version"].get(stub.version) != simdjson::SUCCESS) {
      return false;
    }
    ++hits_seen;
    if (!ReadStub(hit["_source"], stub.partition)) continue;
    stub.id = text;
    stubs.push_back(std::move(stub));
  }
  return true;
}

std::string ReadRemoved(const std::string& reply, size_t count, size_t& removed) {
  constexpr int64_t kConflict = 409;
  simdjson::dom::parser parser;
  simdjson::dom::array items;
  removed = 0;
  if (parser.parse(reply)["items"].get(items) != simdjson::SUCCESS || items.size() < count) {
    return "an answer that is not understood";
  }
  size_t ordinal = 0;
  for (const simdjson::dom::element item : items) {
    if (ordinal++ == count) break;  // the guard's
    int64_t status = 0;
    if (item["delete"]["status"].get(status) != simdjson::SUCCESS) {
      return "an answer that is not understood";
    }
    if (status == 200) ++removed;
    if (status == 200 || status == 404 || status == kConflict) continue;
    std::string_view type;
    if (item["delete"]["error"]["type"].get(type) != simdjson::SUCCESS) type = "";
    return "HTTP " + std::to_string(status) + " " + std::string(type);
  }
  return {};
}

}  // namespace sluice::elasticsearch
