#include "tests/fakes/fake_control_store.h"

#include <utility>

#include "core/model/check.h"

namespace sluice::testing {

FakeControlIndex::Kept* FakeControlIndex::Find(const std::string& index) {
  const auto found = kept_.find(index);
  return found == kept_.end() ? nullptr : &found->second;
}

void FakeControlIndex::Put(const ControlRecord& record) {
  Kept& kept = kept_[record.index];
  kept.record = record;
  ++kept.seq_no;
}

IndexFacts& FakeControlIndex::Destination(const std::string& index) {
  const auto [place, is_new] = destinations_.try_emplace(index);
  if (is_new) place->second = {true, index + "-000001", "uuid-1", "", {"0:history-1"}, 0};
  return place->second;
}

IndexFacts FakeControlIndex::Look(const std::string& index) {
  IndexFacts facts = Destination(index);
  facts.operations += static_cast<int64_t>(cluster_.documents(index).size());
  return facts;
}

void FakeControlStore::Ask(Question question) {
  for (const Question& open : questions_) {
    SLUICE_CHECK(open.record.index != question.record.index, "one question an index at a time");
  }
  questions_.push_back(std::move(question));
}

void FakeControlStore::Look(const std::string& index) {
  ++looks_;
  ControlRecord record;
  record.index = index;
  Ask({Question::Kind::kLook, std::move(record), {}});
}

void FakeControlStore::Create(const ControlRecord& record) {
  Ask({Question::Kind::kCreate, record, {}});
}

void FakeControlStore::Replace(const ControlRecord& record, const ControlTicket& ticket) {
  Ask({Question::Kind::kReplace, record, ticket});
}

ControlAnswer FakeControlStore::Answer(const Question& question) {
  ControlAnswer answer;
  answer.index = question.record.index;
  if (race_ && question.kind != Question::Kind::kLook) {
    index_.Put(*race_);
    race_.reset();
  }
  FakeControlIndex::Kept* kept = index_.Find(answer.index);
  switch (question.kind) {
    case Question::Kind::kLook:
      answer.kind = ControlAnswer::Kind::kFound;
      answer.destination = index_.Look(answer.index);
      if (kept != nullptr) {
        answer.record = kept->record;
        answer.ticket = {kept->seq_no, 1};
      }
      return answer;
    case Question::Kind::kCreate:
      if (kept != nullptr) {
        answer.kind = ControlAnswer::Kind::kRefused;
        return answer;
      }
      break;
    case Question::Kind::kReplace:
      if (kept == nullptr || kept->seq_no != question.ticket.seq_no) {
        answer.kind = ControlAnswer::Kind::kRefused;
        return answer;
      }
      break;
  }
  index_.Put(question.record);
  ++writes_;
  answer.kind = ControlAnswer::Kind::kWritten;
  answer.ticket = {index_.Find(answer.index)->seq_no, 1};
  return answer;
}

void FakeControlStore::Poll(std::vector<ControlAnswer>& answers) {
  if (held_) return;
  if (!failures_.empty() && !questions_.empty()) {
    ControlAnswer held;
    held.kind = ControlAnswer::Kind::kHeld;
    held.index = questions_.front().record.index;
    held.failure = std::move(failures_.front());
    failures_.pop_front();
    answers.push_back(std::move(held));
    return;
  }
  for (const Question& question : std::exchange(questions_, {})) {
    answers.push_back(Answer(question));
  }
}

}  // namespace sluice::testing
