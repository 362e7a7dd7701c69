// The contract of RowSink, held by a topic of a real broker.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "adapters/kafka/row_topic.h"
#include "tests/contract/row_sink_contract.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

class YieldingWaiter : public Waiter {
 public:
  void Wait(std::chrono::milliseconds /*longest*/) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  void Wake() override {}
};

std::unique_ptr<kafka::RowTopic> OpenRows(const std::string& topic,
                                          const std::string& positions_topic, Waiter& waiter) {
  kafka::RowTopicSettings settings;
  settings.topic = topic;
  settings.positions_topic = positions_topic;
  settings.positions_name = "changelog/test";
  settings.columns = ContractColumns();
  auto positions = kafka::CompactedTopic::Open(Broker::Get().settings(), positions_topic,
                                               std::chrono::milliseconds(10'000));
  EXPECT_TRUE(positions) << (positions ? "" : positions.error().ToString());
  kafka::PublisherSettings publishing;
  publishing.create_partitions = 1;
  auto publisher =
      kafka::RecordPublisher::Make(Broker::Get().settings(), publishing, Broker::Get().clock());
  EXPECT_TRUE(publisher);
  return std::make_unique<kafka::RowTopic>(
      settings, std::make_unique<kafka::CompactedTopic>(std::move(*positions)),
      std::move(*publisher), waiter, Broker::Get().clock());
}

class KafkaHarness : public RowSinkHarness {
 public:
  KafkaHarness()
      : topic_(Broker::Get().Unique("rows")), positions_(Broker::Get().Unique("rows-positions")) {}

  std::unique_ptr<RowSink> Open() override { return OpenRows(topic_, positions_, waiter_); }
  /// The keys, which are JSON strings; each stands in its document too.
  std::vector<std::string> Find() override {
    std::vector<std::string> ids;
    for (const OwnedRecord& record : Broker::Get().ReadAll(topic_)) {
      EXPECT_EQ(*record.value, "{\"id\":" + *record.key + "}");
      ids.push_back(record.key->substr(1, record.key->size() - 2));
    }
    return ids;
  }

 private:
  std::string topic_;
  std::string positions_;
  YieldingWaiter waiter_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, RowSinkContract, ::testing::Values(MakeRowSink([] {
                           return std::make_unique<KafkaHarness>();
                         })),
                         [](const auto&) { return "kafka"; });

TEST(RowTopic, DoesNotGoOnFromThePlaceOfAnotherTopicsRows) {
  YieldingWaiter waiter;
  const std::string places = Broker::Get().Unique("rows-places");
  const std::string mine = Broker::Get().Unique("rows-mine");
  const std::string other = Broker::Get().Unique("rows-other");
  std::string positions;
  {
    const auto rows = OpenRows(mine, places, waiter);
    ASSERT_EQ(rows->Load(positions).verdict.disposition, Disposition::kDone);
    EXPECT_EQ(positions, "");
    ASSERT_EQ(rows->Keep("rows 0 - 1 0 0 0 0 0 -\n").verdict.disposition, Disposition::kDone);
  }
  const Failure refused = OpenRows(other, places, waiter)->Load(positions);
  EXPECT_EQ(refused.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(refused.verdict.reason, FailureReason::kStorageMismatch);
  EXPECT_NE(refused.detail.find("rows in topic " + mine), std::string::npos) << refused.detail;
  EXPECT_NE(refused.detail.find("changelog.name"), std::string::npos) << refused.detail;
  EXPECT_EQ(OpenRows(mine, places, waiter)->Load(positions).verdict.disposition,
            Disposition::kDone);
  EXPECT_EQ(positions, "rows 0 - 1 0 0 0 0 0 -\n");
}

TEST(RowTopic, APlaceThatTellsNoTopicIsTakenForItsOwn) {
  YieldingWaiter waiter;
  const std::string places = Broker::Get().Unique("rows-places");
  const std::string mine = Broker::Get().Unique("rows-mine");
  const std::string place = "rows 0 - 1 0 0 0 0 0 -\n";  // of a topic that is called rows
  {
    auto former = kafka::CompactedTopic::Open(Broker::Get().settings(), places,
                                              std::chrono::milliseconds(10'000));
    ASSERT_TRUE(former);
    former->Store("changelog/test", place);
    while (!former->Poll()) waiter.Wait({});
  }
  std::string positions;
  {
    const auto rows = OpenRows(mine, places, waiter);
    ASSERT_EQ(rows->Load(positions).verdict.disposition, Disposition::kDone);
    EXPECT_EQ(positions, place);
    ASSERT_EQ(rows->Keep(place).verdict.disposition, Disposition::kDone);
  }
  const auto other = OpenRows(Broker::Get().Unique("rows-other"), places, waiter);
  EXPECT_EQ(other->Load(positions).verdict.disposition, Disposition::kHalt);
}

}  // namespace
}  // namespace sluice::testing
