// What can happen to the one document, and what each step does.
#include "tests/component/explorer_world.h"

#include <algorithm>

namespace sluice::testing::explorer {
namespace {

using Seat = Owner::Seat;
using Step = Action::Kind;

/// What can be sent goes out in the same turn of the loop. That time has passed is seen in a turn
/// of its own: a member may be stopped meanwhile.
bool ActsItself(Step kind) {
  switch (kind) {
    case Step::kRead:
    case Step::kSend:
    case Step::kAnswer:
    case Step::kDoubt:
    case Step::kDoubtItem:
    case Step::kUnsent:
    case Step::kCommit:
    case Step::kClosingCommit:
    case Step::kCommitted:
    case Step::kCommitLost:
    case Step::kCommitFailed:
    case Step::kAcknowledged:
    case Step::kReread: return true;
    case Step::kNode:
    case Step::kAssign:
    case Step::kRevoke:
    case Step::kGiveUp:
    case Step::kExpel:
    case Step::kLearn:
    case Step::kCrash:
    case Step::kLand:
    case Step::kForget:
    case Step::kTick: return false;
  }
  return false;
}

uint8_t Small(size_t number) {
  return static_cast<uint8_t>(number);
}

}  // namespace

World::World(const Rules& rules) : rules_(&rules) {
  owners_.fill(std::make_shared<const Owner>(rules));
}

Owner& World::Act(int who) {
  auto own = std::make_shared<Owner>(*owners_[static_cast<size_t>(who)]);
  Owner& owner = *own;
  owners_[static_cast<size_t>(who)] = std::move(own);
  return owner;
}

// ---- What can happen ---------------------------------------------------------------------------

void World::Enabled(std::vector<Action>& actions) const {
  actions.clear();
  const bool disturb = disturbances_ < rules_->disturbances;
  EnabledOnWay(disturb, actions);
  for (int who = 0; who < 2; ++who) EnabledOf(who, disturb, actions);
  if (node_.tombstone >= 0) actions.push_back({Step::kForget});
  if (MayTick()) actions.push_back({Step::kTick});
}

void World::EnabledOnWay(bool disturb, std::vector<Action>& actions) const {
  for (size_t i = 0; i < requests_.size(); ++i) {
    const Request& request = requests_[i];
    const auto add = [&](Step kind) {
      actions.push_back({kind, static_cast<uint8_t>(request.owner), Small(i)});
    };
    add(request.done ? Step::kAnswer : Step::kNode);
    if (!disturb) continue;
    add(Step::kDoubt);
    add(Step::kDoubtItem);
    if (!request.done) add(Step::kUnsent);
  }
  for (size_t i = 0; i < copies_.size(); ++i)
    if (i == 0 || copies_[i] != copies_[i - 1]) actions.push_back({Step::kLand, 0, Small(i)});
}

void World::EnabledOf(int who, bool disturb, std::vector<Action>& actions) const {
  const Owner& owner = *owners_[static_cast<size_t>(who)];
  const auto add = [&](Step kind, size_t arg = 0) {
    actions.push_back({kind, static_cast<uint8_t>(who), Small(arg)});
  };
  const bool believes = owner.seat() != Seat::kIdle;
  if (owner.may_read()) {
    const auto next = static_cast<size_t>(owner.next());
    if (next < log_.size()) {
      add(Step::kRead);
    } else if (next < static_cast<size_t>(rules_->operations)) {
      add(Step::kRead, static_cast<size_t>(Kind::kIndex));
      add(Step::kRead, static_cast<size_t>(Kind::kDelete));
      if (rules_->tombstones && next > 0 && Deletes(log_.back()))
        add(Step::kRead, static_cast<size_t>(Kind::kTombstone));
      if (rules_->refusals) add(Step::kRead, static_cast<size_t>(Kind::kRefused));
    }
  }
  if (owner.may_send()) add(Step::kSend);
  for (size_t i = 0; i < owner.letters(); ++i) add(Step::kAcknowledged, i);
  for (size_t i = 0; i < owner.rereads(); ++i) add(Step::kReread, i);
  if (owner.commit()) {
    add(Step::kCommitted);
    if (disturb && Owns(who)) add(Step::kCommitLost);
    if (disturb) add(Step::kCommitFailed);
  } else if (believes && (Owns(who) || rules_->slow_commits)) {
    add(Step::kCommit);
    if (owner.seat() == Seat::kGivesUp) add(Step::kClosingCommit);
    if (disturb && !rules_->slow_commits) add(Step::kCommitLost);
  }
  if (owner.seat() == Seat::kGivesUp && Owns(who) && !owner.commit()) add(Step::kGiveUp);
  if (believes && !Owns(who)) add(Step::kLearn);
  if (!believes && group_.owner < 0) add(Step::kAssign);
  if (!disturb) return;
  if (owner.seat() == Seat::kOwns && Owns(who)) add(Step::kRevoke);
  if (Owns(who)) add(Step::kExpel);
  if (believes) {
    add(Step::kCrash, 0);
    if (owner.commit() && Owns(who)) add(Step::kCrash, 1);
  }
}

/// A request has an end: who waits for it is told before.
bool World::MayTick() const {
  return std::none_of(requests_.begin(), requests_.end(), [this](const Request& request) {
    return request.sent + rules_->copy_ticks <= tick_;
  });
}

bool World::settled() const {
  // The owner would heal what it has committed too early if it stayed: that it may not is the
  // point.
  if (rules_->without == Without::kHeldCommit && (owners_[0]->may_send() || owners_[1]->may_send()))
    return false;
  return requests_.empty() && copies_.empty() &&
         std::max(group_.committed, 0) == static_cast<int>(log_.size());
}

// ---- What each step does -----------------------------------------------------------------------

void World::Do(const Action& action) {
  Owner* owner = ActsItself(action.kind) ? &Act(action.who) : nullptr;
  switch (action.kind) {
    case Step::kRead: Read(*owner, action.arg); break;
    case Step::kSend: break;
    case Step::kNode:
    case Step::kLand:
    case Step::kForget: DoNode(action); break;
    case Step::kAnswer:
    case Step::kDoubt:
    case Step::kDoubtItem:
    case Step::kUnsent: DoRequest(*owner, action); break;
    case Step::kCommit:
    case Step::kClosingCommit:
    case Step::kCommitted:
    case Step::kCommitLost:
    case Step::kCommitFailed: DoCommit(*owner, action); break;
    case Step::kAcknowledged: letters_ |= 1U << owner->Acknowledge(action.arg); break;
    case Step::kReread: owner->Reread(action.arg, log_); break;
    case Step::kAssign:
    case Step::kRevoke:
    case Step::kGiveUp:
    case Step::kExpel:
    case Step::kLearn: DoGroup(action); break;
    case Step::kCrash: Crash(action.who, action.arg != 0); break;
    case Step::kTick: Tick(); break;
  }
  if (owner != nullptr) {
    owner->Send(tick_, action.who, requests_);
    JudgeSent();
    if (!owner->breach().empty()) Break(owner->breach());
  }
  if (settled()) JudgeEnd();
}

void World::Read(Owner& owner, int kind) {
  const int offset = owner.next();
  if (offset == static_cast<int>(log_.size())) log_.push_back(static_cast<Kind>(kind));
  owner.Read(offset, log_[static_cast<size_t>(offset)]);
}

void World::DoRequest(Owner& owner, const Action& action) {
  const Request request = requests_[action.arg];
  requests_.erase(requests_.begin() + action.arg);
  const auto end = static_cast<int>(log_.size());
  if (action.kind == Step::kAnswer) {
    owner.Answer(request, {}, true, end);
    return;
  }
  ++disturbances_;
  if (action.kind == Step::kUnsent) {
    owner.Answer(request, {Disposition::kHold, FailureReason::kUnreachable, {}}, false, end);
    return;
  }
  if (!request.done) AddCopy(request);
  const Verdict doubt{Disposition::kInDoubt, FailureReason::kTimeout, {}};
  if (action.kind == Step::kDoubt) {
    owner.Answer(request, doubt, true, end);
  } else {
    Request told = request;
    told.verdict = doubt;
    owner.Answer(told, {}, true, end);
  }
}

void World::DoCommit(Owner& owner, const Action& action) {
  const bool starts = action.kind == Step::kCommit || action.kind == Step::kClosingCommit;
  if (!owner.commit()) owner.StartCommit(action.kind == Step::kClosingCommit, now_us());
  if (starts && rules_->slow_commits) return;
  if (!starts && action.kind != Step::kCommitted) ++disturbances_;
  const bool arrives = action.kind != Step::kCommitFailed && Owns(action.who);
  const Owner::Commit commit = owner.EndCommit(arrives && action.kind != Step::kCommitLost);
  if (arrives) TakeCommit(commit);
}

void World::DoGroup(const Action& action) {
  const int who = action.who;
  if (action.kind == Step::kAssign) {
    Act(who).Assign(group_, now_us());
    group_.owner = who;
  } else if (action.kind == Step::kRevoke) {
    ++disturbances_;
    Act(who).AskBack();
  } else if (action.kind == Step::kExpel) {
    ++disturbances_;
    group_.owner = -1;
  } else {  // kGiveUp, kLearn
    if (Owns(who)) group_.owner = -1;
    Act(who).GiveUp();
  }
}

void World::DoNode(const Action& action) {
  if (action.kind == Step::kForget) {
    node_.tombstone = -1;
  } else if (action.kind == Step::kLand) {
    const int offset = copies_[action.arg].offset;
    copies_.erase(copies_.begin() + action.arg);
    Apply(offset);
  } else {
    Request& request = requests_[action.arg];
    request.verdict = Apply(request.offset);
    request.stored = node_.known();
    request.done = true;
  }
}

void World::Crash(int who, bool commit_arrives) {
  ++disturbances_;
  auto& owner = owners_[static_cast<size_t>(who)];
  if (commit_arrives) TakeCommit(*owner->commit());
  for (const Request& request : requests_)
    if (request.owner == who && !request.done) AddCopy(request);
  std::erase_if(requests_, [who](const Request& request) { return request.owner == who; });
  if (Owns(who)) group_.owner = -1;
  owner = std::make_shared<const Owner>(*rules_);
}

void World::Tick() {
  ++tick_;
  for (const int who : {0, 1})
    if (owners_[static_cast<size_t>(who)]->started()) Act(who).Tick(now_us());
  std::erase_if(copies_, [this](const Copy& copy) { return copy.dies < tick_; });
}

/// By what the log says of that offset; a tombstone that was sent as the delete it rides on is one.
Verdict World::Apply(int offset) {
  const int before = node_.known();
  const Verdict verdict = node_.Apply(offset, log_[static_cast<size_t>(offset)]);
  if (node_.known() != before) highest_ = std::max(highest_, offset);
  return verdict;
}

void World::AddCopy(const Request& request) {
  if (log_[static_cast<size_t>(request.offset)] == Kind::kRefused) return;  // never applied
  copies_.push_back({request.offset, request.deletes, request.sent + rules_->copy_ticks});
  std::sort(copies_.begin(), copies_.end());
}

void World::TakeCommit(const Owner::Commit& commit) {
  JudgeCommit(commit.position);
  group_.committed = commit.position;
  group_.note = commit.note;
}

}  // namespace sluice::testing::explorer
