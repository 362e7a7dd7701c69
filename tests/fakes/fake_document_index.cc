#include "tests/fakes/fake_document_index.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "core/model/check.h"

namespace sluice::testing {
namespace {

/// What an action line costs beside its texts; about what the real one does.
constexpr size_t kActionLineBytes = 64;

}  // namespace

FakeDocumentIndex::~FakeDocumentIndex() {
  for (const uint32_t number : in_flight_) {
    Carry(batches_.at(number), RequestFate::Effect::kLater);
  }
}

// ---- Destinations ------------------------------------------------------------------------------

IndexSlot FakeDocumentIndex::Prepare(const std::string& stream) {
  resting_ = false;
  std::string name = stream;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto found = std::find(names_.begin(), names_.end(), name);
  const IndexSlot slot{static_cast<uint32_t>(found - names_.begin())};
  if (found == names_.end()) names_.push_back(name);
  if (std::find(unprepared_.begin(), unprepared_.end(), slot) == unprepared_.end()) {
    unprepared_.push_back(slot);
  }
  return slot;
}

const std::string& FakeDocumentIndex::IndexName(IndexSlot index) const {
  SLUICE_CHECK(index.value < names_.size(), "a slot comes from this index");
  return names_[index.value];
}

// ---- Bodies ------------------------------------------------------------------------------------

BatchHandle FakeDocumentIndex::OpenBatch() {
  // Numbers are used again, as a recycling index does.
  if (batches_.empty()) next_batch_ = 0;
  const BatchHandle handle{next_batch_++};
  batches_[handle.value] = Batch{};
  return handle;
}

size_t FakeDocumentIndex::Append(BatchHandle batch, const DocumentWrite& write) {
  Batch& body = batches_.at(batch.value);
  SLUICE_CHECK(body.state == State::kOpen, "only an open body takes writes");
  SLUICE_CHECK(!write.id.empty() && write.id.size() <= 512, "an id has 1 to 512 bytes");
  SLUICE_CHECK(write.version > 0, "a version is positive");
  SLUICE_CHECK(write.document.empty() == (write.action == WriteAction::kDelete),
               "a delete has no document, an index write has one");
  body.request.writes.push_back({write.action, IndexName(write.index), std::string(write.id),
                                 write.version, std::string(write.document), write.or_equal});
  body.request.bytes += kActionLineBytes + write.id.size() + write.document.size();
  return body.request.bytes;
}

void FakeDocumentIndex::Send(BatchHandle batch) {
  Batch& body = batches_.at(batch.value);
  SLUICE_CHECK(body.state == State::kOpen, "a body is sent once");
  SLUICE_CHECK(!body.request.writes.empty(), "an empty bulk is an error of the node");
  NoteOutstanding(body);
  body.state = State::kInFlight;
  if (clock_ != nullptr) body.request.sent_us = clock_->NowUs();
  in_flight_.push_back(batch.value);
  ++requests_sent_;
  writes_sent_ += body.request.writes.size();
}

void FakeDocumentIndex::NoteOutstanding(const Batch& sent) {
  std::set<std::pair<std::string, std::string>> outstanding;
  for (const uint32_t number : in_flight_) {
    for (const OwnedWrite& write : batches_.at(number).request.writes) {
      outstanding.emplace(write.index, write.id);
    }
  }
  for (const OwnedWrite& write : sent.request.writes) {
    if (!outstanding.emplace(write.index, write.id).second) {
      breaches_.push_back("I3: two operations of " + write.index + "/" + write.id +
                          " are outstanding");
    }
  }
}

std::string_view FakeDocumentIndex::Document(BatchHandle batch, size_t ordinal) const {
  return batches_.at(batch.value).request.writes.at(ordinal).document;
}

Failure FakeDocumentIndex::ItemFailure(BatchHandle batch, size_t ordinal) const {
  const Batch& body = batches_.at(batch.value);
  return ordinal < body.failures.size() ? body.failures[ordinal] : Failure{};
}

int64_t FakeDocumentIndex::StoredVersion(BatchHandle batch, size_t ordinal) const {
  const Batch& body = batches_.at(batch.value);
  return ordinal < body.stored.size() ? body.stored[ordinal] : 0;
}

void FakeDocumentIndex::Discard(BatchHandle batch) {
  SLUICE_CHECK(batches_.at(batch.value).state != State::kInFlight,
               "a request in flight cannot be discarded");
  batches_.erase(batch.value);
}

// ---- Answers -----------------------------------------------------------------------------------

void FakeDocumentIndex::Carry(const Batch& batch, RequestFate::Effect effect) {
  const std::vector<OwnedWrite>& writes = batch.request.writes;
  switch (effect) {
    case RequestFate::Effect::kAll:
      for (const OwnedWrite& write : writes) cluster_.Land(write);
      return;
    case RequestFate::Effect::kNone: return;
    case RequestFate::Effect::kFirstHalf:
      for (size_t i = 0; i < writes.size() / 2; ++i) cluster_.Land(writes[i]);
      return;
    case RequestFate::Effect::kLater:
      for (const OwnedWrite& write : writes) {
        cluster_.AddStraggler(write, copies_live_us_ == INT64_MAX
                                         ? INT64_MAX
                                         : batch.request.sent_us + copies_live_us_);
      }
      return;
  }
}

void FakeDocumentIndex::AnswerItems(Batch& batch) {
  for (const OwnedWrite& write : batch.request.writes) {
    const std::optional<Failure> refused = refuse_item ? refuse_item(write) : std::nullopt;
    Failure answer;
    if (refused) {
      answer = *refused;
    } else {
      answer.verdict.result = cluster_.Apply(write);
    }
    const auto& documents = cluster_.documents(write.index);
    const auto stored = documents.find(write.id);
    batch.stored.push_back(stored == documents.end() || versions_hidden_ ? 0
                                                                         : stored->second.version);
    if (versions_hidden_ && answer.verdict.result == WriteResult::kConflictHigher) {
      answer.verdict.result = WriteResult::kConflictUnknown;
    }
    batch.items.push_back(answer.verdict);
    batch.failures.push_back(std::move(answer));
  }
}

void FakeDocumentIndex::Answer(size_t position, const RequestFate& fate) {
  SLUICE_CHECK(position < in_flight_.size(), "only an open request is answered");
  const uint32_t number = in_flight_[position];
  in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(position));
  Batch& batch = batches_.at(number);
  RequestFate chosen = fate;
  if (!request_fates_.empty()) {
    chosen = std::move(request_fates_.front());
    request_fates_.pop_front();
  }
  if (batch.request.bytes > max_body_bytes_) {
    chosen.request = {{Disposition::kSplit, FailureReason::kTooLarge, {}}, "", "413"};
    chosen.effect = RequestFate::Effect::kNone;
  }
  batch.state = State::kAnswered;
  batch.body_sent = chosen.body_sent;
  batch.verdict = chosen.request;
  if (chosen.request.verdict.disposition == Disposition::kDone) {
    AnswerItems(batch);
  } else {
    Carry(batch, chosen.effect);
  }
  answered_.push_back(number);
}

void FakeDocumentIndex::AnswerAll() {
  while (!in_flight_.empty()) AnswerNext();
}

void FakeDocumentIndex::Lookup(uint64_t token, IndexSlot index, std::string_view id) {
  gathered_.push_back({token, IndexName(index), std::string(id)});
  ++lookups_asked_;
}

void FakeDocumentIndex::FlushLookups() {
  lookups_.insert(lookups_.end(), gathered_.begin(), gathered_.end());
  gathered_.clear();
}

void FakeDocumentIndex::AnswerLookup(size_t position, const Verdict& verdict) {
  SLUICE_CHECK(position < lookups_.size(), "only an open lookup is answered");
  const Wanted wanted = std::move(lookups_[position]);
  lookups_.erase(lookups_.begin() + static_cast<std::ptrdiff_t>(position));
  LookupResult result;
  result.token = wanted.token;
  result.verdict = verdict;
  if (!lookup_fates_.empty()) {
    result.verdict = lookup_fates_.front();
    lookup_fates_.pop_front();
  }
  if (result.verdict.disposition == Disposition::kDone) {
    if (const auto* stored = cluster_.Find(wanted.index, wanted.id)) {
      result.document = stored->document;
      result.version = stored->version;
    }
  }
  looked_up_.push_back(std::move(result));
}

void FakeDocumentIndex::AnswerAllLookups() {
  while (!lookups_.empty()) AnswerLookup(0);
}

void FakeDocumentIndex::Poll(std::vector<BatchCompletion>& batches,
                             std::vector<LookupResult>& lookups,
                             std::vector<PrepareResult>& prepared) {
  if (!answers_held_) {
    AnswerAll();
    AnswerAllLookups();
  }
  for (const uint32_t number : std::exchange(answered_, {})) {
    const Batch& batch = batches_.at(number);
    batches.push_back({BatchHandle{number}, batch.verdict, batch.items, 1'000, batch.body_sent});
  }
  for (LookupResult& result : looked_up_) lookups.push_back(std::move(result));
  looked_up_.clear();
  if (prepared_held_ || resting_ || unprepared_.empty()) return;
  if (!prepare_fates_.empty()) {
    prepared.push_back({unprepared_.front(), std::move(prepare_fates_.front())});
    prepare_fates_.pop_front();
    return;
  }
  for (const IndexSlot slot : std::exchange(unprepared_, {})) prepared.push_back({slot, {}});
}

void FakeDocumentIndex::CancelAll() {
  resting_ = true;
  CancelTransfers();
}

void FakeDocumentIndex::CancelTransfers() {
  RequestFate fate;
  fate.request.verdict = {cancelled_land_later_ ? Disposition::kInDoubt : Disposition::kCancelled,
                          FailureReason::kNone,
                          {}};
  fate.request.detail = "cancelled";
  fate.effect = cancelled_land_later_ ? RequestFate::Effect::kLater : RequestFate::Effect::kNone;
  fate.body_sent = cancelled_land_later_;
  const auto scripted = std::exchange(request_fates_, {});
  while (!in_flight_.empty()) AnswerNext(fate);
  request_fates_ = scripted;
  while (!lookups_.empty()) AnswerLookup(0, {Disposition::kCancelled, FailureReason::kNone, {}});
}

}  // namespace sluice::testing
