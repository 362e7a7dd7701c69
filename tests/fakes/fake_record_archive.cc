#include "tests/fakes/fake_record_archive.h"

#include <utility>

#include "core/model/check.h"

namespace sluice::testing {

void FakeRecordArchive::Request(uint64_t token, const TopicPartition& stream, Offset offset) {
  SLUICE_CHECK(requests_.size() < capacity_, "at most capacity() requests are open");
  ++requests_seen_;
  requests_.push_back({token, stream, offset});
}

void FakeRecordArchive::Poll(std::vector<ArchivedRecord>& answers) {
  if (held_) return;
  if (trouble_) {
    for (const Wanted& wanted : requests_) {
      answers.push_back({wanted.token, *trouble_, std::nullopt});
    }
    return;
  }
  for (const Wanted& wanted : requests_) {
    ArchivedRecord answer;
    answer.token = wanted.token;
    const OwnedRecord* record = gone_ ? nullptr : log_.At(wanted.stream, wanted.offset);
    if (record != nullptr) answer.record = *record;
    answers.push_back(std::move(answer));
  }
  requests_.clear();
}

}  // namespace sluice::testing
