#include "adapters/elasticsearch/bulk_index.h"

#include <algorithm>
#include <utility>

#include "adapters/elasticsearch/json_escape.h"
#include "core/model/check.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kLookupsMax = 500;
constexpr size_t kLookupBodyBytesMax = size_t{256} * 1024;
constexpr size_t kDetailBytesMax = 1024;

std::string BulkPath(const Settings& settings) {
  // With a pipeline allowed, an item may be dropped by it: `result` shows the noop.
  return "/_bulk?require_alias=true&timeout=" + std::to_string(settings.bulk_timeout_ms) +
         "ms&filter_path=errors,items.*.status,items.*.error" +
         (settings.allow_pipelines ? ",items.*.result" : "");
}

std::string Shortened(std::string_view text) {
  return std::string(text.substr(0, std::min(text.size(), kDetailBytesMax)));
}

Failure RequestFailure(const Response& response, std::string_view reply) {
  Failure failure;
  if (response.error != TransferError::kNone) {
    failure.verdict = OfTransfer(response.error, response.body_sent);
    failure.detail = response.detail;
  } else {
    failure.verdict = OfRequest(response.status);
    if (failure.verdict.disposition != Disposition::kDone)
      failure.detail = "HTTP " + std::to_string(response.status) + " " + Shortened(reply);
  }
  return failure;
}

}  // namespace

BulkIndex::BulkIndex(const Settings& settings, Transport& transport, const Clock& clock)
    : transport_(transport), admin_(settings, transport, clock), bulk_path_(BulkPath(settings)) {}

BatchHandle BulkIndex::OpenBatch() {
  if (free_batches_.empty()) {
    free_batches_.push_back(static_cast<uint32_t>(batches_.size()));
    batches_.push_back(std::make_unique<Batch>());
  }
  const BatchHandle handle{free_batches_.back()};
  free_batches_.pop_back();
  return handle;
}

size_t BulkIndex::Append(BatchHandle batch, const DocumentWrite& write) {
  return batches_[batch.value]->body.Append(admin_.Action(write.index), write);
}

void BulkIndex::Send(BatchHandle batch) {
  Request request;
  request.tag = kBulkTag | batch.value;
  request.method = "POST";
  request.path = bulk_path_;
  request.body = batches_[batch.value]->body.text();
  request.ndjson = true;
  transport_.Start(std::move(request));
}

std::string_view BulkIndex::Document(BatchHandle batch, size_t ordinal) const {
  return batches_[batch.value]->body.document(ordinal);
}

Failure BulkIndex::ItemFailure(BatchHandle batch, size_t ordinal) const {
  const Batch& from = *batches_[batch.value];
  Failure failure;
  if (ordinal < from.verdicts.size()) failure.verdict = from.verdicts[ordinal];
  const auto found = std::lower_bound(
      from.errors.begin(), from.errors.end(), ordinal,
      [](const ItemError& error, size_t wanted) { return error.ordinal < wanted; });
  if (found != from.errors.end() && found->ordinal == ordinal) {
    failure.type = found->type;
    failure.detail = Shortened(found->reason);
  }
  return failure;
}

void BulkIndex::Discard(BatchHandle batch) {
  Batch& used = *batches_[batch.value];
  used.body.Clear();
  used.verdicts.clear();
  used.errors.clear();
  free_batches_.push_back(batch.value);
}

void BulkIndex::Lookup(uint64_t token, IndexSlot index, std::string_view id) {
  std::string& body = gathering_.body;
  body += gathering_.tokens.empty() ? R"({"docs":[{"_index":")" : R"(,{"_index":")";
  AppendEscaped(admin_.Name(index), body);
  body += R"(","_id":")";
  AppendEscaped(id, body);
  body += "\"}";
  gathering_.tokens.push_back(token);
  if (gathering_.tokens.size() >= kLookupsMax || body.size() >= kLookupBodyBytesMax) FlushLookups();
}

void BulkIndex::FlushLookups() {
  if (gathering_.tokens.empty()) return;
  gathering_.body += "]}";
  const uint32_t number = next_lookup_++;
  const LookupBatch& asked = asked_.emplace(number, std::exchange(gathering_, {})).first->second;
  Request request;
  request.tag = kLookupTag | number;
  request.method = "POST";
  request.path = "/_mget";  // no filter_path: it would render the documents anew
  request.body = asked.body;
  transport_.Start(std::move(request));
}

void BulkIndex::Poll(std::vector<BatchCompletion>& batches, std::vector<LookupResult>& lookups,
                     std::vector<PrepareResult>& prepared) {
  responses_.clear();
  transport_.Poll(responses_);
  for (Response& response : responses_) {
    std::string reply = std::move(response.body);
    const auto number = static_cast<uint32_t>(response.tag & ~kTagMask);
    switch (response.tag & kTagMask) {
      case kBulkTag: TakeBulk(response, reply, batches); break;
      case kLookupTag: TakeLookups(number, reply, response, lookups); break;
      default: response.body = std::move(reply); admin_.Take(number, response);
    }
  }
  admin_.Poll(prepared);
}

void BulkIndex::TakeBulk(const Response& response, std::string& reply,
                         std::vector<BatchCompletion>& batches) {
  const BatchHandle handle{static_cast<uint32_t>(response.tag & ~kTagMask)};
  Batch& batch = *batches_[handle.value];
  BatchCompletion completion;
  completion.batch = handle;
  completion.round_trip_us = response.round_trip_us;
  completion.body_sent = response.body_sent;
  completion.request = RequestFailure(response, reply);
  if (completion.request.verdict.disposition == Disposition::kDone) {
    if (reply_reader_.Read(reply, batch.body, batch.verdicts, batch.errors)) {
      completion.items = batch.verdicts;
    } else {
      batch.verdicts.clear();
      completion.request.verdict = OfTransfer(TransferError::kUnreadable, true);
      completion.request.detail = "the reply to a bulk of " + std::to_string(batch.body.items()) +
                                  " writes was not understood (" + std::to_string(reply.size()) +
                                  " bytes)";
    }
  }
  batches.push_back(std::move(completion));
}

void BulkIndex::TakeLookups(uint32_t number, std::string& reply, const Response& response,
                            std::vector<LookupResult>& lookups) {
  const auto found = asked_.find(number);
  SLUICE_CHECK(found != asked_.end(), "an answered lookup was asked");
  const LookupBatch batch = std::move(found->second);
  asked_.erase(found);
  Verdict verdict = RequestFailure(response, reply).verdict;
  if (verdict.disposition == Disposition::kDone) {
    const size_t before = lookups.size();
    if (ReadLookups(batch, reply, lookups)) return;
    lookups.resize(before);
    verdict = OfTransfer(TransferError::kUnreadable, true);
  }
  for (const uint64_t token : batch.tokens) lookups.push_back({token, verdict, std::nullopt, 0});
}

bool BulkIndex::ReadLookups(const LookupBatch& batch, std::string& reply,
                            std::vector<LookupResult>& lookups) {
  reply.reserve(reply.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document;
  simdjson::ondemand::array docs;
  if (lookup_parser_
              .iterate(simdjson::padded_string_view(reply.data(), reply.size(), reply.capacity()))
              .get(document) != simdjson::SUCCESS ||
      document.find_field_unordered("docs").get_array().get(docs) != simdjson::SUCCESS)
    return false;
  size_t ordinal = 0;
  for (auto element : docs) {
    simdjson::ondemand::object doc;
    if (ordinal >= batch.tokens.size() || element.get_object().get(doc) != simdjson::SUCCESS)
      return false;
    LookupResult result;
    result.token = batch.tokens[ordinal++];
    bool found = false;
    std::string_view source;
    for (auto field : doc) {
      std::string_view name;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
      if (name == "found") {
        if (field.value().get_bool().get(found) != simdjson::SUCCESS) return false;
      } else if (name == "_version") {
        if (field.value().get_int64().get(result.version) != simdjson::SUCCESS) return false;
      } else if (name == "_source") {
        simdjson::ondemand::object object;
        if (field.value().get_object().get(object) != simdjson::SUCCESS ||
            object.raw_json().get(source) != simdjson::SUCCESS)
          return false;
      } else if (name == "error") {
        std::string_view type;
        simdjson::ondemand::object error;
        if (field.value().get_object().get(error) != simdjson::SUCCESS) return false;
        if (error.find_field_unordered("type").get_string().get(type) != simdjson::SUCCESS)
          type = "unknown";
        const int status = type == "index_not_found_exception" ? 404 : 503;
        result.verdict = OfItem(status, WriteAction::kIndex, type, {});
      }
    }
    if (found) result.document.emplace(source);
    lookups.push_back(std::move(result));
  }
  return ordinal == batch.tokens.size();
}

}  // namespace sluice::elasticsearch
