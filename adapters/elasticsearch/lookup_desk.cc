#include "adapters/elasticsearch/lookup_desk.h"

#include <optional>
#include <utility>

#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/stub.h"
#include "core/model/check.h"
#include "core/operations/json_string.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kDocumentsMax = 500;
constexpr size_t kBodyBytesMax = size_t{256} * 1024;
/// Documents that are looked up are those with large values: a reply is limited, not only a
/// request.
constexpr size_t kReplyBytesMax = size_t{16} * 1024 * 1024;
/// One document can be as large as a request may be (100 MB by default), and is escaped no further.
constexpr size_t kReplyBytesMaxAlone = size_t{128} * 1024 * 1024;
constexpr std::string_view kOpen = R"({"docs":[)";
constexpr std::string_view kClose = "]}";

/// One entry of the reply's `docs`; false when it is not understood.
bool ReadEntry(simdjson::ondemand::object entry, LookupResult& result) {
  std::optional<bool> found;
  std::optional<std::string_view> source;
  bool failed = false;
  for (auto field : entry) {
    std::string_view name;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    if (name == "found") {
      bool value = false;
      if (field.value().get_bool().get(value) != simdjson::SUCCESS) return false;
      found = value;
    } else if (name == "_version") {
      if (field.value().get_int64().get(result.version) != simdjson::SUCCESS) return false;
    } else if (name == "_source") {
      simdjson::ondemand::object object;
      std::string_view raw;
      if (field.value().get_object().get(object) != simdjson::SUCCESS ||
          object.raw_json().get(raw) != simdjson::SUCCESS)
        return false;
      source = raw;
    } else if (name == "error") {
      simdjson::ondemand::object error;
      std::string_view type;
      if (field.value().get_object().get(error) != simdjson::SUCCESS ||
          error.find_field_unordered("type").get_string().get(type) != simdjson::SUCCESS)
        return false;
      result.verdict = OfLookup(type);
      failed = true;
    }
  }
  if (failed) return true;
  if (!found) return false;
  if (*found && !source) {
    // The index keeps no _source: a value that a change did not carry can never be found.
    result.verdict = {Disposition::kHalt, FailureReason::kIndexUnsuitable, WriteResult::kCreated};
    return true;
  }
  if (*found && !IsStub(*source)) result.document.emplace(*source);
  return true;
}

}  // namespace

void LookupDesk::Ask(uint64_t token, std::string_view index_name, std::string_view id) {
  std::string& body = gathering_.body;
  body += gathering_.wanted.empty() ? kOpen : std::string_view(",");
  body += R"({"_index":")";
  AppendJsonEscaped(index_name, body);
  body += R"(","_id":")";
  AppendJsonEscaped(id, body);
  body += "\"}";
  gathering_.wanted.push_back({token, static_cast<uint32_t>(body.size())});
  if (gathering_.wanted.size() >= kDocumentsMax || body.size() >= kBodyBytesMax) Flush();
}

void LookupDesk::Flush() {
  if (gathering_.wanted.empty()) return;
  gathering_.body += kClose;
  Send(std::exchange(gathering_, {}));
}

void LookupDesk::Send(Asked asked) {
  const uint32_t number = next_++;
  const Asked& kept = asked_.emplace(number, std::move(asked)).first->second;
  Request request;
  request.tag = tag_ | number;
  request.method = "POST";
  request.path = "/_mget";
  request.body = kept.body;
  request.reply_bytes_max = kept.wanted.size() == 1 ? kReplyBytesMaxAlone : kReplyBytesMax;
  transport_.Start(std::move(request));
}

void LookupDesk::SendInHalves(const Asked& asked) {
  const size_t half = asked.wanted.size() / 2;
  size_t begin = kOpen.size();
  for (size_t first = 0; first < asked.wanted.size();) {
    const size_t last = first == 0 ? half : asked.wanted.size();
    Asked part;
    part.body = kOpen;
    for (; first < last; ++first) {
      const Wanted& wanted = asked.wanted[first];
      if (!part.wanted.empty()) part.body += ',';
      part.body.append(asked.body, begin, wanted.end - begin);
      part.wanted.push_back({wanted.token, static_cast<uint32_t>(part.body.size())});
      begin = wanted.end + 1;  // past the comma
    }
    part.body += kClose;
    Send(std::move(part));
  }
}

void LookupDesk::Take(uint32_t number, Response& response, std::vector<LookupResult>& results) {
  const auto found = asked_.find(number);
  SLUICE_CHECK(found != asked_.end(), "an answered lookup was asked");
  const Asked asked = std::move(found->second);
  asked_.erase(found);
  if (response.too_long && asked.wanted.size() > 1) {
    SendInHalves(asked);
    return;
  }
  Verdict verdict = OfTransfer(response.error, response.body_sent);
  if (response.error == TransferError::kCancelled) {
    verdict.disposition = Disposition::kCancelled;
  } else if (response.error == TransferError::kNone) {
    verdict = response.status == 200
                  ? Verdict{}
                  : OfRequest(response.status, ReadErrorBody(response.body).type);
    if (response.status == 200) {
      const size_t before = results.size();
      if (Read(asked, response.body, results)) return;
      results.resize(before);
      verdict = OfTransfer(TransferError::kUnreadable, true);
    }
  }
  verdict = OfRead(verdict);
  for (const Wanted& wanted : asked.wanted)
    results.push_back({wanted.token, verdict, std::nullopt, 0});
}

bool LookupDesk::Read(const Asked& asked, std::string& reply, std::vector<LookupResult>& results) {
  reply.reserve(reply.size() + simdjson::SIMDJSON_PADDING);
  const simdjson::padded_string_view view(reply.data(), reply.size(), reply.capacity());
  simdjson::ondemand::document document;
  simdjson::ondemand::array docs;
  if (parser_.iterate(view).get(document) != simdjson::SUCCESS ||
      document.find_field_unordered("docs").get_array().get(docs) != simdjson::SUCCESS)
    return false;
  size_t ordinal = 0;
  for (auto element : docs) {
    simdjson::ondemand::object entry;
    if (ordinal >= asked.wanted.size() || element.get_object().get(entry) != simdjson::SUCCESS)
      return false;
    LookupResult result;
    result.token = asked.wanted[ordinal++].token;
    if (!ReadEntry(entry, result)) return false;
    results.push_back(std::move(result));
  }
  return ordinal == asked.wanted.size();
}

}  // namespace sluice::elasticsearch
