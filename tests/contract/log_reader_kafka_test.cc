// The contract of LogReader, held by the real one against a real broker.
#include <gtest/gtest.h>

#include "adapters/kafka/assigned_reader.h"
#include "tests/contract/log_reader_contract.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

class KafkaHarness : public LogReaderHarness {
 public:
  KafkaHarness() : topic_(Broker::Get().NewTopic("log-reader", 2)) {}
  std::unique_ptr<LogReader> Open() override { return Make(Broker::Get().settings()); }
  std::unique_ptr<LogReader> OpenCutOff() override {
    kafka::Settings nowhere = Broker::Get().settings();
    nowhere.brokers = "127.0.0.1:1";
    return Make(nowhere);
  }
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

 private:
  [[nodiscard]] std::unique_ptr<LogReader> Make(const kafka::Settings& settings) const {
    kafka::AssignedReaderSettings reading;
    reading.topics_regex = topic_;
    auto reader = kafka::AssignedReader::Open(settings, reading, Broker::Get().clock());
    EXPECT_TRUE(reader);
    return std::move(*reader);
  }

  std::string topic_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, LogReaderContract, ::testing::Values(MakeLogReader([] {
                           return std::make_unique<KafkaHarness>();
                         })),
                         [](const auto&) { return "kafka"; });

}  // namespace
}  // namespace sluice::testing
