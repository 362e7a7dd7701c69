#pragma once

#include <cstdint>
#include <string>

#include "core/model/group.h"

namespace sluice {

/// What to do about a group that has one active member.
enum class GroupStep : uint8_t {
  kJoin,     ///< From outside: nobody is there.
  kStandBy,  ///< From outside: another one is active; look again later.
  kRefuse,   ///< From outside: another one is active, and the mode knows no stand-by.
  kGoOn,     ///< From inside: this is the active one.
  kWait,     ///< From inside: look again before anything is read.
  kLeave,    ///< From inside: another one is or becomes the active one.
};

struct GroupDecision {
  GroupStep step = GroupStep::kWait;
  std::string reason;  ///< One sentence; of kStandBy and kRefuse with the cure.
};

/// Who asks, and in which group.
struct GroupAsker {
  ConsumptionMode mode = ConsumptionMode::kExclusive;  ///< One for which IsSole() holds.
  std::string group;
};

/// Of one that is no member, or none any more.
[[nodiscard]] GroupDecision DecideOutside(const GroupAsker& asker, const GroupView& view);

/// What a member knows besides of its stay in the group.
struct GroupStay {
  std::string sole_id;  ///< Under which it was once seen to be the only member; empty: never.
  bool looked = false;  ///< It has entered because it saw from outside that nobody was there.
  bool waited = false;  ///< It has seen others for as long as one that leaves may take.
};

/// Of a member that was given partitions.
///
/// At most one member goes on (docs/adr/0013): each that does was the only one at some moment and
/// has not left since, so of two the later would have seen the earlier. Members that enter at the
/// same time are told apart by their ids, which all of them see: the lowest waits, the others
/// leave.
[[nodiscard]] GroupDecision DecideInside(const GroupAsker& asker, const GroupView& view,
                                         const GroupStay& stay);

/// The members but the asker, as a person can find them: "ID on HOST, …", three at most.
[[nodiscard]] std::string NameOthers(const GroupView& view);

}  // namespace sluice
