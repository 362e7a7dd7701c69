// Members that come, go and are lost; topics that come and go; logs that are cut.
#include <gtest/gtest.h>

#include <set>

#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

using Kind = SourceEvent::Kind;

/// Turns several members until `done`.
bool TurnAll(const std::vector<Member*>& members, const std::function<bool()>& done,
             int seconds = 30) {
  return Until(
      done,
      [&] {
        for (Member* member : members) member->Turn();
      },
      seconds);
}

/// What both members read together, by partition, sorted.
std::map<int32_t, std::multiset<int64_t>> Together(const std::vector<Member*>& members) {
  std::map<int32_t, std::multiset<int64_t>> all;
  for (Member* member : members) {
    for (const auto& [stream, records] : member->read) {
      for (const auto& [offset, value] : records) all[stream.partition].insert(offset);
    }
  }
  return all;
}

void ExpectRising(const Member& member) {
  for (const auto& [stream, records] : member.read) {
    for (size_t i = 1; i < records.size(); ++i) {
      EXPECT_LT(records[i - 1].first, records[i].first) << stream.topic << stream.partition;
    }
  }
}

class Strategies : public ::testing::TestWithParam<kafka::AssignmentStrategy> {};

INSTANTIATE_TEST_SUITE_P(Both, Strategies,
                         ::testing::Values(kafka::AssignmentStrategy::kRange,
                                           kafka::AssignmentStrategy::kCooperativeSticky),
                         [](const auto& strategy) {
                           return strategy.param == kafka::AssignmentStrategy::kRange
                                      ? "range"
                                      : "cooperative";
                         });

TEST_P(Strategies, AMemberJoinsAndLeavesWithDrainedHandOvers) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("handover", 4);
  for (int partition = 0; partition < 4; ++partition) {
    broker.ProduceNumbers(topic, partition, 0, 50);
  }
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  settings.assignment = GetParam();
  Member first(settings);
  ASSERT_TRUE(first.TurnUntil([&] { return first.ends.size() == 4; }));
  // A drained hand-over: the revocation is answered only after what was read is committed.
  first.give_up = false;
  auto second = std::make_unique<Member>(settings);
  ASSERT_TRUE(TurnAll({&first, second.get()}, [&] { return first.Count(Kind::kRevoking) == 1; }));
  const std::vector<PartitionSlot> given_up = first.Last(Kind::kRevoking)->slots;
  EXPECT_EQ(given_up.size(), GetParam() == kafka::AssignmentStrategy::kRange ? 4U : 2U);
  EXPECT_TRUE(second->owned.empty());
  for (const PartitionSlot slot : given_up) {
    EXPECT_EQ(first.CommitAndWait(first.source->Name(slot), {Offset{50}, first.last_epoch}).kind,
              Kind::kCommitted);
  }
  first.give_up = true;
  first.source->CompleteRevoke();
  ASSERT_TRUE(TurnAll({&first, second.get()},
                      [&] { return first.owned.size() == 2 && second->owned.size() == 2; }));
  for (const auto& [stream, partition] : second->owned) {
    EXPECT_TRUE(partition.committed);
    EXPECT_EQ(partition.start.next, Offset{50});
  }
  for (int partition = 0; partition < 4; ++partition) {
    broker.ProduceNumbers(topic, partition, 50, 50);
  }
  const auto all_read = [&] {
    const auto all = Together({&first, second.get()});
    for (int partition = 0; partition < 4; ++partition) {
      if (!all.contains(partition) || all.at(partition).size() < 100) return false;
    }
    return true;
  };
  ASSERT_TRUE(TurnAll({&first, second.get()}, all_read));
  // Everything exactly once: what was committed is not read again, nothing is passed over.
  for (const auto& [partition, offsets] : Together({&first, second.get()})) {
    EXPECT_EQ(offsets.size(), 100U);
    EXPECT_EQ(std::set<int64_t>(offsets.begin(), offsets.end()).size(), 100U);
  }
  second->source->Close();
  ASSERT_TRUE(TurnAll({&first, second.get()}, [&] { return first.owned.size() == 4; }));
  EXPECT_TRUE(TurnAll({second.get()}, [&] { return second->Count(Kind::kClosed) == 1; }));
  ExpectRising(*second);
}

TEST_P(Strategies, PartitionsThatStayPassOverNothingWhenOthersGo) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("stay", 2);
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  settings.assignment = GetParam();
  Member first(settings);
  broker.ProduceNumbers(topic, 0, 0, 3);
  broker.ProduceNumbers(topic, 1, 0, 3);
  ASSERT_TRUE(first.TurnUntil(
      [&] { return (first.ends[{topic, 0}]) == 3 && (first.ends[{topic, 1}]) == 3; }));
  first.CommitAndWait({topic, 0}, {Offset{3}, -1});
  first.CommitAndWait({topic, 1}, {Offset{3}, -1});
  Member second(settings);
  ASSERT_TRUE(TurnAll({&first, &second},
                      [&] { return first.owned.size() == 1 && second.owned.size() == 1; }));
  broker.ProduceNumbers(topic, 0, 3, 3);
  broker.ProduceNumbers(topic, 1, 3, 3);
  ASSERT_TRUE(TurnAll({&first, &second}, [&] {
    const auto all = Together({&first, &second});
    return all.contains(0) && all.contains(1) && all.at(0).size() == 6 && all.at(1).size() == 6;
  }));
  ExpectRising(first);
  ExpectRising(second);
}

TEST(GroupRebalance, RecordsOfGivenUpPartitionsAreNotDelivered) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("stale", 2);
  broker.ProduceNumbers(topic, 0, 0, 3'000);
  broker.ProduceNumbers(topic, 1, 0, 3'000);
  const kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  Member first(settings);
  first.batch = 3;  // most of what was fetched is still queued when the revocation comes
  ASSERT_TRUE(first.TurnUntil([&] { return first.read.size() == 2; }));
  first.give_up = false;
  Member second(settings);
  ASSERT_TRUE(TurnAll({&first, &second}, [&] { return first.Count(Kind::kRevoking) == 1; }));
  const auto before = first.read;
  ASSERT_FALSE(first.TurnUntil([&] { return first.read != before; }, 1));
  first.give_up = true;
  first.source->CompleteRevoke();
  ASSERT_TRUE(TurnAll({&first, &second},
                      [&] { return first.owned.size() == 1 && second.owned.size() == 1; }));
  ASSERT_TRUE(TurnAll({&first, &second}, [&] { return first.read != before; }));
  const std::string own = first.owned.begin()->first.topic;
  const int32_t partition = first.owned.begin()->first.partition;
  const TopicPartition kept{topic, partition};
  const TopicPartition gone{topic, 1 - partition};
  EXPECT_EQ(first.read[gone].size(), before.at(gone).size());
  // Nothing was committed, so the partition that came back begins again.
  EXPECT_EQ(first.read[kept][before.at(kept).size()].first, 0);
}

bool HasMembers(const std::string& group, size_t members) {
  const auto described = Broker::Get().admin().DescribeGroup(group);
  return described && described->members == members;
}

TEST(GroupRebalance, AMemberThatStopsPollingIsToldThatItsPartitionsAreLost) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("lost", 1);
  broker.ProduceNumbers(topic, 0, 0, 10);
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  settings.max_poll_interval_ms = settings.session_timeout_ms;
  Member first(settings);
  ASSERT_TRUE(first.TurnUntil([&] { return !first.ends.empty(); }));
  const PartitionSlot slot = first.SlotOf({topic, 0});
  ASSERT_TRUE(Until([&] { return HasMembers(settings.group_id, 0); }));
  Member second(settings);
  ASSERT_TRUE(second.TurnUntil([&] { return second.Owns({topic, 0}); }));
  first.give_up = false;
  ASSERT_TRUE(first.TurnUntil([&] { return first.Count(Kind::kLost) == 1; }));
  EXPECT_EQ(first.Count(Kind::kRevoking), 0U);
  EXPECT_EQ(first.Last(Kind::kLost)->slots, std::vector<PartitionSlot>{slot});
  // A commit now would go out under the next generation: it is refused here.
  const SourceEvent answer = first.CommitAndWait({topic, 0}, {Offset{10}, -1});
  EXPECT_EQ(answer.kind, Kind::kCommitFailed);
  EXPECT_EQ(answer.failure.verdict.reason, FailureReason::kAssignmentLost);
  EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kCancelled);
  first.give_up = true;
  first.source->CompleteRevoke();
  const auto committed = broker.admin().Committed(settings.group_id);
  ASSERT_TRUE(committed);
  EXPECT_TRUE(committed->empty());
  // It comes back as a member, and its slot keeps its number.
  second.source->Close();
  ASSERT_TRUE(TurnAll({&first, &second}, [&] { return first.Owns({topic, 0}); }));
  EXPECT_EQ((first.owned[{topic, 0}].slot), slot);
  ASSERT_TRUE(TurnAll({&first, &second}, [&] { return second.Count(Kind::kClosed) == 1; }));
}

TEST(GroupRebalance, AHandOverThatTookTooLongBecomesALoss) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("late", 1);
  broker.ProduceNumbers(topic, 0, 0, 10);
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  settings.max_poll_interval_ms = settings.session_timeout_ms;
  Member first(settings);
  ASSERT_TRUE(first.TurnUntil([&] { return !first.ends.empty(); }));
  first.give_up = false;
  Member second(settings);
  ASSERT_TRUE(TurnAll({&first, &second}, [&] { return first.Count(Kind::kRevoking) == 1; }));
  // The coordinator waits for the first one's answer no longer than the poll interval.
  ASSERT_TRUE(second.TurnUntil([&] { return second.Owns({topic, 0}); }, 40));
  const SourceEvent answer = first.CommitAndWait({topic, 0}, {Offset{10}, -1});
  EXPECT_EQ(answer.kind, Kind::kCommitFailed);
  EXPECT_EQ(answer.failure.verdict.reason, FailureReason::kAssignmentLost);
  EXPECT_EQ(first.Count(Kind::kLost), 1U);
  const auto committed = broker.admin().Committed(settings.group_id);
  ASSERT_TRUE(committed);
  EXPECT_TRUE(committed->empty());
}

TEST(GroupRebalance, AStaticMemberComesBackWithoutARebalance) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("static", 2);
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  kafka::ConsumerSettings other = settings;
  settings.group_instance_id = "one";
  other.group_instance_id = "two";
  auto first = std::make_unique<Member>(settings);
  Member second(other);
  ASSERT_TRUE(TurnAll({first.get(), &second},
                      [&] { return first->owned.size() == 1 && second.owned.size() == 1; }));
  const size_t revocations = second.Count(Kind::kRevoking);
  const TopicPartition own = first->owned.begin()->first;
  first->source->Close();
  ASSERT_TRUE(TurnAll({first.get()}, [&] { return first->Count(Kind::kClosed) == 1; }));
  first = std::make_unique<Member>(settings);
  ASSERT_TRUE(TurnAll({first.get(), &second}, [&] { return first->owned.size() == 1; }));
  EXPECT_EQ(first->owned.begin()->first, own);
  EXPECT_EQ(second.Count(Kind::kRevoking), revocations);
}

TEST(GroupRebalance, TwoProcessesWithOneInstanceIdHaltTheOlder) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("fenced", 1);
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  settings.group_instance_id = "same";
  Member first(settings);
  ASSERT_TRUE(first.TurnUntil([&] { return first.owned.size() == 1; }));
  Member second(settings);
  ASSERT_TRUE(TurnAll({&first, &second}, [&] { return first.Count(Kind::kFault) > 0; }));
  const Failure& failure = first.Last(Kind::kFault)->failure;
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_NE(failure.detail.find("group.instance.id"), std::string::npos) << failure.detail;
  first.source->Close();
  EXPECT_TRUE(first.TurnUntil([&] { return first.Count(Kind::kClosed) == 1; }));
}

TEST(GroupRebalance, NewTopicsThatMatchTheExpressionAreFound) {
  Broker& broker = Broker::Get();
  const std::string stem = broker.Unique("regex");
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), "");
  settings.topics_regex = stem + "\\.[a-z]+";
  Member member(settings);
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kFault) > 0; }));
  EXPECT_EQ(member.Last(Kind::kFault)->failure.verdict.disposition, Disposition::kHold);
  EXPECT_NE(member.Last(Kind::kFault)->failure.detail.find("no topic matches"), std::string::npos);
  EXPECT_EQ(member.Last(Kind::kFault)->failure.verdict.reason, FailureReason::kStreamMissing);
  ASSERT_TRUE(broker.admin().CreateTopic(stem + ".one", 1));
  broker.ProduceNumbers(stem + ".one", 0, 0, 5);
  ASSERT_TRUE(member.TurnUntil([&] { return (member.ends[{stem + ".one", 0}]) == 5; }));
  EXPECT_GE(member.Count(Kind::kRecovered), 1U);
  ASSERT_TRUE(broker.admin().CreateTopic(stem + ".two", 1));
  ASSERT_TRUE(broker.admin().CreateTopic(stem + ".NOT", 1));
  broker.ProduceNumbers(stem + ".two", 0, 0, 5);
  broker.ProduceNumbers(stem + ".NOT", 0, 0, 5);
  ASSERT_TRUE(member.TurnUntil([&] { return (member.ends[{stem + ".two", 0}]) == 5; }));
  EXPECT_FALSE(member.Owns({stem + ".NOT", 0}));
}

TEST(GroupRebalance, ATopicThatIsNotThereYetIsWaitedFor) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.Unique("later");
  Member member(QuickSettings(broker.Unique("g"), topic));
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kFault) > 0; }));
  const Failure failure = member.Last(Kind::kFault)->failure;
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kStreamMissing);
  EXPECT_EQ(failure.detail.find("topic " + topic + " does not exist yet and is waited for"), 0U)
      << failure.detail;
  ASSERT_TRUE(broker.admin().CreateTopic(topic, 1));
  ASSERT_TRUE(member.TurnUntil([&] { return member.Owns({topic, 0}); }));
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kRecovered) > 0; }));
}

TEST(GroupRebalance, ATopicThatWasReadAndIsDeletedHalts) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("gone", 1);
  broker.ProduceNumbers(topic, 0, 0, 5);
  Member member(QuickSettings(broker.Unique("g"), topic));
  ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
  ASSERT_TRUE(broker.admin().DeleteTopic(topic));
  const auto halted = [&] {
    const SourceEvent* fault = member.Last(Kind::kFault);
    return fault != nullptr && fault->failure.verdict.disposition == Disposition::kHalt;
  };
  ASSERT_TRUE(member.TurnUntil(halted, 30));
  EXPECT_EQ(member.Last(Kind::kFault)->failure.verdict.reason, FailureReason::kStreamGone);
  EXPECT_NE(member.Last(Kind::kFault)->failure.detail.find(topic), std::string::npos);
}

TEST(GroupRebalance, AnOffsetThatIsGoneHalts) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("cut", 1);
  const kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  broker.ProduceNumbers(topic, 0, 0, 20);
  {
    Member member(settings);
    ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
    member.CommitAndWait({topic, 0}, {Offset{5}, member.last_epoch});
    member.source->Close();
    ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kClosed) == 1; }));
  }
  ASSERT_TRUE(broker.admin().DeleteRecordsBefore({topic, 0}, Offset{10}));
  Member member(settings);
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kFault) > 0; }));
  const Failure& failure = member.Last(Kind::kFault)->failure;
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kLogTruncated);
  EXPECT_NE(failure.detail.find(topic + ", partition 0"), std::string::npos) << failure.detail;
  EXPECT_TRUE((member.read[{topic, 0}]).empty());
}

TEST(GroupRebalance, PartitionsThatAreAddedAreReadFromTheirBeginning) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("grow", 1);
  broker.ProduceNumbers(topic, 0, 0, 3);
  Member member(QuickSettings(broker.Unique("g"), topic));
  ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
  ASSERT_TRUE(broker.admin().AddPartitions(topic, 2));
  ASSERT_TRUE(member.TurnUntil([&] { return member.ends.contains({topic, 1}); }));
  EXPECT_FALSE((member.owned[{topic, 1}].committed));
  EXPECT_EQ((member.owned[{topic, 1}].start.next), Offset{0});
}

TEST(GroupRebalance, StartReadingStartsAllThatWasAssignedSinceTheLastStart) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("two-assignments", 1);
  broker.ProduceNumbers(topic, 0, 0, 3);
  kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  settings.assignment = kafka::AssignmentStrategy::kCooperativeSticky;
  Member member(settings);
  member.start = false;
  ASSERT_TRUE(member.TurnUntil([&] { return member.Owns({topic, 0}); }));
  ASSERT_TRUE(broker.admin().AddPartitions(topic, 2));
  ASSERT_TRUE(member.TurnUntil([&] { return member.Owns({topic, 1}); }));
  EXPECT_EQ(member.Count(Kind::kRevoking), 0U);
  EXPECT_TRUE(member.read.empty());
  member.source->StartReading();
  ASSERT_TRUE(member.TurnUntil([&] { return member.ends.size() == 2; }));
  EXPECT_EQ((member.read[{topic, 0}]).size(), 3U);
}

TEST(GroupRebalance, ClosingWaitsForTheAnswerToTheRevocation) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("close-drain", 1);
  broker.ProduceNumbers(topic, 0, 0, 5);
  const kafka::ConsumerSettings settings = QuickSettings(broker.Unique("g"), topic);
  Member member(settings);
  ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
  member.give_up = false;
  member.source->Close();
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kRevoking) == 1; }));
  EXPECT_EQ(member.CommitAndWait({topic, 0}, {Offset{5}, member.last_epoch}).kind,
            Kind::kCommitted);
  EXPECT_EQ(member.Count(Kind::kClosed), 0U);
  member.source->CompleteRevoke();
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kClosed) == 1; }));
  const auto committed = broker.admin().Committed(settings.group_id);
  ASSERT_TRUE(committed);
  EXPECT_EQ((committed->at({topic, 0}).position.next), Offset{5});
}

}  // namespace
}  // namespace sluice::testing
