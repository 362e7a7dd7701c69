// The contract of EventPublisher, held by the real one against a real broker.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "adapters/kafka/record_publisher.h"
#include "tests/contract/event_publisher_contract.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

kafka::Settings Nowhere() {
  kafka::Settings settings = Broker::Get().settings();
  settings.brokers = "127.0.0.1:1";
  return settings;
}

kafka::PublisherSettings Roomy() {
  kafka::PublisherSettings settings;
  settings.create_partitions = EventPublisherHarness::kPartitions;
  return settings;
}

kafka::PublisherSettings Small() {
  kafka::PublisherSettings settings;
  settings.queue_max_records = EventPublisherHarness::kQueueMax;
  settings.message_timeout_ms = 1'000;
  return settings;
}

std::unique_ptr<kafka::RecordPublisher> Make(const kafka::Settings& broker,
                                             const kafka::PublisherSettings& settings) {
  auto made = kafka::RecordPublisher::Make(broker, settings, Broker::Get().clock());
  EXPECT_TRUE(made.ok()) << made.error().ToString();
  return made ? std::move(*made) : nullptr;
}

class KafkaHarness : public EventPublisherHarness {
 public:
  KafkaHarness()
      : publisher_(Make(Broker::Get().settings(), Roomy())), cut_off_(Make(Nowhere(), Small())) {}
  EventPublisher& publisher() override { return *publisher_; }
  EventPublisher& cut_off() override { return *cut_off_; }
  std::string NewStream() override { return Broker::Get().Unique("publisher-contract"); }
  std::vector<FoundEvent> Find(const std::string& stream) override {
    std::vector<FoundEvent> found;
    for (const OwnedRecord& record : Broker::Get().ReadAll(stream)) {
      found.push_back({static_cast<uint32_t>(record.stream.partition), record.key, record.value,
                       record.headers, record.timestamp_ms});
    }
    return found;
  }
  void Step() override { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

 private:
  std::unique_ptr<kafka::RecordPublisher> publisher_;
  std::unique_ptr<kafka::RecordPublisher> cut_off_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, EventPublisherContract, ::testing::Values(MakeEventPublisher([] {
                           return std::make_unique<KafkaHarness>();
                         })),
                         [](const auto&) { return "kafka"; });

}  // namespace
}  // namespace sluice::testing
