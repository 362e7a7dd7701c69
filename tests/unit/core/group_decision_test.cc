// Who goes on, who leaves and who waits, where a group has one active member.
#include "core/operations/group/group_decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr ConsumptionMode kExclusive = ConsumptionMode::kExclusive;
constexpr ConsumptionMode kFailover = ConsumptionMode::kFailover;

GroupAsker Asker(ConsumptionMode mode) {
  return {mode, "g"};
}

GroupView View(const std::vector<std::string>& ids, const std::string& own = "") {
  GroupView view;
  view.own_id = own;
  for (const std::string& id : ids) view.members.push_back({id, "sluice", "/127.0.0.1"});
  return view;
}

TEST(GroupDecision, FromOutsideAnEmptyGroupIsEntered) {
  for (const ConsumptionMode mode : {kExclusive, kFailover})
    EXPECT_EQ(DecideOutside(Asker(mode), View({})).step, GroupStep::kJoin);
}

TEST(GroupDecision, FromOutsideAnActiveMemberRefusesOrMakesAStandby) {
  const GroupDecision exclusive = DecideOutside(Asker(kExclusive), View({"m1"}));
  EXPECT_EQ(exclusive.step, GroupStep::kRefuse);
  EXPECT_THAT(exclusive.reason,
              AllOf(HasSubstr("m1 on 127.0.0.1 is in group g already"), HasSubstr("exclusive"),
                    HasSubstr("stop that one first"), HasSubstr("kafka.session.timeout")));
  const GroupDecision failover = DecideOutside(Asker(kFailover), View({"m1"}));
  EXPECT_EQ(failover.step, GroupStep::kStandBy);
  EXPECT_THAT(failover.reason, AllOf(HasSubstr("stands by: m1 on 127.0.0.1"), HasSubstr("group g"),
                                     HasSubstr("takes over")));
}

TEST(GroupDecision, TheOnlyMemberGoesOn) {
  EXPECT_EQ(DecideInside(Asker(kFailover), View({"m1"}, "m1"), {"", true, false}).step,
            GroupStep::kGoOn);
  EXPECT_EQ(DecideInside(Asker(kFailover), View({"m1"}, "m1"), {}).step, GroupStep::kGoOn)
      << "also one that has come back by itself";
}

TEST(GroupDecision, WhoIsNotShownWaits) {
  for (const GroupView& view : {View({}, "m1"), View({"m2"}, "m1"), View({"m1"}, "")})
    EXPECT_EQ(DecideInside(Asker(kExclusive), view, {"", true, true}).step, GroupStep::kWait);
}

TEST(GroupDecision, OfThoseWhoCameTogetherTheLowestWaitsAndTheOthersLeave) {
  const std::vector<std::string> both = {"m2", "m1"};
  EXPECT_EQ(DecideInside(Asker(kExclusive), View(both, "m1"), {"", true, false}).step,
            GroupStep::kWait);
  EXPECT_EQ(DecideInside(Asker(kExclusive), View(both, "m2"), {"", true, false}).step,
            GroupStep::kLeave);
}

TEST(GroupDecision, TheLowestLeavesTooWhereTheOtherStays) {
  const GroupDecision decision =
      DecideInside(Asker(kExclusive), View({"m1", "m2"}, "m1"), {"", true, true});
  EXPECT_EQ(decision.step, GroupStep::kLeave);
  EXPECT_THAT(decision.reason, HasSubstr("m2 on 127.0.0.1 does not leave"));
}

TEST(GroupDecision, WhoCameBackByItselfHasNoClaim) {
  EXPECT_EQ(DecideInside(Asker(kFailover), View({"m1", "m2"}, "m1"), {"", false, false}).step,
            GroupStep::kLeave);
}

TEST(GroupDecision, WhoWasAloneStaysWhoeverComes) {
  const GroupDecision decision =
      DecideInside(Asker(kExclusive), View({"m2", "m1"}, "m2"), {"m2", true, true});
  EXPECT_EQ(decision.step, GroupStep::kGoOn);
  EXPECT_THAT(decision.reason, AllOf(HasSubstr("m1"), HasSubstr("came to group g later")));
}

TEST(GroupDecision, UnderAnotherIdItIsAnotherMember) {
  EXPECT_EQ(DecideInside(Asker(kExclusive), View({"m1", "m9"}, "m9"), {"m2", false, false}).step,
            GroupStep::kLeave);
}

TEST(GroupDecision, NamesThreeOthersAtMost) {
  EXPECT_EQ(NameOthers(View({"a", "me", "b"}, "me")), "a on 127.0.0.1, b on 127.0.0.1");
  EXPECT_THAT(NameOthers(View({"a", "b", "c", "d", "e"})),
              AllOf(HasSubstr("c on"), HasSubstr("and 2 more"), Not(HasSubstr("d on"))));
}

}  // namespace
}  // namespace sluice
