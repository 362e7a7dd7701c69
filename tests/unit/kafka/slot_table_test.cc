#include "adapters/kafka/slot_table.h"

#include <gtest/gtest.h>

#include "adapters/kafka/conf.h"

namespace sluice::kafka {
namespace {

/// Topic objects of a client that never reaches a broker.
class Topics {
 public:
  Topics() {
    Settings settings;
    settings.brokers = "127.0.0.1:1";
    client_ = std::move(*MakeClient(RD_KAFKA_PRODUCER, std::move(*MakeAdminConf(settings))));
  }
  const rd_kafka_topic_t* Get(const std::string& name) {
    topics_.emplace_back(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
    return topics_.back().get();
  }

 private:
  Client client_;
  std::vector<Topic> topics_;
};

TEST(SlotTable, APartitionKeepsItsNumber) {
  SlotTable table;
  const PartitionSlot first = table.NumberOf({"a", 0});
  const PartitionSlot second = table.NumberOf({"a", 1});
  EXPECT_NE(first, second);
  EXPECT_EQ(table.NumberOf({"a", 0}), first);
  EXPECT_EQ(table.At(second).name, (TopicPartition{"a", 1}));
}

TEST(SlotTable, FindsByAddressWhatItKnowsByName) {
  Topics topics;
  SlotTable table;
  std::vector<const rd_kafka_topic_t*> objects;
  for (int i = 0; i < 40; ++i) objects.push_back(topics.Get("topic" + std::to_string(i)));
  for (int round = 0; round < 2; ++round) {
    for (int partition = 0; partition < 50; ++partition) {
      for (size_t i = 0; i < objects.size(); ++i) {
        const PartitionSlot slot = table.Find(objects[i], partition);
        EXPECT_EQ(slot, table.NumberOf({"topic" + std::to_string(i), partition}));
      }
    }
    table.ForgetAddresses();
  }
  EXPECT_EQ(table.size(), 2'000U);
}

}  // namespace
}  // namespace sluice::kafka
