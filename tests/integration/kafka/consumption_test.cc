// The modes of consumption on six partitions of a real broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/operations/group/sole_source.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;
using Kind = SourceEvent::Kind;

constexpr int32_t kPartitions = 6;

/// One member of a mode with one active member. Destroying it is a crash.
class SoleMember {
 public:
  explicit SoleMember(const kafka::ConsumerSettings& settings) {
    auto opened =
        kafka::GroupConsumer::Open(Broker::Get().settings(), settings, Broker::Get().clock());
    if (!opened) throw std::runtime_error(opened.error().ToString());
    consumer_ = std::move(*opened);
    SoleSettings sole;
    sole.asker = {settings.mode, settings.group_id};
    sole.watch_us = 200'000;
    sole.leave_max_us = 2'000'000;
    source = std::make_unique<SoleSource>(*consumer_, Broker::Get().clock(), sole);
  }

  void Turn() {
    std::vector<Record> records(100);
    const size_t count = source->Poll(records);
    entered = entered || !consumer_->MemberId().empty();
    for (size_t i = 0; i < count; ++i)
      read.insert({source->Name(records[i].partition).partition, records[i].offset.value});
    source->Release();
    SourceEvent event;
    while (source->NextEvent(event)) {
      if (event.kind == Kind::kAssigned) {
        for (const AssignedPartition& partition : event.assigned) owned.insert(partition.slot);
        source->StartReading();
      } else if (event.kind == Kind::kRevoking || event.kind == Kind::kLost) {
        for (const PartitionSlot slot : event.slots) owned.erase(slot);
        source->CompleteRevoke();
      } else if (event.kind == Kind::kFault && !refused) {
        refused = event.failure.verdict.reason == FailureReason::kGroupTaken;
        sentence = event.failure.detail;
        if (refused) source->Close();
      } else if (event.kind == Kind::kPlace) {
        place = event.place;
        sentence = event.sentence;
      } else if (event.kind == Kind::kClosed) {
        closed = true;
      }
    }
  }
  [[nodiscard]] bool HasAll() const { return owned.size() == kPartitions; }

 private:
  std::unique_ptr<kafka::GroupConsumer> consumer_;  // below `source`, which borrows it

 public:
  std::unique_ptr<SoleSource> source;
  std::set<PartitionSlot> owned;
  std::set<std::pair<int32_t, int64_t>> read;  ///< Partition, offset.
  GroupPlace place = GroupPlace::kUnknown;
  std::string sentence;
  bool entered = false;  ///< Has been a member, if only for a moment.
  bool refused = false;
  bool closed = false;
};

bool TurnAll(const std::vector<SoleMember*>& members, const std::function<bool()>& done,
             int seconds = 40) {
  return Until(
      done,
      [&] {
        for (SoleMember* member : members) member->Turn();
      },
      seconds);
}

class Consumption : public ::testing::Test {
 protected:
  void SetUp() override {
    Broker& broker = Broker::Get();
    topic_ = broker.NewTopic("consumption", kPartitions);
    for (int partition = 0; partition < kPartitions; ++partition)
      broker.ProduceNumbers(topic_, partition, 0, 10);
  }
  kafka::ConsumerSettings Settings(ConsumptionMode mode) {
    kafka::ConsumerSettings settings = QuickSettings(Broker::Get().Unique("g"), topic_);
    settings.mode = mode;
    return settings;
  }

  std::string topic_;
};

TEST_F(Consumption, AnExclusiveSecondIsRefusedWithoutDisturbingTheFirst) {
  const kafka::ConsumerSettings settings = Settings(ConsumptionMode::kExclusive);
  SoleMember first(settings);
  ASSERT_TRUE(TurnAll({&first}, [&] { return first.HasAll() && first.read.size() == 60; }));
  SoleMember second(settings);
  ASSERT_TRUE(TurnAll({&first, &second}, [&] { return second.closed; }));
  EXPECT_TRUE(second.refused);
  EXPECT_THAT(second.sentence, HasSubstr("is in group " + settings.group_id + " already"));
  EXPECT_THAT(second.sentence, HasSubstr("127.0.0.1"));
  EXPECT_TRUE(first.HasAll());
  EXPECT_EQ(first.place, GroupPlace::kSole);
  EXPECT_TRUE(second.read.empty());
}

TEST_F(Consumption, AStandbyTakesOverFromOneThatLeavesAndFromOneThatDies) {
  const kafka::ConsumerSettings settings = Settings(ConsumptionMode::kFailover);
  SoleMember first(settings);
  ASSERT_TRUE(TurnAll({&first}, [&] { return first.HasAll(); }));
  auto second = std::make_unique<SoleMember>(settings);
  ASSERT_TRUE(
      TurnAll({&first, second.get()}, [&] { return second->place == GroupPlace::kStandby; }));
  EXPECT_TRUE(second->owned.empty());
  first.source->Close();
  ASSERT_TRUE(TurnAll({&first, second.get()}, [&] { return second->HasAll(); }));
  EXPECT_TRUE(first.owned.empty());
  SoleMember third(settings);
  ASSERT_TRUE(TurnAll({second.get(), &third}, [&] { return third.place == GroupPlace::kStandby; }));
  second.reset();  // without leaving the group
  ASSERT_TRUE(TurnAll({&third}, [&] { return third.HasAll() && third.read.size() == 60; }));
}

TEST_F(Consumption, OfTwoThatEnterAtTheSameTimeOneIsActive) {
  int met = 0;
  for (const ConsumptionMode mode : {ConsumptionMode::kExclusive, ConsumptionMode::kFailover}) {
    for (int round = 0; round < 5; ++round) {
      const kafka::ConsumerSettings settings = Settings(mode);
      SoleMember one(settings);
      SoleMember other(settings);
      const auto decided = [&] {
        const bool idle_knows =
            mode == ConsumptionMode::kExclusive
                ? one.closed || other.closed
                : one.place == GroupPlace::kStandby || other.place == GroupPlace::kStandby;
        return idle_knows && (one.HasAll() || other.HasAll());
      };
      ASSERT_TRUE(TurnAll({&one, &other}, decided));
      SoleMember& active = one.HasAll() ? one : other;
      SoleMember& idle = one.HasAll() ? other : one;
      EXPECT_TRUE(idle.owned.empty());
      EXPECT_TRUE(idle.read.empty()) << "what leaves again has read nothing";
      EXPECT_EQ(active.place, GroupPlace::kSole);
      EXPECT_EQ(idle.refused, mode == ConsumptionMode::kExclusive);
      met += one.entered && other.entered ? 1 : 0;
    }
  }
  EXPECT_GT(met, 0) << "never were both in the group: nothing was shown";
}

TEST_F(Consumption, OneThatIsGivenNoPartitionLeavesTheGroupTooWhereAnotherIsActive) {
  kafka::ConsumerSettings settings = Settings(ConsumptionMode::kFailover);
  settings.topics = {Broker::Get().NewTopic("single", 1)};
  for (int round = 0; round < 3; ++round) {
    SoleMember one(settings);
    SoleMember other(settings);
    const auto decided = [&] {
      return (one.owned.size() == 1 && other.place == GroupPlace::kStandby) ||
             (other.owned.size() == 1 && one.place == GroupPlace::kStandby);
    };
    ASSERT_TRUE(TurnAll({&one, &other}, decided));
    const auto group = Broker::Get().admin().DescribeGroup(settings.group_id);
    ASSERT_TRUE(group);
    EXPECT_EQ(group->members, 1U);
    for (SoleMember* member : {&one, &other}) member->source->Close();
    ASSERT_TRUE(TurnAll({&one, &other}, [&] { return one.closed && other.closed; }));
  }
}

TEST_F(Consumption, SharedDealsPartitionsOutInTurn) {
  const kafka::ConsumerSettings settings = Settings(ConsumptionMode::kShared);
  Member one(settings);
  Member two(settings);
  Member three(settings);
  const auto spread = [&] {
    return one.owned.size() == 2 && two.owned.size() == 2 && three.owned.size() == 2;
  };
  ASSERT_TRUE(Until(
      spread,
      [&] {
        for (Member* member : {&one, &two, &three}) member->Turn();
      },
      40));
  for (const Member* member : {&one, &two, &three}) {
    const int32_t low = member->owned.begin()->first.partition;
    const int32_t high = member->owned.rbegin()->first.partition;
    EXPECT_EQ(high - low, 3) << "in turn, not in a row";
  }
}

TEST_F(Consumption, AMemberOfAnotherModeIsNotTakenByASharedGroup) {
  kafka::ConsumerSettings settings = Settings(ConsumptionMode::kShared);
  Member shared(settings);
  ASSERT_TRUE(shared.TurnUntil([&] { return shared.owned.size() == kPartitions; }));
  settings.mode = ConsumptionMode::kKeyShared;
  Member other(settings);
  ASSERT_TRUE(Until([&] { return other.Count(Kind::kFault) > 0; },
                    [&] {
                      shared.Turn();
                      other.Turn();
                    },
                    40));
  EXPECT_THAT(other.Last(Kind::kFault)->failure.detail, HasSubstr("kafka.consumption.mode"));
  EXPECT_EQ(other.Last(Kind::kFault)->failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(shared.owned.size(), static_cast<size_t>(kPartitions));
}

}  // namespace
}  // namespace sluice::testing
