#include "adapters/elasticsearch/document_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/error_map.h"
#include "adapters/elasticsearch/index_bodies.h"
#include "adapters/elasticsearch/json_escape.h"
#include "adapters/elasticsearch/multi_waiter.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kAttempts = 8;
constexpr int64_t kFirstPauseMs = 200;
constexpr int64_t kLongestPauseMs = 5'000;
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

Error WordsOf(const std::string& what, const Response& response) {
  if (response.error != TransferError::kNone) {
    return Error{what + ": " + response.detail,
                 "check elasticsearch.urls, the network and that the node runs"};
  }
  const ErrorBody body = ReadErrorBody(response.body);
  Error error{
      what + ": HTTP " + std::to_string(response.status) + " " + body.type + ": " + body.reason,
      ""};
  if (response.status == 401 || response.status == 403) {
    error.cure = "grant the account read on the index";
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

void DocumentReader::Pause(size_t attempt) {
  const int64_t ms = std::min(kFirstPauseMs << attempt, kLongestPauseMs);
  MultiWaiter waiter(transport_);
  const int64_t until_us = clock_.NowUs() + ms * 1'000;
  for (int64_t now = clock_.NowUs(); now < until_us; now = clock_.NowUs()) {
    waiter.Wait(std::chrono::milliseconds((until_us - now) / 1'000 + 1));
  }
}

Response DocumentReader::AskOnce(const char* method, const std::string& path,
                                 const std::string& body) {
  Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.reply_bytes_max = kIdPageBytesMax;
  transport_.Start(std::move(request));
  MultiWaiter waiter(transport_);
  std::vector<Response> responses;
  for (transport_.Poll(responses); responses.empty(); transport_.Poll(responses)) {
    waiter.Wait(kTurn);
  }
  return std::move(responses.front());
}

Result<Response> DocumentReader::Ask(const char* method, const std::string& path,
                                     const std::string& body) {
  for (size_t attempt = 0;; ++attempt) {
    Response response = AskOnce(method, path, body);
    if (response.error == TransferError::kNone && response.status == 200) return response;
    if (!MayPass(response) || attempt + 1 >= kAttempts) {
      return WordsOf(std::string(method) + " " + path, response);
    }
    Pause(attempt);
  }
}

Result<bool> DocumentReader::Exists(const std::string& index) {
  for (size_t attempt = 0;; ++attempt) {
    const Response response = AskOnce("GET", InspectPath(index), "");
    if (response.error == TransferError::kNone && response.status == 200) return true;
    if (response.error == TransferError::kNone && response.status == 404) return false;
    if (!MayPass(response) || attempt + 1 >= kAttempts) return WordsOf("index " + index, response);
    Pause(attempt);
  }
}

Result<std::vector<LookupResult>> DocumentReader::Get(const std::string& index,
                                                      std::span<const std::string> ids) {
  std::vector<LookupResult> documents(ids.size());
  std::vector<size_t> open(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) open[i] = i;
  for (size_t attempt = 0; !open.empty(); ++attempt) {
    if (attempt > 0) Pause(attempt - 1);
    for (const size_t i : open) lookups_.Ask(i, index, ids[i]);
    lookups_.Flush();
    MultiWaiter waiter(transport_);
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

Status DocumentReader::ScanIds(const std::string& index,
                               const std::function<Status(std::vector<std::string>)>& take) {
  // A scroll: it works on both servers, needs no field that can be sorted, and is one view of the
  // index. Only ids are taken from it.
  std::string path = IndexPath(index) + "/_search?scroll=5m&filter_path=_scroll_id,hits.hits._id," +
                     "_shards.failed,timed_out";
  std::string body = R"({"size":)" + std::to_string(kPage) + R"(,"sort":["_doc"],"_source":false})";
  std::string scroll;
  Status status;
  while (status) {
    Result<Response> page = Ask("POST", path, body);
    if (!page) {
      status = page.error();
      break;
    }
    std::vector<std::string> ids;
    bool complete = true;
    if (!ReadIdPage(page->body, scroll, ids, complete)) {
      status = Error{"the ids of " + index + ": an answer that is not understood",
                     "check elasticsearch.urls"};
    } else if (!complete) {
      status = Error{"the ids of " + index + ": not every shard has answered",
                     "look at the cluster's health and try again"};
    } else if (ids.empty()) {
      break;
    } else {
      status = take(std::move(ids));
    }
    path = "/_search/scroll?filter_path=_scroll_id,hits.hits._id,_shards.failed,timed_out";
    body = R"({"scroll":"5m","scroll_id":")";
    AppendEscaped(scroll, body);
    body += "\"}";
  }
  if (!scroll.empty()) {
    body = R"({"scroll_id":")";
    AppendEscaped(scroll, body);
    body += "\"}";
    // One that cannot be ended ends by itself.
    [[maybe_unused]] const Response ended = AskOnce("DELETE", "/_search/scroll", body);
  }
  return status;
}

bool ReadIdPage(const std::string& reply, std::string& scroll, std::vector<std::string>& ids,
                bool& complete) {
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
  simdjson::dom::array hits;
  if (page["hits"]["hits"].get(hits) != simdjson::SUCCESS) return true;  // none are left
  for (const simdjson::dom::element hit : hits) {
    if (hit["_id"].get(text) != simdjson::SUCCESS) return false;
    ids.emplace_back(text);
  }
  return true;
}

}  // namespace sluice::elasticsearch
