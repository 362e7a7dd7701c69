#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/component/explorer_model.h"
#include "tests/component/explorer_owner.h"

namespace sluice::testing::explorer {

/// One document, one partition, two members of its group, a node, and what is on its way between
/// them; judged at each step. A value: a copy goes on by itself.
///
/// Free, that is at any step and as often as it likes: late copies land or die, the node forgets a
/// delete, answers and commits take their time, time passes. Limited in number: doubts, commits
/// that fail, crashes, rebalances (Rules::disturbances).
class World {
 public:
  explicit World(const Rules& rules);

  /// What can happen next. Some of it may change nothing.
  void Enabled(std::vector<Action>& actions) const;
  void Do(const Action& action);

  /// What was broken; empty: nothing.
  [[nodiscard]] const std::string& violation() const { return violation_; }
  /// Everything read is committed, and nothing is on its way to the node.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] int disturbances() const { return disturbances_; }
  /// Two worlds with the same words go on alike, as far as their disturbances() last. Which member
  /// is which is not told apart.
  void AppendState(std::vector<int64_t>& words) const;

  /// The step as a line for people; call it before Do().
  [[nodiscard]] std::string Describe(const Action& action) const;

 private:
  [[nodiscard]] int64_t now_us() const { return (tick_ + 1) * int64_t{1'000}; }
  [[nodiscard]] bool MayTick() const;
  /// That member, to be changed.
  Owner& Act(int who);
  [[nodiscard]] bool Owns(int who) const { return group_.owner == who; }
  void EnabledOf(int who, bool disturb, std::vector<Action>& actions) const;
  void EnabledOnWay(bool disturb, std::vector<Action>& actions) const;

  void DoRequest(Owner& owner, const Action& action);
  void DoCommit(Owner& owner, const Action& action);
  void DoGroup(const Action& action);
  void DoNode(const Action& action);
  void Read(Owner& owner, int kind);
  void Crash(int who, bool commit_arrives);
  void Tick();
  Verdict Apply(int offset);
  void AddCopy(const Request& request);
  void TakeCommit(const Owner::Commit& commit);

  void JudgeSent();
  void JudgeCommit(int position);
  void JudgeEnd();
  void Break(const std::string& what);

  const Rules* rules_;
  std::vector<Kind> log_;
  Node node_;
  Group group_;
  /// Shared with the worlds that this one was copied from or to, until it does something: most
  /// steps are of one member or of none, and copying them is what a search does most.
  std::array<std::shared_ptr<const Owner>, 2> owners_;
  std::vector<Request> requests_;
  std::vector<Copy> copies_;
  int tick_ = 0;
  int disturbances_ = 0;
  int highest_ = -1;      ///< The highest version that the node ever took.
  uint32_t letters_ = 0;  ///< By offset: its dead letter is safe.
  std::string violation_;
};

}  // namespace sluice::testing::explorer
