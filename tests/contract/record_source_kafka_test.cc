// The contract of RecordSource, held by the real one against a real broker.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/contract/record_source_contract.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

class KafkaHarness : public RecordSourceHarness {
 public:
  KafkaHarness()
      : topic_(Broker::Get().NewTopic("contract", 2)),
        settings_(QuickSettings(Broker::Get().Unique("g"), topic_)) {
    auto opened =
        kafka::GroupConsumer::Open(Broker::Get().settings(), settings_, Broker::Get().clock());
    EXPECT_TRUE(opened);
    source_ = std::move(*opened);
  }
  RecordSource& source() override { return *source_; }
  [[nodiscard]] TopicPartition Stream(int32_t partition) const override {
    return {topic_, partition};
  }
  void Append(int32_t partition, int from, int count) override {
    std::vector<TestRecord> records;
    for (int i = from; i < from + count; ++i) {
      records.push_back({std::to_string(i), std::to_string(i), {}, partition});
      if (i % 2 == 1) records.back().headers.push_back({"odd", "1"});
    }
    Broker::Get().Produce(topic_, records);
  }
  void AppendWithHeaders(int32_t partition, const std::vector<Header>& headers) override {
    Broker::Get().Produce(topic_, {{"k", "v", headers, partition}});
  }
  void GiveAll() override {}  // the only member gets all
  void TakeSome() override { other_ = std::make_unique<Member>(settings_); }
  void Step() override {
    if (other_) other_->Turn();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::map<TopicPartition, CommitPosition> Committed() override {
    auto committed = Broker::Get().admin().Committed(settings_.group_id);
    EXPECT_TRUE(committed);
    std::map<TopicPartition, CommitPosition> positions;
    if (committed)
      for (const auto& [name, commit] : *committed) positions[name] = commit.position;
    return positions;
  }

 private:
  std::string topic_;
  kafka::ConsumerSettings settings_;
  std::unique_ptr<kafka::GroupConsumer> source_;
  std::unique_ptr<Member> other_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, RecordSourceContract, ::testing::Values(MakeRecordSource([] {
                           return std::make_unique<KafkaHarness>();
                         })),
                         [](const auto&) { return "kafka"; });

}  // namespace
}  // namespace sluice::testing
