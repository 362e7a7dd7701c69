// A member of a group against a real broker: order, ends, commits, pausing, closing.
#include <gtest/gtest.h>

#include <set>

#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

using Kind = SourceEvent::Kind;

std::vector<std::pair<int64_t, std::string>> Numbers(int from, int count) {
  std::vector<std::pair<int64_t, std::string>> numbers;
  for (int i = from; i < from + count; ++i) numbers.emplace_back(i, std::to_string(i));
  return numbers;
}

TEST(GroupConsumer, ReadsEachPartitionInOrderFromItsBeginning) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("order", 3);
  for (int partition = 0; partition < 3; ++partition) {
    broker.ProduceNumbers(topic, partition, 0, 500);
  }
  Member member(QuickSettings(broker.Unique("g"), topic));
  ASSERT_TRUE(member.TurnUntil([&] { return member.ends.size() == 3; }));
  for (int partition = 0; partition < 3; ++partition) {
    EXPECT_EQ((member.read[{topic, partition}]), Numbers(0, 500));
    EXPECT_EQ((member.ends[{topic, partition}]), 500);
    EXPECT_FALSE((member.owned[{topic, partition}].committed));
    EXPECT_EQ((member.owned[{topic, partition}].start.next), Offset{0});
    EXPECT_EQ(member.source->EndOffset(member.SlotOf({topic, partition})), 500);
  }
  EXPECT_GE(member.last_epoch, 0);
}

TEST(GroupConsumer, KeepsNullAndEmptyApart) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("null", 1);
  broker.Produce(topic, {{std::nullopt, std::nullopt, {}, 0}, {"", "", {}, 0}});
  Member member(QuickSettings(broker.Unique("g"), topic));
  std::vector<Record> records(10);
  std::vector<std::pair<bool, bool>> present;
  member.consume = false;
  ASSERT_TRUE(member.TurnUntil([&] {
    const size_t count = member.source->Poll(records);
    for (size_t i = 0; i < count; ++i) {
      present.emplace_back(records[i].key.has_value(), records[i].value.has_value());
      EXPECT_GT(records[i].timestamp_ms, 1'600'000'000'000);
    }
    member.source->Release();
    return present.size() == 2;
  }));
  EXPECT_EQ(present, (std::vector<std::pair<bool, bool>>{{false, false}, {true, true}}));
}

TEST(GroupConsumer, StartsBehindTheLogsBeginningWhenOldRecordsAreDeleted) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("begin", 1);
  broker.ProduceNumbers(topic, 0, 0, 10);
  ASSERT_TRUE(broker.admin().DeleteRecordsBefore({topic, 0}, Offset{4}));
  Member member(QuickSettings(broker.Unique("g"), topic));
  ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
  EXPECT_EQ((member.owned[{topic, 0}].start.next), Offset{4});
  EXPECT_EQ((member.read[{topic, 0}]), Numbers(4, 6));
}

TEST(GroupConsumer, CommitsAreSeenByTheNextMemberWithTheirLeaderEpoch) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("commit", 1);
  const std::string group = broker.Unique("g");
  broker.ProduceNumbers(topic, 0, 0, 10);
  int32_t epoch = -1;
  {
    Member member(QuickSettings(group, topic));
    ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
    epoch = member.last_epoch;
    EXPECT_EQ(member.CommitAndWait({topic, 0}, {Offset{7}, epoch}).kind, Kind::kCommitted);
    member.source->Close();
    ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kClosed) == 1; }));
  }
  Member second(QuickSettings(group, topic));
  ASSERT_TRUE(second.TurnUntil([&] { return !second.ends.empty(); }));
  EXPECT_TRUE((second.owned[{topic, 0}].committed));
  EXPECT_EQ((second.owned[{topic, 0}].start), (CommitPosition{Offset{7}, epoch}));
  EXPECT_EQ((second.owned[{topic, 0}].note), "left by the last owner");
  EXPECT_EQ((second.read[{topic, 0}]), Numbers(7, 3));
}

TEST(GroupConsumer, ACommittedEndIsTheStartOfTheNextMemberToo) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("end", 1);
  const std::string group = broker.Unique("g");
  broker.ProduceNumbers(topic, 0, 0, 3);
  {
    Member member(QuickSettings(group, topic));
    ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
    member.CommitAndWait({topic, 0}, {Offset{3}, member.last_epoch});
    member.source->Close();
    ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kClosed) == 1; }));
  }
  Member second(QuickSettings(group, topic));
  ASSERT_TRUE(second.TurnUntil([&] { return !second.ends.empty(); }));
  EXPECT_TRUE((second.read[{topic, 0}]).empty());
  broker.ProduceNumbers(topic, 0, 3, 2);
  ASSERT_TRUE(second.TurnUntil([&] { return (second.read[{topic, 0}]).size() == 2; }));
  EXPECT_EQ((second.read[{topic, 0}]), Numbers(3, 2));
}

TEST(GroupConsumer, DeliversNothingBeforeStartReading) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("start", 2);
  broker.ProduceNumbers(topic, 0, 0, 5);
  broker.ProduceNumbers(topic, 1, 0, 5);
  Member member(QuickSettings(broker.Unique("g"), topic));
  member.start = false;
  ASSERT_TRUE(member.TurnUntil([&] { return member.owned.size() == 2; }));
  // Long enough for a fetch that was not held back to come in: its records would be seen.
  EXPECT_FALSE(member.TurnUntil([&] { return !member.read.empty() || !member.ends.empty(); }, 2));
  member.source->StartReading();
  ASSERT_TRUE(member.TurnUntil([&] { return member.ends.size() == 2; }));
  EXPECT_EQ((member.read[{topic, 0}]), Numbers(0, 5));
  EXPECT_EQ((member.read[{topic, 1}]), Numbers(0, 5));
}

TEST(GroupConsumer, ServesEventsWhileRecordsWait) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("events", 1);
  broker.ProduceNumbers(topic, 0, 0, 5'000);
  Member member(QuickSettings(broker.Unique("g"), topic));
  member.batch = 1;
  ASSERT_TRUE(member.TurnUntil([&] { return !member.read.empty(); }));
  member.consume = false;  // thousands of records stand before the answer if queues are shared
  EXPECT_EQ(member.CommitAndWait({topic, 0}, {Offset{1}, member.last_epoch}).kind,
            Kind::kCommitted);
  EXPECT_EQ((member.read[{topic, 0}]).size(), 1U);
}

TEST(GroupConsumer, PauseAndResumeLoseAndRepeatNothing) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("pause", 2);
  broker.ProduceNumbers(topic, 0, 0, 2'000);
  broker.ProduceNumbers(topic, 1, 0, 2'000);
  Member member(QuickSettings(broker.Unique("g"), topic));
  member.batch = 37;
  const auto total = [&] {
    return member.read[{topic, 0}].size() + member.read[{topic, 1}].size();
  };
  for (size_t pause_at = 100; pause_at < 3'500; pause_at += 400) {
    ASSERT_TRUE(member.TurnUntil([&] { return total() >= pause_at; }));
    member.source->PauseFetching();
    member.Turn();
    member.source->ResumeFetching();
  }
  ASSERT_TRUE(member.TurnUntil([&] { return total() >= 4'000; }));
  EXPECT_EQ((member.read[{topic, 0}]), Numbers(0, 2'000));
  EXPECT_EQ((member.read[{topic, 1}]), Numbers(0, 2'000));
}

TEST(GroupConsumer, ResumingAtTheEndOfAPartitionDoesNotPassOverTheNextRecord) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("pause-end", 1);
  broker.ProduceNumbers(topic, 0, 0, 3);
  Member member(QuickSettings(broker.Unique("g"), topic));
  ASSERT_TRUE(member.TurnUntil([&] { return (member.ends[{topic, 0}]) == 3; }));
  for (int round = 0; round < 3; ++round) {
    member.source->PauseFetching();
    member.Turn();
    broker.ProduceNumbers(topic, 0, 3 + 2 * round, 2);
    member.source->ResumeFetching();
    ASSERT_TRUE(member.TurnUntil([&] { return (member.ends[{topic, 0}]) == 5 + 2 * round; }));
  }
  EXPECT_EQ((member.read[{topic, 0}]), Numbers(0, 9));
}

// The pinned library is mended: what it believes to have read is what a pause, and a validation
// against a new leader, go by (F125).
TEST(GroupConsumer, TheLibraryStaysAtTheEndOfAPartition) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("library-end", 1);
  broker.ProduceNumbers(topic, 0, 0, 3);
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const std::pair<const char*, std::string> settings[] = {
      {"bootstrap.servers", broker.address()}, {"group.id", "g"}, {"enable.partition.eof", "true"}};
  for (const auto& [name, value] : settings)
    ASSERT_EQ(rd_kafka_conf_set(conf, name, value.c_str(), nullptr, 0), RD_KAFKA_CONF_OK);
  const kafka::Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0));
  ASSERT_TRUE(client);
  const kafka::PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = 3;
  ASSERT_EQ(rd_kafka_assign(client.get(), list.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  const kafka::Queue queue(rd_kafka_queue_get_consumer(client.get()));
  rd_kafka_message_t* message = nullptr;
  ASSERT_EQ(rd_kafka_consume_batch_queue(queue.get(), 20'000, &message, 1), 1);
  EXPECT_EQ(message->err, RD_KAFKA_RESP_ERR__PARTITION_EOF);
  rd_kafka_message_destroy(message);
  ASSERT_EQ(rd_kafka_position(client.get(), list.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(list->elems[0].offset, RD_KAFKA_OFFSET_INVALID) << "no record was read, and not one "
                                                               "behind the end";
}

TEST(GroupConsumer, NothingIsDeliveredWhilePaused) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("paused", 1);
  Member member(QuickSettings(broker.Unique("g"), topic));
  ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
  member.source->PauseFetching();
  broker.ProduceNumbers(topic, 0, 0, 5);
  EXPECT_FALSE(member.TurnUntil([&] { return !member.read.empty(); }, 2));
  member.source->ResumeFetching();
  EXPECT_TRUE(member.TurnUntil([&] { return (member.read[{topic, 0}]) == Numbers(0, 5); }));
}

TEST(GroupConsumer, ClosesWithoutCommitting) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("close", 1);
  const std::string group = broker.Unique("g");
  broker.ProduceNumbers(topic, 0, 0, 5);
  Member member(QuickSettings(group, topic));
  ASSERT_TRUE(member.TurnUntil([&] { return !member.ends.empty(); }));
  member.source->Close();
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kClosed) == 1; }));
  EXPECT_EQ(member.Count(Kind::kRevoking), 1U);
  const auto committed = broker.admin().Committed(group);
  ASSERT_TRUE(committed);
  EXPECT_TRUE(committed->empty());
  const auto described = broker.admin().DescribeGroup(group);
  ASSERT_TRUE(described);
  EXPECT_EQ(described->members, 0U);
}

TEST(GroupConsumer, ClosesBeforeItEverJoined) {
  Broker& broker = Broker::Get();
  Member member(QuickSettings(broker.Unique("g"), broker.NewTopic("early", 1)));
  member.source->Close();
  EXPECT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kClosed) == 1; }));
}

TEST(GroupConsumer, ClosesWithoutABroker) {
  Broker& broker = Broker::Get();
  kafka::Settings nowhere = broker.settings();
  nowhere.brokers = "127.0.0.1:1";
  Member member(QuickSettings(broker.Unique("g"), "t"));
  auto opened = kafka::GroupConsumer::Open(nowhere, QuickSettings("g", "t"), broker.clock());
  ASSERT_TRUE(opened);
  member.source = std::move(*opened);
  ASSERT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kFault) > 0; }));
  const Failure& failure = member.Last(Kind::kFault)->failure;
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kBrokerUnreachable);
  EXPECT_NE(failure.detail.find("127.0.0.1:1"), std::string::npos) << failure.detail;
  EXPECT_NE(failure.detail.find("kafka.brokers"), std::string::npos) << failure.detail;
  member.source->Close();
  EXPECT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kClosed) == 1; }));
}

}  // namespace
}  // namespace sluice::testing
