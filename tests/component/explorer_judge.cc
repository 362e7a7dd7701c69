// What must hold at each step, what a state is, and how a step is told.
#include <algorithm>

#include "core/operations/group/commit_note.h"
#include "tests/component/explorer_world.h"

namespace sluice::testing::explorer {
namespace {

using Step = Action::Kind;

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kIndex: return "index";
    case Kind::kDelete: return "delete";
    case Kind::kTombstone: return "tombstone";
    case Kind::kRefused: return "refused";
  }
  return "";
}

const char* StepName(Step kind) {
  switch (kind) {
    case Step::kRead: return "reads";
    case Step::kSend: return "sees the time";
    case Step::kNode: return "the node takes";
    case Step::kAnswer: return "is answered";
    case Step::kDoubt: return "loses the answer of";
    case Step::kDoubtItem: return "is told that nobody knows what became of";
    case Step::kUnsent: return "cannot connect, for";
    case Step::kCommit: return "commits";
    case Step::kClosingCommit: return "commits for the last time";
    case Step::kCommitted: return "hears from the group of its commit";
    case Step::kCommitLost: return "has its commit taken, but hears that it failed";
    case Step::kCommitFailed: return "hears that its commit failed";
    case Step::kAcknowledged: return "has a dead letter acknowledged";
    case Step::kReread: return "has read an older record again";
    case Step::kAssign: return "is given the partition";
    case Step::kRevoke: return "is asked for the partition";
    case Step::kGiveUp: return "gives the partition up";
    case Step::kExpel: return "is expelled and does not know";
    case Step::kLearn: return "learns that the partition is not its own";
    case Step::kCrash: return "crashes";
    case Step::kLand: return "a late copy is applied:";
    case Step::kForget: return "the node forgets the delete";
    case Step::kTick: return "a tick passes";
  }
  return "";
}

}  // namespace

// ---- What must hold ----------------------------------------------------------------------------

void World::Break(const std::string& what) {
  if (violation_.empty()) violation_ = what;
}

/// I3, within one owner: what two owners send at once is what leases and windows are for.
void World::JudgeSent() {
  if (rules_->without == Without::kOneWaiting) return;  // what that leads to is to be seen
  for (size_t a = 0; a < requests_.size(); ++a)
    for (size_t b = 0; b < a; ++b)
      if (requests_[a].owner == requests_[b].owner)
        Break("I3: " + std::to_string(requests_[b].offset) + " and " +
              std::to_string(requests_[a].offset) + " are outstanding at once");
}

/// I1: what is below must be in the index, or above it something newer, or its letter is safe.
void World::JudgeCommit(int position) {
  if (position < group_.committed) Break("a commit goes back");
  int delete_before = -1;
  for (int offset = 0; offset < position; ++offset) {
    const Kind kind = log_[static_cast<size_t>(offset)];
    if (kind != Kind::kTombstone) delete_before = Deletes(kind) ? offset : -1;
    const int needs = kind == Kind::kTombstone && delete_before >= 0 ? delete_before : offset;
    const bool terminal = highest_ >= needs || (letters_ >> offset & 1U) != 0;
    if (offset >= group_.committed && !terminal)
      Break("I1: " + std::to_string(position) + " is committed and " + std::to_string(offset) +
            " is not terminal");
  }
}

/// I2.
void World::JudgeEnd() {
  int last = -1;
  for (int offset = 0; offset < static_cast<int>(log_.size()); ++offset)
    if (log_[static_cast<size_t>(offset)] != Kind::kRefused) last = offset;
  const bool deleted = last < 0 || Deletes(log_[static_cast<size_t>(last)]);
  const auto name = [](int offset) {
    return offset < 0 ? std::string("no document") : "the document of " + std::to_string(offset);
  };
  const int expected = deleted ? -1 : last;
  if (node_.present != expected)
    Break("I2: all is committed, and there is " + name(node_.present) + ", not " + name(expected));
}

// ---- The state ---------------------------------------------------------------------------------

void World::AppendState(std::vector<int64_t>& words) const {
  words.clear();
  for (const Kind kind : log_) words.push_back(static_cast<int64_t>(kind));
  words.insert(words.end(), {-1, node_.present, node_.tombstone, group_.committed,
                             group_.owner >= 0, ParseCommitNote(group_.note).clean});
  // What was judged already makes no difference any more.
  words.push_back(std::max(highest_, group_.committed - 1));
  words.push_back(letters_ >> std::max(group_.committed, 0));
  for (const Copy& copy : copies_) words.insert(words.end(), {copy.offset, copy.dies - tick_});
  words.push_back(-1);
  std::array<std::vector<int64_t>, 2> members;
  for (int who = 0; who < 2; ++who) {
    std::vector<const Request*> own;
    for (const Request& request : requests_)
      if (request.owner == who) own.push_back(&request);
    std::vector<int64_t>& member = members[static_cast<size_t>(who)];
    member.push_back(Owns(who) ? 1 : 0);
    owners_[static_cast<size_t>(who)]->AppendState(tick_, now_us(), own, member);
  }
  if (members[1] < members[0]) std::swap(members[0], members[1]);
  for (const std::vector<int64_t>& member : members) {
    words.push_back(static_cast<int64_t>(member.size()));
    words.insert(words.end(), member.begin(), member.end());
  }
}

// ---- For people --------------------------------------------------------------------------------

std::string World::Describe(const Action& action) const {
  const std::string step = StepName(action.kind);
  const auto write = [this](int offset) {
    return " " + std::string(KindName(log_[static_cast<size_t>(offset)])) + "@" +
           std::to_string(offset);
  };
  const std::string who = action.who == 0 ? "A " : "B ";
  if (action.kind == Step::kRead) {
    const auto offset = static_cast<size_t>(owners_[action.who]->next());
    const Kind kind = offset < log_.size() ? log_[offset] : static_cast<Kind>(action.arg);
    return who + step + " " + KindName(kind) + "@" + std::to_string(offset);
  }
  if (action.kind == Step::kNode)
    return step + " " + who.substr(0, 1) + "'s" + write(requests_[action.arg].offset);
  if (action.kind == Step::kAnswer || action.kind == Step::kDoubt ||
      action.kind == Step::kDoubtItem || action.kind == Step::kUnsent)
    return who + step + write(requests_[action.arg].offset);
  if (action.kind == Step::kLand) return step + write(copies_[action.arg].offset);
  if (action.kind == Step::kForget || action.kind == Step::kTick) return step;
  const std::optional<Owner::Commit>& commit = owners_[action.who]->commit();
  if (action.kind != Step::kCommitted || !commit) return who + step;
  return who + step + ": " + std::to_string(commit->position) + " \"" + commit->note + "\"" +
         (Owns(action.who) ? "" : ", which is refused");
}

}  // namespace sluice::testing::explorer
