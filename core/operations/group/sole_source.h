#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "core/operations/group/group_decision.h"
#include "core/ports/clock.h"
#include "core/ports/group_source.h"

namespace sluice {

/// How long the only member of a group waits for others.
struct SoleSettings {
  GroupAsker asker;
  int64_t watch_us = 1'000'000;  ///< Between two looks of one that stands by.
  int64_t again_us = 100'000;    ///< Between two looks while members enter or leave.
  /// How long a member that has to leave may take for it.
  int64_t leave_max_us = 15'000'000;
};

/// A RecordSource that reads only as the one active member of its group: the modes exclusive and
/// failover.
///
/// It looks at the group before it enters, and again when it was given partitions. They are told to
/// its user when it was found to be alone, so that nothing is read, written or committed by a
/// member that leaves again. DecideOutside() and DecideInside() say what is done.
///
///   outside ──nobody there──► entering ──alone──► sole
///      ▲                         │  ▲               │
///      └── left ◄── leaving ◄────┘  └──membership───┘
///                       others          lost
///
/// Threads:   as RecordSource.
/// Ownership: `group` and `clock` are borrowed.
/// Time:      no call blocks. Looks that are due are begun by Poll(): call it every second at
/// least. Errors:    as events: a refusal is a fault with kHalt and kGroupTaken; standing by is
/// kPlace.
class SoleSource : public RecordSource {
 public:
  SoleSource(GroupSource& group, Clock& clock, const SoleSettings& settings)
      : group_(group), clock_(clock), settings_(settings) {}

  size_t Poll(std::span<Record> out) override;
  [[nodiscard]] std::optional<std::string_view> HeaderOf(const Record& record,
                                                         const char* name) const override {
    return group_.HeaderOf(record, name);
  }
  void Release() override { group_.Release(); }
  bool NextEvent(SourceEvent& event) override;
  [[nodiscard]] const TopicPartition& Name(PartitionSlot slot) const override {
    return group_.Name(slot);
  }
  [[nodiscard]] int64_t EndOffset(PartitionSlot slot) const override {
    return group_.EndOffset(slot);
  }
  void AskStream(const std::string& topic) override { group_.AskStream(topic); }
  void StartReading() override;
  void CompleteRevoke() override { group_.CompleteRevoke(); }
  void PauseFetching() override { group_.PauseFetching(); }
  void ResumeFetching() override { group_.ResumeFetching(); }
  void KeepBack(std::span<const PartitionSlot> slots) override { group_.KeepBack(slots); }
  void Hold(PartitionSlot slot, Offset next) override { group_.Hold(slot, next); }
  void GoOn(PartitionSlot slot) override { group_.GoOn(slot); }
  void Commit(std::span<const Position> positions) override { group_.Commit(positions); }
  void Close() override;

 private:
  enum class State : uint8_t {
    kOutside,
    kEntering,  ///< Has joined; assignments are held back until it was seen to be alone.
    kSole,
    kLeaving,  ///< Until the group does not show it any more.
    kRefused,
  };

  void Take(SourceEvent event);
  void TakeAssigned(SourceEvent event);
  void TakeGivenUp(SourceEvent event);
  void TakeGroup(const GroupView& view);
  void LookFromOutside(const GroupView& view);
  void LookWhileEntering(const GroupView& view);
  void LookWhileSole(const GroupView& view);
  void Enter(bool looked);
  void BecomeSole(const std::string& own_id);
  void TellPlace(GroupPlace place, const std::string& sentence);
  void Pass(SourceEvent event);
  void AskIn(int64_t us) { ask_at_us_ = clock_.NowUs() + us; }
  [[nodiscard]] bool OthersStayed();

  GroupSource& group_;
  Clock& clock_;
  const SoleSettings settings_;

  State state_ = State::kOutside;
  int64_t ask_at_us_ = 0;  ///< When the group is looked at; -1: no look is wanted.
  bool asking_ = false;
  std::string sole_id_;           ///< Under which it was seen to be alone.
  bool looked_ = false;           ///< Has entered because it saw that nobody was there.
  std::string left_id_;           ///< Of kLeaving.
  int64_t others_since_us_ = -1;  ///< Since when others have been seen; -1: none were.
  GroupPlace place_ = GroupPlace::kUnknown;
  std::string told_;                ///< With `place_`.
  std::vector<SourceEvent> held_;   ///< Assignments that nobody was told of.
  std::set<PartitionSlot> passed_;  ///< Partitions that the user was told of.
  std::deque<SourceEvent> pending_;
  bool closing_ = false;
};

}  // namespace sluice
