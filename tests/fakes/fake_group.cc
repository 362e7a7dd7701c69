#include "tests/fakes/fake_group.h"

#include <algorithm>
#include <utility>

namespace sluice::testing {

// ---- The member --------------------------------------------------------------------------------

bool FakeGroupSource::NextEvent(SourceEvent& event) {
  if (answers_.empty()) return records_.NextEvent(event);
  event = SourceEvent();
  event.kind = SourceEvent::Kind::kGroup;
  event.group = std::move(answers_.front());
  event.group.own_id = id_;  // as it knows itself when it is told
  answers_.pop_front();
  return true;
}

void FakeGroupSource::Join() {
  leaving_ = false;
  group_.entering_.push_back(this);
}

void FakeGroupSource::Leave() {
  std::erase(group_.entering_, this);
  leaving_ = true;
  if (!records_.Owned().empty() && !records_.revoke_pending()) records_.RevokeAll();
}

void FakeGroupSource::Close() {
  std::erase(group_.entering_, this);
  leaving_ = true;
  records_.Close();
}

void FakeGroupSource::AskGroup() {
  FakeGroup::Look look;
  look.source = this;
  group_.looks_.push_back(std::move(look));
}

// ---- The coordinator ---------------------------------------------------------------------------

void FakeGroup::Step() {
  std::vector<FakeGroupSource*> still_entering;
  for (FakeGroupSource* source : entering_) {
    if (source->HoldsAny()) {  // it enters when it has given up what it lost
      still_entering.push_back(source);
      continue;
    }
    source->id_ = "m" + std::to_string(randomness_.Next() % 1'000'000'000);
    members_.push_back({source, source->id_});
    changed_ = true;
  }
  entering_ = std::move(still_entering);
  const size_t gone = std::erase_if(members_, [](const Member& member) {
    const bool leaves = member.source->leaving_ && !member.source->HoldsAny();
    if (leaves) member.source->id_.clear();
    return leaves;
  });
  changed_ = changed_ || gone > 0;
  if (!changed_) return;
  for (const Member& member : members_) {
    FakeRecordSource& records = member.source->records_;
    if (!records.Owned().empty() && !records.revoke_pending()) records.RevokeAll();
  }
  const bool all_given_back =
      std::none_of(members_.begin(), members_.end(),
                   [](const Member& member) { return member.source->HoldsAny(); });
  if (all_given_back) Deal();
}

void FakeGroup::Deal() {
  changed_ = false;
  std::vector<std::vector<TopicPartition>> shares(members_.size());
  size_t next = 0;
  if (!members_.empty()) {
    for (const TopicPartition& partition : log_.Partitions(topic_))
      shares[next++ % members_.size()].push_back(partition);
  }
  for (size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i].source->leaving_) members_[i].source->records_.Assign(shares[i]);
  }
}

bool FakeGroup::Answer() {
  if (looks_.empty()) return false;
  const size_t chosen = randomness_.Next() % looks_.size();
  Look& look = looks_[chosen];
  if (!look.taken) {
    look.taken = true;
    for (const Member& member : members_) look.view.members.push_back({member.id, "fake", "/here"});
    return true;
  }
  look.source->answers_.push_back(std::move(look.view));
  looks_.erase(looks_.begin() + static_cast<std::ptrdiff_t>(chosen));
  return true;
}

void FakeGroup::Expire(FakeGroupSource& source) {
  if (!Has(source.id_) || source.records_.revoke_pending() || source.leaving_) return;
  std::erase_if(members_, [&source](const Member& member) { return member.source == &source; });
  changed_ = true;
  if (!source.records_.Owned().empty()) source.records_.LoseAll();
  source.id_.clear();
  entering_.push_back(&source);  // as the library does, without being told to
}

void FakeGroup::Forget(FakeGroupSource& source) {
  std::erase(entering_, &source);
  std::erase_if(looks_, [&source](const Look& look) { return look.source == &source; });
  changed_ =
      std::erase_if(members_,
                    [&source](const Member& member) { return member.source == &source; }) > 0 ||
      changed_;
}

std::vector<std::string> FakeGroup::MemberIds() const {
  std::vector<std::string> ids;
  ids.reserve(members_.size());
  for (const Member& member : members_) ids.push_back(member.id);
  return ids;
}

bool FakeGroup::Has(const std::string& id) const {
  return !id.empty() && std::any_of(members_.begin(), members_.end(),
                                    [&id](const Member& member) { return member.id == id; });
}

}  // namespace sluice::testing
