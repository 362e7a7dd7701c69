// The contract of RecordArchive, held by the real one against a real broker.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "adapters/kafka/offset_reader.h"
#include "tests/contract/record_archive_contract.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

kafka::ArchiveSettings Quick() {
  kafka::ArchiveSettings settings;
  settings.capacity = 8;
  settings.report_hold_ms = 300;
  return settings;
}

kafka::Settings Nowhere() {
  kafka::Settings settings = Broker::Get().settings();
  settings.brokers = "127.0.0.1:1";
  return settings;
}

class KafkaHarness : public RecordArchiveHarness {
 public:
  KafkaHarness()
      : topic_(Broker::Get().NewTopic("archive-contract", 2)),
        archive_(Broker::Get().settings(), Quick(), Broker::Get().clock()),
        cut_off_(Nowhere(), Quick(), Broker::Get().clock()) {}
  RecordArchive& archive() override { return archive_; }
  RecordArchive& cut_off() override { return cut_off_; }
  [[nodiscard]] TopicPartition Stream(int32_t partition) const override {
    return {topic_, partition};
  }
  void Append(int32_t partition, const std::optional<std::string>& key,
              const std::optional<std::string>& value,
              const std::vector<Header>& headers) override {
    Broker::Get().Produce(topic_, {{key, value, headers, partition}});
  }
  void RemoveBefore(int32_t partition, Offset offset) override {
    EXPECT_TRUE(Broker::Get().admin().DeleteRecordsBefore(Stream(partition), offset));
  }
  void Step() override { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

 private:
  std::string topic_;
  kafka::OffsetReader archive_;
  kafka::OffsetReader cut_off_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, RecordArchiveContract, ::testing::Values(MakeRecordArchive([] {
                           return std::make_unique<KafkaHarness>();
                         })),
                         [](const auto&) { return "kafka"; });

}  // namespace
}  // namespace sluice::testing
