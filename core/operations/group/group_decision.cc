#include "core/operations/group/group_decision.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kNamedMax = 3;

bool HasOwn(const GroupView& view) {
  return !view.own_id.empty() &&
         std::any_of(view.members.begin(), view.members.end(),
                     [&view](const GroupMember& member) { return member.id == view.own_id; });
}

bool IsLowest(const GroupView& view) {
  return std::all_of(view.members.begin(), view.members.end(),
                     [&view](const GroupMember& member) { return view.own_id <= member.id; });
}

std::string Mode(const GroupAsker& asker) {
  return std::string("kafka.consumption.mode is ") + ConsumptionModeName(asker.mode);
}

}  // namespace

std::string NameOthers(const GroupView& view) {
  std::string names;
  size_t others = 0;
  for (const GroupMember& member : view.members) {
    if (member.id == view.own_id || ++others > kNamedMax) continue;
    if (!names.empty()) names += ", ";
    names += member.id;
    // Brokers put a slash before an address that has no name.
    const size_t address = member.host.starts_with('/') ? 1 : 0;
    if (member.host.size() > address) names += " on " + member.host.substr(address);
  }
  if (others > kNamedMax) names += " and " + std::to_string(others - kNamedMax) + " more";
  return names;
}

GroupDecision DecideOutside(const GroupAsker& asker, const GroupView& view) {
  if (view.members.empty()) return {GroupStep::kJoin, "group " + asker.group + " has no member"};
  const std::string others = NameOthers(view);
  if (asker.mode == ConsumptionMode::kFailover) {
    return {GroupStep::kStandBy, "stands by: " + others + " is in group " + asker.group + ", and " +
                                     Mode(asker) + "; it takes over when the group is empty"};
  }
  return {GroupStep::kRefuse,
          "refused: " + others + " is in group " + asker.group + " already, and " + Mode(asker) +
              ": stop that one first, or set kafka.consumption.mode to failover to stand by, or to "
              "key_shared to share the work; one that has died leaves when its "
              "kafka.session.timeout is over"};
}

GroupDecision DecideInside(const GroupAsker& asker, const GroupView& view, const GroupStay& stay) {
  if (!HasOwn(view)) return {GroupStep::kWait, "the group does not show this member"};
  if (view.members.size() == 1) return {GroupStep::kGoOn, "the only member"};
  const std::string others = NameOthers(view);
  if (view.own_id == stay.sole_id) {
    return {GroupStep::kGoOn, others + " came to group " + asker.group + " later, though " +
                                  Mode(asker) + ": stop it, or give it a group of its own"};
  }
  // One that has lost its membership comes back by itself, when others may be at work for long.
  if (!stay.looked || !IsLowest(view))
    return {GroupStep::kLeave, others + " goes on in group " + asker.group};
  if (stay.waited) return {GroupStep::kLeave, others + " does not leave group " + asker.group};
  return {GroupStep::kWait, others + " came at the same time and leaves"};
}

}  // namespace sluice
