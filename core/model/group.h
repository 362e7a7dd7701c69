#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// How the members of a consumer group share what is read (docs/CONSUMPTION.md).
enum class ConsumptionMode : uint8_t {
  kKeyShared,  ///< By partition: all records of a key go to one member, in order.
  kShared,     ///< By partition in turn; the order of a key is not promised.
  kExclusive,  ///< One member; another one is refused.
  kFailover,   ///< One member; others stand by outside the group.
};
inline constexpr int kConsumptionModes = 4;

[[nodiscard]] const char* ConsumptionModeName(ConsumptionMode mode);
/// Whether the mode knows one active member only.
[[nodiscard]] bool IsSole(ConsumptionMode mode);

/// A member as the group's coordinator describes it.
struct GroupMember {
  std::string id;         ///< Given by the coordinator; never twice, also to the same process.
  std::string client_id;  ///< As the member names itself.
  std::string host;       ///< Where it connects from.

  bool operator==(const GroupMember&) const = default;
};

/// A group as its coordinator describes it, and who asks.
struct GroupView {
  std::vector<GroupMember> members;
  std::string own_id;  ///< As the asker knows itself; empty while it is no member.
};

/// What a member of a mode with one active member is to its group.
enum class GroupPlace : uint8_t {
  kUnknown,  ///< Another mode, or the group was not looked at yet.
  kStandby,  ///< Another one is active; this one is not in the group.
  kSole,     ///< Active, and alone.
  kCrowded,  ///< Active, but others are in the group and do not leave.
};
[[nodiscard]] const char* GroupPlaceName(GroupPlace place);

}  // namespace sluice
