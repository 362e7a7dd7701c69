#include "adapters/elasticsearch/control_index.h"

#include <utility>

#include "adapters/elasticsearch/control_json.h"
#include "adapters/elasticsearch/error_body.h"
#include "adapters/elasticsearch/index_bodies.h"

namespace sluice::elasticsearch {

ControlIndex::ControlIndex(const Settings& settings, Transport& transport, const Clock& clock,
                           uint64_t tag)
    : settings_(settings),
      transport_(transport),
      clock_(clock),
      tag_(tag),
      // Only for jitter: workers that failed together must not come back together.
      random_state_(static_cast<uint64_t>(clock.NowUs()) ^ reinterpret_cast<uintptr_t>(this)) {}

// ---- Questions ---------------------------------------------------------------------------------

void ControlIndex::Look(const std::string& index) {
  Question question;
  question.answer.index = index;
  Open(std::move(question));
}

void ControlIndex::Create(const ControlRecord& record) {
  Question question;
  question.step = Step::kMakeIndex;
  question.answer.index = record.index;
  question.body = RenderControl(record);
  Open(std::move(question));
}

void ControlIndex::Replace(const ControlRecord& record, const ControlTicket& ticket) {
  Question question;
  question.step = Step::kWrite;
  question.replaces = true;
  question.ticket = ticket;
  question.answer.index = record.index;
  question.body = RenderControl(record);
  Open(std::move(question));
}

void ControlIndex::Open(Question question) {
  paused_ = false;
  questions_.emplace(next_++, std::move(question));
}

void ControlIndex::Poll(std::vector<ControlAnswer>& answers) {
  Move();
  answers.insert(answers.end(), std::make_move_iterator(answers_.begin()),
                 std::make_move_iterator(answers_.end()));
  answers_.clear();
}

void ControlIndex::Move() {
  if (paused_ || questions_.empty()) return;
  const int64_t now_us = clock_.NowUs();
  for (auto& [number, question] : questions_)
    if (!question.asked && question.patience.not_before_us <= now_us) Ask(number, question);
}

void ControlIndex::Ask(uint32_t number, Question& question) {
  static const std::string kMakeBody = ControlIndexBody();
  Request request;
  request.tag = tag_ | number;
  switch (question.step) {
    case Step::kInspect: request.path = InspectPath(question.answer.index); break;
    case Step::kStats: request.path = StatsPath(question.answer.destination.backing); break;
    case Step::kRead:
      request.path = ControlPath(settings_.control_index, question.answer.index);
      break;
    case Step::kMakeIndex:
      request.method = "PUT";
      request.path = "/" + UrlEscaped(settings_.control_index);
      request.body = kMakeBody;
      break;
    case Step::kWrite:
      request.method = "PUT";
      request.path = ControlPath(settings_.control_index, question.answer.index,
                                 question.replaces ? "_doc" : "_create");
      if (question.replaces)
        request.path += "?if_seq_no=" + std::to_string(question.ticket.seq_no) +
                        "&if_primary_term=" + std::to_string(question.ticket.primary_term);
      request.body = question.body;
      break;
  }
  question.asked = true;
  transport_.Start(std::move(request));
}

// ---- Answers -----------------------------------------------------------------------------------

void ControlIndex::Take(uint32_t number, const Response& response) {
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;
  Question& question = found->second;
  question.asked = false;
  if (response.error == TransferError::kCancelled) return;  // asked again if anything ever is
  if (MayPass(response)) {
    TryAgain(question, response, "");
    return;
  }
  bool answered = false;
  switch (question.step) {
    case Step::kInspect: TakeInspected(question, response); break;
    case Step::kStats: TakeStats(question, response); break;
    case Step::kRead: answered = TakeRead(question, response); break;
    case Step::kMakeIndex: TakeMade(question, response); break;
    case Step::kWrite: answered = TakeWritten(question, response); break;
  }
  if (!answered) return;
  answers_.push_back(std::move(question.answer));
  questions_.erase(found);
}

void ControlIndex::TakeInspected(Question& question, const Response& response) {
  question.answer.destination = {};
  if (response.status == 404) {
    question.step = Step::kRead;
    return;
  }
  const auto existing = ReadExisting(response.body, question.answer.index);
  const ExistingIndex* write =
      existing && response.status == 200 ? WriteIndexOf(*existing) : nullptr;
  if (write == nullptr || write->uuid.empty()) {
    TryAgain(question, response, "the index behind its name is not known");
    return;
  }
  IndexFacts& facts = question.answer.destination;
  facts.exists = true;
  facts.backing = write->backing;
  facts.uuid = write->uuid;
  facts.history_uuid = write->history_uuid;
  question.shards = write->shards;
  question.step = Step::kStats;
}

void ControlIndex::TakeStats(Question& question, const Response& response) {
  IndexFacts& facts = question.answer.destination;
  if (response.status == 404) {
    question.step = Step::kInspect;
    return;
  }
  auto shards = response.status == 200 ? ReadShards(response.body, facts.backing, question.shards)
                                       : std::nullopt;
  if (!shards) {
    TryAgain(question, response, "a primary shard of " + facts.backing + " is away");
    return;
  }
  facts.primaries = std::move(shards->primaries);
  facts.operations = shards->operations;
  question.step = Step::kRead;
}

bool ControlIndex::TakeRead(Question& question, const Response& response) {
  question.answer.kind = ControlAnswer::Kind::kFound;
  if (response.status == 404) return true;
  const auto stored = response.status == 200 ? ReadStored(response.body) : std::nullopt;
  if (!stored) {
    TryAgain(question, response, "an answer that is not understood");
    return false;
  }
  Result<ControlRecord> record = ParseControl(stored->document);
  if (!record) return Halt(question, record.error().ToString());
  question.answer.record = std::move(*record);
  question.answer.ticket = stored->ticket;
  return true;
}

void ControlIndex::TakeMade(Question& question, const Response& response) {
  const bool there = response.status == 400 &&
                     ReadErrorBody(response.body).type == "resource_already_exists_exception";
  if (response.status == 200 || there) {
    question.step = Step::kWrite;
  } else {
    TryAgain(question, response, "");
  }
}

bool ControlIndex::TakeWritten(Question& question, const Response& response) {
  if (response.status == 409) {
    question.answer.kind = ControlAnswer::Kind::kRefused;
    return true;
  }
  if (response.status == 200 || response.status == 201) {
    question.answer.ticket = ReadTicket(response.body);
    // An answer that is not understood is no harm: what is stored is looked at again.
    question.answer.kind = question.answer.ticket.seq_no < 0 ? ControlAnswer::Kind::kRefused
                                                             : ControlAnswer::Kind::kWritten;
    return true;
  }
  if (response.status == 404) {  // the index of the records was deleted meanwhile
    question.answer.kind = ControlAnswer::Kind::kRefused;
    return true;
  }
  return Halt(question, "the control record cannot be written to " + settings_.control_index +
                            ": " + WordsOf(response) +
                            "; set control.index to an index of its own");
}

bool ControlIndex::Halt(Question& question, std::string sentence) {
  question.answer.kind = ControlAnswer::Kind::kHalted;
  question.answer.failure = {
      {Disposition::kHalt, FailureReason::kControlMismatch, WriteResult::kCreated},
      "",
      std::move(sentence)};
  return true;
}

void ControlIndex::TryAgain(Question& question, const Response& response, const std::string& what) {
  question.patience.Fail(settings_, clock_.NowUs(), random_state_);
  ControlAnswer held;
  held.kind = ControlAnswer::Kind::kHeld;
  held.index = question.answer.index;
  held.failure = HoldOf(response, what);
  if (response.status == 401 || response.status == 403)
    held.failure.detail += "; grant monitor on the indices, and create_index, read and write on " +
                           settings_.control_index;
  answers_.push_back(std::move(held));
}

}  // namespace sluice::elasticsearch
