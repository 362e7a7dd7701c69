#include "tests/fakes/fake_divergence_store.h"

#include <utility>

namespace sluice::testing {

void FakeDivergenceIndex::Put(const Divergence& entry) {
  Place& place = places_[{entry.index, entry.id}];
  if (entry.version < place.version) return;
  place = {entry, entry.version, true};
  if (tell) {
    tell(entry.id + " is divergent since version " + std::to_string(entry.since & 0xffffffffffff) +
         ", at last by " + std::to_string(entry.version & 0xffffffffffff) + " (" +
         DivergenceReasonName(entry.reason) + ")");
  }
}

void FakeDivergenceIndex::Remove(const std::string& index, const std::string& id, int64_t version) {
  Place& place = places_[{index, id}];
  if (version < place.version) return;
  if (tell && place.there)
    tell(id + " is not divergent from version " + std::to_string(version & 0xffffffffffff) + " on");
  place = {{}, version, false};
}

const Divergence* FakeDivergenceIndex::Find(const std::string& index, const std::string& id) const {
  const auto found = places_.find({index, id});
  return found == places_.end() || !found->second.there ? nullptr : &found->second.entry;
}

std::vector<Divergence> FakeDivergenceIndex::All(const std::string& index) const {
  std::vector<Divergence> entries;
  for (const auto& [name, place] : places_)
    if (name.first == index && place.there) entries.push_back(place.entry);
  return entries;
}

void FakeDivergenceStore::Load(const std::string& index, size_t entries_max) {
  Question question;
  question.entries_max = entries_max;
  question.entry.index = index;
  questions_.push_back(std::move(question));
}

void FakeDivergenceStore::Put(uint64_t token, const Divergence& entry) {
  ++puts_;
  questions_.push_back({Question::Kind::kPut, token, 0, entry});
}

void FakeDivergenceStore::Remove(const std::string& index, const std::string& id, int64_t version) {
  Question question;
  question.kind = Question::Kind::kRemove;
  question.entry.index = index;
  question.entry.id = id;
  question.entry.version = version;
  questions_.push_back(std::move(question));
}

void FakeDivergenceStore::Poll(std::vector<DivergenceAnswer>& answers) {
  if (held_) return;
  if (!failures_.empty() && !questions_.empty()) {
    DivergenceAnswer held;
    held.kind = DivergenceAnswer::Kind::kHeld;
    held.index = questions_.front().entry.index;
    held.failure = std::move(failures_.front());
    failures_.pop_front();
    answers.push_back(std::move(held));
    return;
  }
  for (const Question& question : std::exchange(questions_, {})) {
    DivergenceAnswer answer;
    answer.index = question.entry.index;
    answer.token = question.token;
    switch (question.kind) {
      case Question::Kind::kLoad:
        answer.entries = index_.All(question.entry.index);
        if (answer.entries.size() >= question.entries_max) {
          answer.entries.resize(question.entries_max);
          answer.complete = false;
        }
        break;
      case Question::Kind::kPut:
        index_.Put(question.entry);
        answer.kind = DivergenceAnswer::Kind::kStored;
        break;
      case Question::Kind::kRemove:
        index_.Remove(question.entry.index, question.entry.id, question.entry.version);
        continue;
    }
    answers.push_back(std::move(answer));
  }
}

}  // namespace sluice::testing
