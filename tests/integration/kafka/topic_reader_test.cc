// Looking into topics without a group, and asking the brokers, against a real broker.
#include "adapters/kafka/topic_reader.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

std::vector<std::string> Read(kafka::ReadRequest request) {
  Result<kafka::TopicReader> reader = kafka::TopicReader::Open(Broker::Get().settings());
  EXPECT_TRUE(reader);
  std::vector<std::string> values;
  const Status status = reader->Read(
      request,
      [&](const OwnedRecord& record) {
        values.push_back(record.value.value_or("<null>"));
        return true;
      },
      [] { return true; });
  EXPECT_TRUE(status) << (status ? "" : status.error().ToString());
  return values;
}

std::vector<std::string> Numbers(int from, int count) {
  std::vector<std::string> numbers;
  for (int i = from; i < from + count; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

kafka::ReadRequest UpToTheEnd(const std::string& topic, const char* range = "start") {
  kafka::ReadRequest request;
  request.topic = topic;
  request.stop_at_end = true;
  EXPECT_TRUE(kafka::ParseRange(range, Broker::Get().clock().WallMs(), request.range));
  return request;
}

TEST(TopicReader, ReadsTheRangeThatIsAskedFor) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("read", 1);
  broker.ProduceNumbers(topic, 0, 0, 50);
  EXPECT_EQ(Read(UpToTheEnd(topic)), Numbers(0, 50));
  EXPECT_EQ(Read(UpToTheEnd(topic, "-5")), Numbers(45, 5));
  EXPECT_EQ(Read(UpToTheEnd(topic, "-500")), Numbers(0, 50));
  EXPECT_EQ(Read(UpToTheEnd(topic, "40")), Numbers(40, 10));
  EXPECT_TRUE(Read(UpToTheEnd(topic, "end")).empty());
  EXPECT_EQ(Read(UpToTheEnd(topic, "@1h")), Numbers(0, 50));
  EXPECT_TRUE(Read(UpToTheEnd(topic, "e@1000")).empty());
  kafka::ReadRequest first = UpToTheEnd(topic);
  first.records_max = 3;
  first.stop_at_end = false;
  EXPECT_EQ(Read(first), Numbers(0, 3));
}

TEST(TopicReader, ReadsOnlyThePartitionsThatAreAskedFor) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("partitions", 3);
  for (int partition = 0; partition < 3; ++partition) {
    broker.ProduceNumbers(topic, partition, 10 * partition, 5);
  }
  kafka::ReadRequest request = UpToTheEnd(topic);
  request.partitions = {2};
  EXPECT_EQ(Read(request), Numbers(20, 5));
  request.partitions.clear();
  EXPECT_EQ(Read(request).size(), 15U);
}

TEST(TopicReader, FollowsTopicsThatAppearLater) {
  Broker& broker = Broker::Get();
  const std::string stem = broker.Unique("follow");
  ASSERT_TRUE(broker.admin().CreateTopic(stem + ".a", 1));
  broker.ProduceNumbers(stem + ".a", 0, 0, 1);
  kafka::ReadRequest request;
  request.topic = stem + "\\..*";
  request.is_regex = true;
  Result<kafka::TopicReader> reader = kafka::TopicReader::Open(broker.settings());
  ASSERT_TRUE(reader);
  std::set<std::string> topics;
  const int64_t deadline_us = broker.clock().NowUs() + 20'000'000;
  const Status status = reader->Read(
      request,
      [&](const OwnedRecord& record) {
        topics.insert(record.stream.topic);
        if (topics.size() == 1) {
          EXPECT_TRUE(broker.admin().CreateTopic(stem + ".b", 1));
          broker.ProduceNumbers(stem + ".b", 0, 0, 1);
        }
        return topics.size() < 2;
      },
      [&] { return broker.clock().NowUs() < deadline_us; });
  EXPECT_TRUE(status);
  EXPECT_EQ(topics.size(), 2U);
}

TEST(TopicReader, SaysThatATopicIsNotThere) {
  Broker& broker = Broker::Get();
  Result<kafka::TopicReader> reader = kafka::TopicReader::Open(broker.settings());
  ASSERT_TRUE(reader);
  const std::string topic = broker.Unique("none");
  const Status status =
      reader->Read(UpToTheEnd(topic), [](const OwnedRecord&) { return true; }, [] { return true; });
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().what.find(topic), std::string::npos);
}

TEST(Admin, AnswersWhatCheckAsks) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("describe", 3);
  const auto cluster = broker.admin().ClusterId();
  ASSERT_TRUE(cluster);
  EXPECT_FALSE(cluster->empty());
  const auto described = broker.admin().DescribeTopic(topic);
  ASSERT_TRUE(described);
  EXPECT_EQ(described->partitions, 3);
  EXPECT_FALSE(broker.admin().DescribeTopic(broker.Unique("none")));
  const auto topics = broker.admin().ListTopics();
  ASSERT_TRUE(topics);
  EXPECT_TRUE(std::any_of(topics->begin(), topics->end(),
                          [&](const kafka::TopicInfo& info) { return info.name == topic; }));
  EXPECT_TRUE(broker.admin().CreateTopic(topic, 3));  // there already: fine
  const auto group = broker.admin().DescribeGroup(broker.Unique("nobody"));
  ASSERT_TRUE(group);
  EXPECT_EQ(group->members, 0U);
}

TEST(Admin, GivesUpInTimeWhenNoBrokerAnswers) {
  Broker& broker = Broker::Get();
  kafka::Settings nowhere = broker.settings();
  nowhere.brokers = "127.0.0.1:1";
  Result<kafka::Admin> admin = kafka::Admin::Open(nowhere, std::chrono::milliseconds(1'000));
  ASSERT_TRUE(admin);
  const int64_t start_us = broker.clock().NowUs();
  const auto cluster = admin->ClusterId();
  ASSERT_FALSE(cluster);
  EXPECT_LT(broker.clock().NowUs() - start_us, 3'000'000);
  EXPECT_NE(cluster.error().ToString().find("kafka.brokers"), std::string::npos)
      << cluster.error().ToString();
}

}  // namespace
}  // namespace sluice::testing
