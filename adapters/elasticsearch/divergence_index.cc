#include "adapters/elasticsearch/divergence_index.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "adapters/elasticsearch/divergence_json.h"
#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/index_bodies.h"

namespace sluice::elasticsearch {
namespace {

constexpr size_t kBodyBytesMax = size_t{1} << 20;
constexpr size_t kPage = 1'000;

}  // namespace

DivergenceIndex::DivergenceIndex(const Settings& settings, Transport& transport, const Clock& clock,
                                 uint64_t tag)
    : settings_(settings),
      transport_(transport),
      clock_(clock),
      tag_(tag),
      // Only for jitter: workers that failed together must not come back together.
      random_state_(static_cast<uint64_t>(clock.NowUs()) ^ reinterpret_cast<uintptr_t>(this)) {}

// ---- Questions ---------------------------------------------------------------------------------

void DivergenceIndex::Load(const std::string& index, size_t entries_max) {
  Question question;
  question.entries_max = entries_max;
  question.answer.index = index;
  questions_.emplace(next_++, std::move(question));
}

void DivergenceIndex::Put(uint64_t token, const Divergence& entry) {
  Line line{token, false, entry.index, {}};
  AppendPut(entry, line.text);
  waiting_.push_back(std::move(line));
}

void DivergenceIndex::Remove(const std::string& index, const std::string& id, int64_t version) {
  Line line{0, true, index, {}};
  AppendRemoval(index, id, version, line.text);
  waiting_.push_back(std::move(line));
}

void DivergenceIndex::Poll(std::vector<DivergenceAnswer>& answers) {
  Move();
  answers.insert(answers.end(), std::make_move_iterator(answers_.begin()),
                 std::make_move_iterator(answers_.end()));
  answers_.clear();
}

void DivergenceIndex::Move() {
  const bool writes = !writing_ && !(waiting_.empty() && sent_.empty());
  if (!writes && questions_.empty()) return;
  const int64_t now_us = clock_.NowUs();
  if (writes && patience_.not_before_us <= now_us) Write();
  for (auto& [number, question] : questions_)
    if (!question.asked && question.patience.not_before_us <= now_us) Ask(number, question);
}

void DivergenceIndex::Ask(uint32_t number, Question& question) {
  const size_t left = question.entries_max - question.answer.entries.size();
  question.body = DivergenceSearch(question.answer.index, question.after, std::min(left, kPage));
  question.asked = true;
  Request request;
  request.tag = tag_ | number;
  request.method = "POST";
  request.path = IndexPath(settings_.divergent_index) +
                 "/_search?allow_partial_search_results=false&filter_path=hits.total.value,"
                 "hits.hits._source,error";
  request.body = question.body;
  transport_.Start(std::move(request));
}

void DivergenceIndex::Write() {
  Request request;
  request.tag = tag_ | kWrites;
  if (makes_index_) {
    body_ = DivergenceIndexBody(settings_.divergent_index);
    request.method = "PUT";
    request.path = CreatePath(settings_.divergent_index);
  } else {
    body_.clear();
    for (const Line& line : sent_) body_ += line.text;
    while (!waiting_.empty() && (body_.empty() || body_.size() < kBodyBytesMax)) {
      body_ += waiting_.front().text;
      sent_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    request.method = "POST";
    request.path = IndexPath(settings_.divergent_index) +
                   "/_bulk?require_alias=true&refresh=true&filter_path=items.*.status,"
                   "items.*.error.type,items.*.error.reason";
    request.ndjson = true;
  }
  request.body = body_;
  writing_ = true;
  transport_.Start(std::move(request));
}

// ---- Answers -----------------------------------------------------------------------------------

void DivergenceIndex::Take(uint32_t number, const Response& response) {
  if (number == kWrites) {
    writing_ = false;
    if (response.error == TransferError::kCancelled) return;  // sent again if anything ever is
    if (MayPass(response)) {
      Held(sent_.front().index, patience_, response, "");
    } else if (makes_index_) {
      TakeMade(response);
    } else {
      TakeWritten(response);
    }
    return;
  }
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;
  Question& question = found->second;
  question.asked = false;
  if (response.error == TransferError::kCancelled) return;
  if (MayPass(response)) {
    Held(question.answer.index, question.patience, response, "");
  } else if (TakePage(question, response)) {
    answers_.push_back(std::move(question.answer));
    questions_.erase(found);
  }
}

void DivergenceIndex::TakeMade(const Response& response) {
  const bool there = response.status == 400 &&
                     ReadErrorBody(response.body).type == "resource_already_exists_exception";
  if (response.status == 200 || there) {
    makes_index_ = false;
    // Where it is there and its alias is not, the next answer says so again.
    if (there) patience_.Fail(settings_, clock_.NowUs(), random_state_);
  } else {
    Held(sent_.front().index, patience_, response, "");
  }
}

void DivergenceIndex::TakeWritten(const Response& response) {
  std::string words;
  const auto items =
      response.status == 200 ? ReadDivergenceItems(response.body, words) : std::nullopt;
  if (!items || items->size() != sent_.size()) {
    makes_index_ = response.status == 404;
    Held(sent_.front().index, patience_, response,
         response.status == 200 ? "an answer that is not understood" : "");
    return;
  }
  std::deque<Line> again;
  for (size_t i = 0; i < items->size(); ++i) {
    Line& line = sent_[i];
    const DivergenceItem item = (*items)[i];
    // Without an index there is no entry to remove.
    if (item == DivergenceItem::kDone || (item == DivergenceItem::kNoIndex && line.removes)) {
      if (line.removes) continue;
      DivergenceAnswer answer;
      answer.kind = DivergenceAnswer::Kind::kStored;
      answer.index = line.index;
      answer.token = line.token;
      answers_.push_back(std::move(answer));
      continue;
    }
    makes_index_ |= item == DivergenceItem::kNoIndex;
    again.push_back(std::move(line));
  }
  sent_ = std::move(again);
  if (sent_.empty()) {
    patience_ = {};
  } else if (!words.empty()) {
    Held(sent_.front().index, patience_, response, words);
  }
}

bool DivergenceIndex::TakePage(Question& question, const Response& response) {
  if (response.status == 404) return true;  // nothing was ever stored
  const auto page = response.status == 200 ? ReadDivergencePage(response.body) : std::nullopt;
  if (!page) {
    Held(question.answer.index, question.patience, response,
         response.status == 200 ? "an answer that is not understood" : "");
    return false;
  }
  question.patience = {};
  const size_t wanted = std::min(question.entries_max - question.answer.entries.size(), kPage);
  for (const std::string& document : *page) {
    Result<Divergence> entry = ParseDivergence(document);
    if (!entry) {
      question.answer.kind = DivergenceAnswer::Kind::kHalted;
      question.answer.failure = {
          {Disposition::kHalt, FailureReason::kIndexUnsuitable, WriteResult::kCreated},
          "",
          entry.error().ToString()};
      return true;
    }
    question.after = DivergenceKey(entry->index, entry->id);
    question.answer.entries.push_back(std::move(*entry));
  }
  if (page->size() < wanted) return true;
  if (question.answer.entries.size() < question.entries_max) return false;
  question.answer.complete = false;
  return true;
}

void DivergenceIndex::Held(const std::string& index, Patience& patience, const Response& response,
                           const std::string& what) {
  patience.Fail(settings_, clock_.NowUs(), random_state_);
  DivergenceAnswer held;
  held.kind = DivergenceAnswer::Kind::kHeld;
  held.index = index;
  held.failure = HoldOf(response, what);
  if (response.status == 401 || response.status == 403)
    held.failure.detail += "; grant create_index, read and write on " + settings_.divergent_index +
                           " and " + BackingName(settings_.divergent_index);
  answers_.push_back(std::move(held));
}

}  // namespace sluice::elasticsearch
