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

class KafkaHarness : public RowSinkHarness {
 public:
  KafkaHarness()
      : topic_(Broker::Get().Unique("rows")), positions_(Broker::Get().Unique("rows-positions")) {}

  std::unique_ptr<RowSink> Open() override {
    kafka::RowTopicSettings settings;
    settings.topic = topic_;
    settings.positions_topic = positions_;
    settings.positions_name = "changelog/test";
    settings.columns = ContractColumns();
    auto positions = kafka::CompactedTopic::Open(Broker::Get().settings(), positions_,
                                                 std::chrono::milliseconds(10'000));
    EXPECT_TRUE(positions) << (positions ? "" : positions.error().ToString());
    kafka::PublisherSettings publishing;
    publishing.create_partitions = 1;
    auto publisher =
        kafka::RecordPublisher::Make(Broker::Get().settings(), publishing, Broker::Get().clock());
    EXPECT_TRUE(publisher);
    return std::make_unique<kafka::RowTopic>(
        settings, std::make_unique<kafka::CompactedTopic>(std::move(*positions)),
        std::move(*publisher), waiter_, Broker::Get().clock());
  }
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

}  // namespace
}  // namespace sluice::testing
