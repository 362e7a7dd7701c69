// The contract of GroupSource, held by the real one against a real broker.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/contract/group_source_contract.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

class KafkaHarness : public GroupSourceHarness {
 public:
  KafkaHarness() {
    Broker& broker = Broker::Get();
    kafka::ConsumerSettings settings =
        QuickSettings(broker.Unique("g"), broker.NewTopic("group", 2));
    settings.mode = ConsumptionMode::kFailover;
    for (auto& source : sources_) {
      auto opened = kafka::GroupConsumer::Open(broker.settings(), settings, broker.clock());
      EXPECT_TRUE(opened);
      source = std::move(*opened);
    }
  }
  GroupSource& Source(int number) override { return *sources_[number]; }
  void Step() override { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

 private:
  std::unique_ptr<kafka::GroupConsumer> sources_[2];
};

INSTANTIATE_TEST_SUITE_P(Kafka, GroupSourceContract, ::testing::Values(MakeGroupSources([] {
                           return std::make_unique<KafkaHarness>();
                         })),
                         [](const auto&) { return "kafka"; });

}  // namespace
}  // namespace sluice::testing
