#include "adapters/kafka/slot_table.h"

#include <algorithm>
#include <utility>

namespace sluice::kafka {

PartitionSlot SlotTable::NumberOf(const TopicPartition& name) {
  const auto [it, added] =
      numbers_.try_emplace(name, PartitionSlot{static_cast<uint32_t>(slots_.size())});
  if (added) slots_.emplace_back().name = name;
  return it->second;
}

void SlotTable::ForgetAddresses() {
  std::fill(known_.begin(), known_.end(), Known{});
  known_count_ = 0;
  last_topic_ = nullptr;
  last_partition_ = -1;
}

size_t SlotTable::Home(const rd_kafka_topic_t* topic, int32_t partition) const {
  // Addresses are multiples of 16 at least; a multiplicative hash spreads what is left.
  const auto address = reinterpret_cast<uintptr_t>(topic) >> 4U;
  const uint64_t mixed =
      (address + static_cast<uint32_t>(partition) * uint64_t{0x9E3779B97F4A7C15}) *
      uint64_t{0xD6E8FEB86659FD93};
  return static_cast<size_t>(mixed >> 32U) & (known_.size() - 1);
}

void SlotTable::Insert(const Known& known) {
  size_t at = Home(known.topic, known.partition);
  while (known_[at].topic != nullptr) at = (at + 1) & (known_.size() - 1);
  known_[at] = known;
  ++known_count_;
}

PartitionSlot SlotTable::FindSlowly(const rd_kafka_topic_t* topic, int32_t partition) {
  size_t at = Home(topic, partition);
  while (known_[at].topic != nullptr &&
         (known_[at].topic != topic || known_[at].partition != partition)) {
    at = (at + 1) & (known_.size() - 1);
  }
  if (known_[at].topic == nullptr) {
    const PartitionSlot slot = NumberOf({rd_kafka_topic_name(topic), partition});
    if (2 * (known_count_ + 1) > known_.size()) {
      std::vector<Known> old(2 * known_.size());
      old.swap(known_);
      known_count_ = 0;
      for (const Known& known : old) {
        if (known.topic != nullptr) Insert(known);
      }
    }
    Insert({topic, partition, slot});
    last_ = slot;
  } else {
    last_ = known_[at].slot;
  }
  last_topic_ = topic;
  last_partition_ = partition;
  return last_;
}

}  // namespace sluice::kafka
