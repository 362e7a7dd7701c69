#include "tests/contract/group_source_contract.h"

#include <gmock/gmock.h>

#include <chrono>

namespace sluice::testing {

using Kind = SourceEvent::Kind;

void GroupSourceContract::Turn() {
  for (int number : {0, 1}) {
    GroupSource& source = harness_->Source(number);
    static_cast<void>(source.Poll({}));
    SourceEvent event;
    while (source.NextEvent(event)) {
      if (event.kind == Kind::kRevoking || event.kind == Kind::kLost) source.CompleteRevoke();
      events_[number].push_back(event);
    }
  }
}

bool GroupSourceContract::TurnUntil(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    Turn();
    harness_->Step();
  }
  return true;
}

void GroupSourceContract::Join(int number) {
  const size_t before = Count(number, Kind::kAssigned);
  harness_->Source(number).Join();
  ASSERT_TRUE(TurnUntil([&] { return Count(number, Kind::kAssigned) > before; }));
}

GroupView GroupSourceContract::Ask(int number) {
  const size_t before = Count(number, Kind::kGroup);
  harness_->Source(number).AskGroup();
  EXPECT_TRUE(TurnUntil([&] { return Count(number, Kind::kGroup) > before; }));
  for (auto it = events_[number].rbegin(); it != events_[number].rend(); ++it) {
    if (it->kind == Kind::kGroup) return it->group;
  }
  return {};
}

bool GroupSourceContract::Shows(int asker, size_t members) {
  return TurnUntil([&] { return Ask(asker).members.size() == members; });
}

size_t GroupSourceContract::Count(int number, Kind kind) const {
  size_t count = 0;
  for (const SourceEvent& event : events_[number]) count += event.kind == kind ? 1 : 0;
  return count;
}

namespace {

std::vector<std::string> IdsOf(const GroupView& view) {
  std::vector<std::string> ids;
  ids.reserve(view.members.size());
  for (const GroupMember& member : view.members) ids.push_back(member.id);
  return ids;
}

TEST_P(GroupSourceContract, IsOutsideUntilItIsToldToJoin) {
  const GroupView view = Ask(0);
  EXPECT_TRUE(view.members.empty());
  EXPECT_EQ(view.own_id, "");
  EXPECT_EQ(harness_->Source(0).MemberId(), "");
  EXPECT_EQ(Count(0, Kind::kAssigned), 0U);
}

TEST_P(GroupSourceContract, AMemberIsShownToAllUnderTheIdItKnows) {
  Join(0);
  const GroupView own = Ask(0);
  EXPECT_NE(own.own_id, "");
  EXPECT_EQ(own.own_id, harness_->Source(0).MemberId());
  EXPECT_EQ(IdsOf(own), std::vector<std::string>{own.own_id});
  EXPECT_NE(own.members.at(0).host, "");
  const GroupView outside = Ask(1);
  EXPECT_EQ(outside.members, own.members);
  EXPECT_EQ(outside.own_id, "");
}

TEST_P(GroupSourceContract, WhoLeavesGivesAllBackAndIsShownNoMore) {
  Join(0);
  harness_->Source(0).Leave();
  ASSERT_TRUE(TurnUntil([&] { return Count(0, Kind::kRevoking) == 1; }));
  EXPECT_TRUE(Shows(1, 0));
  EXPECT_TRUE(Ask(0).members.empty());
  EXPECT_EQ(Count(0, Kind::kLost), 0U);
  EXPECT_EQ(Count(0, Kind::kClosed), 0U) << "it may come back";
}

TEST_P(GroupSourceContract, WhoComesBackHasAnotherId) {
  Join(0);
  const std::string first = harness_->Source(0).MemberId();
  harness_->Source(0).Leave();
  ASSERT_TRUE(Shows(1, 0));
  Join(0);
  const GroupView view = Ask(0);
  EXPECT_EQ(IdsOf(view), std::vector<std::string>{view.own_id});
  EXPECT_NE(view.own_id, first);
}

TEST_P(GroupSourceContract, TwoMembersSeeEachOther) {
  Join(0);
  const std::string first = harness_->Source(0).MemberId();
  Join(1);
  ASSERT_TRUE(Shows(0, 2));
  const GroupView view = Ask(0);
  EXPECT_EQ(view.own_id, first) << "whoever comes, a member keeps its id";
  EXPECT_THAT(IdsOf(view), ::testing::UnorderedElementsAre(first, harness_->Source(1).MemberId()));
}

TEST_P(GroupSourceContract, OneThatNeverJoinedCanBeClosed) {
  harness_->Source(0).Close();
  EXPECT_TRUE(TurnUntil([&] { return Count(0, Kind::kClosed) == 1; }));
}

}  // namespace
}  // namespace sluice::testing
