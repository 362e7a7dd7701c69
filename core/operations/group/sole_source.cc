#include "core/operations/group/sole_source.h"

#include <algorithm>
#include <utility>

namespace sluice {

using Kind = SourceEvent::Kind;

size_t SoleSource::Poll(std::span<Record> out) {
  const size_t count = group_.Poll(state_ == State::kSole ? out : std::span<Record>());
  SourceEvent event;
  while (group_.NextEvent(event)) Take(std::move(event));
  const bool due = ask_at_us_ >= 0 && clock_.NowUs() >= ask_at_us_;
  if (due && !asking_ && !closing_) {
    ask_at_us_ = -1;
    asking_ = true;
    group_.AskGroup();
  }
  return count;
}

bool SoleSource::NextEvent(SourceEvent& event) {
  SourceEvent next;
  while (pending_.empty() && group_.NextEvent(next)) Take(std::move(next));
  if (pending_.empty()) return false;
  event = std::move(pending_.front());
  pending_.pop_front();
  return true;
}

/// Only what the user was told of: what is held back stays unread.
void SoleSource::StartReading() {
  if (state_ == State::kSole) group_.StartReading();
}

void SoleSource::Close() {
  closing_ = true;
  held_.clear();
  group_.Close();
}

void SoleSource::Pass(SourceEvent event) {
  pending_.push_back(std::move(event));
}

void SoleSource::Take(SourceEvent event) {
  switch (event.kind) {
    case Kind::kAssigned: TakeAssigned(std::move(event)); return;
    case Kind::kRevoking:
    case Kind::kLost: TakeGivenUp(std::move(event)); return;
    case Kind::kGroup:
      asking_ = false;
      if (!closing_) TakeGroup(event.group);
      return;
    case Kind::kEndOfPartition:
    case Kind::kCommitted:
    case Kind::kCommitFailed:
    case Kind::kFault:
    case Kind::kRecovered:
    case Kind::kStreamFacts:
    case Kind::kPlace:
    case Kind::kClosed: Pass(std::move(event)); return;
  }
}

// ---- Partitions --------------------------------------------------------------------------------

void SoleSource::TakeAssigned(SourceEvent event) {
  const bool stays = state_ == State::kSole && group_.MemberId() == sole_id_;
  AskIn(0);  // who else is there, in either case
  if (stays) {
    for (const AssignedPartition& partition : event.assigned) passed_.insert(partition.slot);
    Pass(std::move(event));
    return;
  }
  // Under another id it is another member: somebody else may have been alone in between.
  if (state_ == State::kSole) Enter(false);
  if (state_ == State::kEntering && !closing_) held_.push_back(std::move(event));
}

/// What nobody was told of is given up at once.
void SoleSource::TakeGivenUp(SourceEvent event) {
  const auto gone = [&event](PartitionSlot slot) {
    return std::find(event.slots.begin(), event.slots.end(), slot) != event.slots.end();
  };
  for (SourceEvent& held : held_) {
    std::erase_if(held.assigned,
                  [&gone](const AssignedPartition& partition) { return gone(partition.slot); });
  }
  std::erase_if(held_, [](const SourceEvent& held) { return held.assigned.empty(); });
  std::vector<PartitionSlot> known;
  for (const PartitionSlot slot : event.slots) {
    if (passed_.erase(slot) > 0) known.push_back(slot);
  }
  if (known.empty()) {
    group_.CompleteRevoke();
    return;
  }
  event.slots = std::move(known);
  Pass(std::move(event));
}

// ---- The group ---------------------------------------------------------------------------------

void SoleSource::TakeGroup(const GroupView& view) {
  switch (state_) {
    case State::kOutside: LookFromOutside(view); return;
    case State::kEntering: LookWhileEntering(view); return;
    case State::kSole: LookWhileSole(view); return;
    case State::kLeaving: {
      const bool still_there =
          std::any_of(view.members.begin(), view.members.end(),
                      [this](const GroupMember& member) { return member.id == left_id_; });
      if (still_there) {
        AskIn(settings_.again_us);
      } else {
        state_ = State::kOutside;
        LookFromOutside(view);
      }
      return;
    }
    case State::kRefused: return;
  }
}

void SoleSource::LookFromOutside(const GroupView& view) {
  const GroupDecision decision = DecideOutside(settings_.asker, view);
  switch (decision.step) {
    case GroupStep::kJoin:
      Enter(true);
      group_.Join();
      return;
    case GroupStep::kRefuse: {
      state_ = State::kRefused;
      SourceEvent refusal;
      refusal.kind = Kind::kFault;
      refusal.failure.verdict.disposition = Disposition::kHalt;
      refusal.failure.verdict.reason = FailureReason::kGroupTaken;
      refusal.failure.detail = decision.reason;
      Pass(std::move(refusal));
      return;
    }
    case GroupStep::kStandBy:
    case GroupStep::kGoOn:
    case GroupStep::kWait:
    case GroupStep::kLeave:
      TellPlace(GroupPlace::kStandby, decision.reason);
      AskIn(settings_.watch_us);
      return;
  }
}

void SoleSource::LookWhileEntering(const GroupView& view) {
  if (held_.empty()) return;  // what it was given is gone again: the next assignment asks
  const bool others = view.members.size() > 1;
  const GroupDecision decision =
      DecideInside(settings_.asker, view, {"", looked_, others && OthersStayed()});
  switch (decision.step) {
    case GroupStep::kGoOn: BecomeSole(view.own_id); return;
    case GroupStep::kLeave:
      state_ = State::kLeaving;
      left_id_ = view.own_id;
      held_.clear();
      group_.Leave();
      AskIn(settings_.again_us);
      return;
    case GroupStep::kWait:
    case GroupStep::kJoin:
    case GroupStep::kStandBy:
    case GroupStep::kRefuse: AskIn(settings_.again_us); return;
  }
}

/// Others who come later have to leave; those who do not are told of.
void SoleSource::LookWhileSole(const GroupView& view) {
  if (view.members.size() < 2) {
    others_since_us_ = -1;
    TellPlace(GroupPlace::kSole, "the only member of group " + settings_.asker.group);
    return;
  }
  const bool stayed = OthersStayed();
  AskIn(settings_.watch_us);
  const GroupDecision decision = DecideInside(settings_.asker, view, {sole_id_, looked_, stayed});
  if (stayed && decision.step == GroupStep::kGoOn) TellPlace(GroupPlace::kCrowded, decision.reason);
}

bool SoleSource::OthersStayed() {
  if (others_since_us_ < 0) others_since_us_ = clock_.NowUs();
  return clock_.NowUs() - others_since_us_ >= settings_.leave_max_us;
}

void SoleSource::Enter(bool looked) {
  state_ = State::kEntering;
  looked_ = looked;
  sole_id_.clear();
  others_since_us_ = -1;
}

void SoleSource::BecomeSole(const std::string& own_id) {
  state_ = State::kSole;
  sole_id_ = own_id;
  others_since_us_ = -1;
  TellPlace(GroupPlace::kSole, "the only member of group " + settings_.asker.group);
  for (SourceEvent& held : held_) {
    for (const AssignedPartition& partition : held.assigned) passed_.insert(partition.slot);
    Pass(std::move(held));
  }
  held_.clear();
}

void SoleSource::TellPlace(GroupPlace place, const std::string& sentence) {
  if (place == place_ && sentence == told_) return;
  place_ = place;
  told_ = sentence;
  SourceEvent event;
  event.kind = Kind::kPlace;
  event.place = place;
  event.sentence = sentence;
  Pass(std::move(event));
}

}  // namespace sluice
