// The topic of positions on a real broker.
#include "adapters/kafka/compacted_topic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

using kafka::CompactedTopic;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

CompactedTopic OpenTopic(const std::string& topic) {
  auto opened = CompactedTopic::Open(Broker::Get().settings(), topic, 15s);
  EXPECT_TRUE(opened.ok()) << opened.error().ToString();
  return std::move(*opened);
}

Failure Await(CompactedTopic& topic) {
  std::optional<Failure> answer;
  EXPECT_TRUE(Until([&] { return answer.has_value(); }, [&] { answer = topic.Poll(); }));
  return answer.value_or(Failure());
}

std::optional<std::string> Load(CompactedTopic& topic, const std::string& name) {
  const auto value = topic.Load(name);
  EXPECT_TRUE(value.ok()) << value.error().ToString();
  return value ? *value : std::nullopt;
}

TEST(CompactedTopicTest, KeepsTheLastValueOfEachName) {
  const std::string name = Broker::Get().Unique("positions");
  {
    CompactedTopic topic = OpenTopic(name);
    EXPECT_EQ(Load(topic, "a"), std::nullopt);
    for (const auto& [key, value] : {std::pair("a", "1"), {"b", "2"}, {"a", "3"}, {"ab", ""}}) {
      topic.Store(key, value);
      EXPECT_EQ(Await(topic).verdict.disposition, Disposition::kDone);
      EXPECT_FALSE(topic.Poll().has_value()) << "an answer comes once";
    }
    EXPECT_EQ(Load(topic, "a"), "3");
  }
  CompactedTopic again = OpenTopic(name);
  EXPECT_EQ(Load(again, "a"), "3");
  EXPECT_EQ(Load(again, "b"), "2");
  EXPECT_EQ(Load(again, "ab"), "") << "empty is not missing";
  EXPECT_EQ(Load(again, "c"), std::nullopt);
}

TEST(CompactedTopicTest, AListOfManyNamesFits) {
  CompactedTopic topic = OpenTopic(Broker::Get().Unique("positions"));
  std::string names;
  for (int i = 0; i < 100'000; ++i) names += "\"public.a_table_" + std::to_string(i) + "\":{},";
  ASSERT_GT(names.size(), 2'000'000U) << "brokers take 1 MiB";
  topic.Store("a", names);
  EXPECT_EQ(Await(topic).verdict.disposition, Disposition::kDone);
  EXPECT_EQ(Load(topic, "a"), names);
}

TEST(CompactedTopicTest, ShowsEveryValueOfNamesThatBeginSo) {
  CompactedTopic topic = OpenTopic(Broker::Get().Unique("positions"));
  for (const auto& [key, value] :
       {std::pair("p/a", "1"), {"q/a", "2"}, {"p/a", "3"}, {"p/b", "4"}}) {
    topic.Store(key, value);
    EXPECT_EQ(Await(topic).verdict.disposition, Disposition::kDone);
  }
  std::vector<std::string> shown;
  std::vector<std::string> names;
  const auto take = [&](const std::string& key, const std::string& value) {
    names.push_back(key);
    shown.push_back(value);
  };
  EXPECT_TRUE(topic.Each("p/", take).ok());
  EXPECT_THAT(shown, ::testing::ElementsAre("1", "3", "4"));
  EXPECT_THAT(names, ::testing::ElementsAre("p/a", "p/a", "p/b"));
}

TEST(CompactedTopicTest, IsMadeToBeCleared) {
  const std::string name = Broker::Get().Unique("positions");
  CompactedTopic topic = OpenTopic(name);
  const auto info = Broker::Get().admin().DescribeTopic(name);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->partitions, 1);
}

TEST(CompactedTopicTest, ReadingMakesNoTopic) {
  const std::string name = Broker::Get().Unique("positions") + ".of.nobody";
  const auto value = CompactedTopic::Read(Broker::Get().settings(), name, "a");
  ASSERT_TRUE(value.ok()) << value.error().ToString();
  EXPECT_EQ(*value, std::nullopt);
  const auto present = Broker::Get().admin().FindTopics({name});
  ASSERT_TRUE(present.ok()) << present.error().ToString();
  EXPECT_EQ(present->at(name), std::nullopt);
}

TEST(CompactedTopicTest, ReadsOnlyTheTopicOfThatName) {
  const std::string stem = Broker::Get().Unique("positions");
  CompactedTopic other = OpenTopic(stem + "xa");
  other.Store("a", "another's");
  Await(other);
  const auto value = CompactedTopic::Read(Broker::Get().settings(), stem + ".a", "a");
  ASSERT_TRUE(value.ok()) << value.error().ToString();
  EXPECT_EQ(*value, std::nullopt) << "a point is no pattern";
  const auto own = CompactedTopic::Read(Broker::Get().settings(), stem + "xa", "a");
  ASSERT_TRUE(own.ok()) << own.error().ToString();
  EXPECT_EQ(*own, "another's");
}

TEST(CompactedTopicTest, AValueThatTheBrokerRefusesIsNotDoneAndTheFormerStays) {
  CompactedTopic topic = OpenTopic(Broker::Get().Unique("positions"));
  topic.Store("a", "small");
  EXPECT_EQ(Await(topic).verdict.disposition, Disposition::kDone);
  topic.Store("a", std::string(size_t{20} * 1024 * 1024, 'x'));
  const Failure refused = Await(topic);
  EXPECT_EQ(refused.verdict.disposition, Disposition::kReject) << refused.detail;
  EXPECT_EQ(refused.verdict.reason, FailureReason::kRecordTooLarge);
  EXPECT_EQ(Load(topic, "a"), "small");
}

TEST(CompactedTopicTest, WithoutABrokerNothingOpens) {
  kafka::Settings nowhere = Broker::Get().settings();
  nowhere.brokers = "127.0.0.1:1";
  const auto opened = CompactedTopic::Open(nowhere, "positions", 1s);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().ToString(), HasSubstr("positions"));
}

}  // namespace
}  // namespace sluice::testing
