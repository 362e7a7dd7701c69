#include "adapters/elasticsearch/bulk_index.h"

#include <algorithm>
#include <utility>

#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/stub.h"

namespace sluice::elasticsearch {
namespace {

/// A full reply takes some 170 bytes an item, an error up to several kilobytes.
constexpr size_t kReplyBytesBase = size_t{1} * 1024 * 1024;
constexpr size_t kReplyBytesPerItem = size_t{8} * 1024;

std::string BulkPath(const Settings& settings) {
  // With a pipeline allowed, an item may be dropped by it: `result` shows the noop.
  return "/_bulk?require_alias=true&timeout=" + std::to_string(settings.bulk_timeout_ms) +
         "ms&filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason" +
         (settings.allow_pipelines ? ",items.*.result" : "");
}

Failure RequestFailure(const Response& response) {
  Failure failure;
  if (response.error != TransferError::kNone) {
    failure.verdict = OfTransfer(response.error, response.body_sent);
    failure.detail = response.detail;
    return failure;
  }
  if (response.status >= 200 && response.status < 300) return failure;
  ErrorBody words = ReadErrorBody(response.body);
  failure.verdict = OfRequest(response.status, words.type);
  failure.detail = "HTTP " + std::to_string(response.status);
  if (!words.type.empty()) failure.detail += " " + words.type;
  if (!words.reason.empty()) failure.detail += ": " + words.reason;
  failure.type = std::move(words.type);
  return failure;
}

}  // namespace

BulkIndex::BulkIndex(const Settings& settings, Transport& transport, const Clock& clock)
    : transport_(transport),
      admin_(settings, transport, clock),
      bulk_path_(BulkPath(settings)),
      soft_deletes_(settings.soft_deletes),
      lookups_(transport, kLookupTag),
      control_(settings, transport, clock, kControlTag),
      divergence_(settings, transport, clock, kDivergenceTag),
      scan_(settings, transport, clock, kScanTag,
            [this](IndexSlot index) -> const std::string& { return admin_.ReadName(index); }) {}

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
  BulkBody& body = batches_[batch.value]->body;
  const ActionTemplate& action = admin_.Action(write.index);
  if (!soft_deletes_ || write.action == WriteAction::kIndex) return body.Append(action, write);
  const std::string document = StubOf(write.partition);
  DocumentWrite stub = write;
  stub.action = WriteAction::kIndex;
  stub.document = document;
  return body.Append(action, stub);
}

void BulkIndex::Send(BatchHandle batch) {
  Request request;
  request.tag = kBulkTag | batch.value;
  request.method = "POST";
  request.path = bulk_path_;
  BulkBody& body = batches_[batch.value]->body;
  body.AddGuards([this](IndexSlot index) -> const ActionTemplate& { return admin_.Action(index); });
  request.body = body.text();
  request.ndjson = true;
  request.reply_bytes_max = kReplyBytesBase + body.items() * kReplyBytesPerItem;
  transport_.Start(std::move(request));
}

std::string_view BulkIndex::Document(BatchHandle batch, size_t ordinal) const {
  return batches_[batch.value]->body.document(ordinal);
}

const ItemError* BulkIndex::ErrorOf(BatchHandle batch, size_t ordinal) const {
  const std::vector<ItemError>& errors = batches_[batch.value]->errors;
  const auto found = std::lower_bound(
      errors.begin(), errors.end(), ordinal,
      [](const ItemError& error, size_t wanted) { return error.ordinal < wanted; });
  return found != errors.end() && found->ordinal == ordinal ? &*found : nullptr;
}

Failure BulkIndex::ItemFailure(BatchHandle batch, size_t ordinal) const {
  const Batch& from = *batches_[batch.value];
  Failure failure;
  if (ordinal < from.verdicts.size()) failure.verdict = from.verdicts[ordinal];
  if (const ItemError* error = ErrorOf(batch, ordinal)) {
    failure.type = error->type;
    failure.detail = error->reason;
  }
  return failure;
}

int64_t BulkIndex::StoredVersion(BatchHandle batch, size_t ordinal) const {
  const ItemError* error = ErrorOf(batch, ordinal);
  return error == nullptr ? 0 : error->stored_version;
}

void BulkIndex::Discard(BatchHandle batch) {
  Batch& used = *batches_[batch.value];
  used.body.Clear();
  used.verdicts.clear();
  used.errors.clear();
  free_batches_.push_back(batch.value);
}

void BulkIndex::Lookup(uint64_t token, IndexSlot index, std::string_view id) {
  lookups_.Ask(token, admin_.ReadName(index), id);
}

void BulkIndex::CancelTransfers() {
  lookups_.Flush();  // what was only gathered is answered too
  transport_.CancelAll();
}

void BulkIndex::CancelAll() {
  admin_.Pause();
  control_.Pause();
  CancelTransfers();
}

void BulkIndex::Poll(std::vector<BatchCompletion>& batches, std::vector<LookupResult>& lookups,
                     std::vector<PrepareResult>& prepared) {
  responses_.clear();
  transport_.Poll(responses_);
  for (Response& response : responses_) {
    const auto number = static_cast<uint32_t>(response.tag & ~kTagMask);
    switch (response.tag & kTagMask) {
      case kBulkTag: TakeBulk(number, response, batches); break;
      case kLookupTag: lookups_.Take(number, response, lookups); break;
      case kControlTag: control_.Take(number, response); break;
      case kDivergenceTag: divergence_.Take(number, response); break;
      case kScanTag: scan_.Take(number, response); break;
      default: admin_.Take(number, response);
    }
  }
  admin_.Poll(prepared);
  control_.Move();
  divergence_.Move();
}

void BulkIndex::TakeBulk(uint32_t number, Response& response,
                         std::vector<BatchCompletion>& batches) {
  Batch& batch = *batches_[number];
  BatchCompletion completion;
  completion.batch = BatchHandle{number};
  completion.round_trip_us = response.round_trip_us;
  completion.body_sent = response.body_sent;
  completion.request = RequestFailure(response);
  if (completion.request.verdict.disposition == Disposition::kDone) {
    if (reply_reader_.Read(response.body, batch.body, batch.verdicts, batch.errors)) {
      completion.items = batch.verdicts;
    } else {
      batch.verdicts.clear();
      batch.errors.clear();
      completion.request.verdict = OfTransfer(TransferError::kUnreadable, true);
      completion.request.detail = "the reply to a bulk of " + std::to_string(batch.body.items()) +
                                  " writes was not understood (" +
                                  std::to_string(response.body.size()) + " bytes)";
    }
  }
  batches.push_back(std::move(completion));
}

}  // namespace sluice::elasticsearch
