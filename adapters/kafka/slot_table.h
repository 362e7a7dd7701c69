#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/model/position.h"

namespace sluice::kafka {

/// What a member knows about one partition it was ever given.
struct SlotState {
  enum class Use : uint8_t {
    kIdle,      ///< Not ours.
    kAssigned,  ///< Ours, not yet read.
    kReading,
    kGivingUp,  ///< Still ours for commits, no longer read.
  };
  TopicPartition name;
  Use use = Use::kIdle;
  bool kept_back = false;  ///< Its records are not wanted now.
  bool held = false;       ///< To be read again from `next`, but not now.
  /// The next offset to be handed out. None: the beginning, whichever that is.
  std::optional<Offset> next;
  int32_t next_epoch = -1;  ///< Leader epoch of the record before `next`.
  int64_t end_seen = -1;    ///< The next offset to be written, as the last end of partition said.

  /// Whether its records are handed out, unless all fetching is paused.
  [[nodiscard]] bool Flows() const { return use == Use::kReading && !kept_back && !held; }
};

/// Numbers the partitions a member was ever given, and finds the number of a fetched message
/// without looking at text.
///
/// Threads:   one call at a time.
/// Ownership: grows with the number of distinct partitions, never with records.
/// Time:      Find() is a compare, or one probe of a hash table.
/// Errors:    none.
class SlotTable {
 public:
  /// The number of a partition, a new one when it has none.
  PartitionSlot NumberOf(const TopicPartition& name);
  [[nodiscard]] SlotState& At(PartitionSlot slot) { return slots_[slot.value]; }
  [[nodiscard]] const SlotState& At(PartitionSlot slot) const { return slots_[slot.value]; }
  [[nodiscard]] size_t size() const { return slots_.size(); }
  [[nodiscard]] bool Contains(PartitionSlot slot) const { return slot.value < slots_.size(); }

  /// The number of a message's partition. `topic` is compared by address.
  PartitionSlot Find(const rd_kafka_topic_t* topic, int32_t partition) {
    if (topic == last_topic_ && partition == last_partition_) [[likely]] {
      return last_;
    }
    return FindSlowly(topic, partition);
  }
  /// To be called when partitions come or go: the library may then free a topic's object and use
  /// its address for another.
  void ForgetAddresses();

 private:
  struct Known {
    const rd_kafka_topic_t* topic = nullptr;
    int32_t partition = -1;
    PartitionSlot slot;
  };
  PartitionSlot FindSlowly(const rd_kafka_topic_t* topic, int32_t partition);
  [[nodiscard]] size_t Home(const rd_kafka_topic_t* topic, int32_t partition) const;
  void Insert(const Known& known);

  std::deque<SlotState> slots_;  // a deque: references stay good while it grows
  std::map<TopicPartition, PartitionSlot> numbers_;
  std::vector<Known> known_ = std::vector<Known>(64);  // open addressing, a power of two
  size_t known_count_ = 0;
  const rd_kafka_topic_t* last_topic_ = nullptr;
  int32_t last_partition_ = -1;
  PartitionSlot last_;
};

}  // namespace sluice::kafka
