// Partitions, lines and parking (docs/adr/0012).
#include "core/operations/delivery/delivery_machine.h"

#include <algorithm>
#include <set>
#include <string>

#include "core/model/check.h"

namespace sluice {

DeliveryMachine::DeliveryMachine(const DeliverySettings& settings, uint64_t seed)
    : settings_(settings), random_(seed) {
  for (const DestinationName& destination : settings_.destinations) {
    destinations_.emplace_back(settings_.breaker);
    stats_.destinations.emplace_back().name = destination.name;
  }
}

// ---- Partitions --------------------------------------------------------------------------------

DeliveryMachine::Partition& DeliveryMachine::Start(PartitionSlot slot, const TopicPartition& name,
                                                   CommitPosition start) {
  if (slot.value >= partitions_.size()) {
    partitions_.resize(slot.value + 1);
    stats_.partitions.resize(slot.value + 1);
  }
  Partition& partition = At(slot);
  ++partition.generation;
  partition.assigned = true;
  partition.number = name.partition;
  partition.ledger.Start(start);
  PartitionStats& stats = stats_.partitions[slot.value];
  stats.name = name;
  stats.assigned = true;
  stats.position = start.next.value;
  return partition;
}

void DeliveryMachine::StartSource(PartitionSlot slot, const TopicPartition& name,
                                  CommitPosition start) {
  Start(slot, name, start).source = true;
  for (uint32_t i = 0; i < destinations_.size(); ++i) lines_.try_emplace({name.partition, i});
}

void DeliveryMachine::StartParked(PartitionSlot slot, const TopicPartition& name,
                                  DestinationSlot destination, CommitPosition start) {
  Partition& partition = Start(slot, name, start);
  partition.source = false;
  partition.destination = destination;
  Line& line = LineOf(name.partition, destination);
  line.parked = slot;
  line.parked_start = line.parked_next = line.parked_end = start.next.value;
}

std::string DeliveryMachine::Mismatch() const {
  const auto name = [](const std::string& stream, int32_t partition) {
    return stream + ", partition " + std::to_string(partition);
  };
  std::set<int32_t> of_source;
  for (const Partition& partition : partitions_)
    if (partition.assigned && partition.source) of_source.insert(partition.number);
  for (uint32_t i = 0; i < destinations_.size(); ++i) {
    const std::string& parked = settings_.destinations[i].parked;
    std::set<int32_t> of_parked;
    for (const Partition& partition : partitions_)
      if (partition.assigned && !partition.source && partition.destination.value == i)
        of_parked.insert(partition.number);
    for (const int32_t number : of_source)
      if (!of_parked.contains(number))
        return name(settings_.stream, number) + ", without " + name(parked, number);
    for (const int32_t number : of_parked)
      if (!of_source.contains(number))
        return name(parked, number) + ", without " + name(settings_.stream, number);
  }
  return "";
}

void DeliveryMachine::DropAll() {
  for (size_t i = 0; i < partitions_.size(); ++i) {
    partitions_[i].assigned = false;
    stats_.partitions[i].assigned = false;
  }
  for (const auto& [id, delivery] : deliveries_) over_.push_back(id);
  deliveries_.clear();
  for (Destination& destination : destinations_) destination.window = {};
  lines_.clear();
  parks_.clear();
  copies_.clear();
  refused_.clear();
}

// ---- Records -----------------------------------------------------------------------------------

RecordRef DeliveryMachine::Track(const Record& record) {
  Partition& partition = At(record.partition);
  PartitionStats& stats = stats_.partitions[record.partition.value];
  ++stats.records;
  stats.position = record.offset.value + 1;
  return {record.partition, partition.generation,
          partition.ledger.Track(record.offset, record.leader_epoch), record.offset};
}

void DeliveryMachine::Settle(const RecordRef& record, Fate fate) {
  Partition& partition = At(record.partition);
  if (!partition.assigned || partition.generation != record.generation) return;
  partition.ledger.Settle(record.number);
  ++stats_.partitions[record.partition.value].fates[static_cast<size_t>(fate)];
}

void DeliveryMachine::ReachEnd(PartitionSlot slot, Offset end) {
  Partition& partition = At(slot);
  partition.ledger.ReachEnd(end);
  PartitionStats& stats = stats_.partitions[slot.value];
  stats.position = std::max(stats.position, end.value);
  if (partition.source) return;
  Line& line = LineOf(partition.number, partition.destination);
  line.end_seen = true;
  line.parked_next = std::max(line.parked_next, end.value);
  line.parked_end = std::max(line.parked_end, end.value);
}

bool DeliveryMachine::IsFull(const Destination& destination) const {
  const DeliveryWindow& window = destination.window;
  return window.size() >= settings_.window_max || window.bytes() >= settings_.window_max_bytes;
}

DeliveryMachine::Way DeliveryMachine::RouteOf(DestinationSlot to, PartitionSlot source) {
  Line& line = LineOf(At(source).number, to);
  SLUICE_CHECK(line.parked, "nothing is read without the line's parked partition");
  if (!line.drained() && settings_.drains_first) return Way::kPark;
  const Destination& destination = destinations_[to.value];
  if (!IsFull(destination) && !destination.breaker.open()) return Way::kWindow;
  BeginRun(line);
  return Way::kPark;
}

/// From here on the line is not drained: each copy, or the record that follows, is on its way.
void DeliveryMachine::BeginRun(Line& line) {
  if (settings_.copies_first) {
    for (const auto& [origin, id] : line.direct) copies_.push_back(id);
  }
  line.direct.clear();
}

DeliveryMachine::Found DeliveryMachine::TakeParked(const RecordRef& record, Offset origin) {
  const Partition& partition = At(record.partition);
  Line& line = LineOf(partition.number, partition.destination);
  line.parked_next = std::max(line.parked_next, record.offset.value + 1);
  line.parked_end = std::max(line.parked_end, line.parked_next);
  line.unplaced.erase(origin.value);
  const auto copied = line.copied.find(origin.value);
  if (copied == line.copied.end()) return Found::kNew;
  const uint64_t id = copied->second;
  line.copied.erase(copied);
  if (id == kOver) {
    Settle(record, Fate::kSuperseded);
    return Found::kKnown;
  }
  Delivery& delivery = deliveries_.at(id);
  // Its acknowledgement may still be on the way; that it can be read says the same.
  if (delivery.record && delivery.of_source) Settle(*delivery.record, Fate::kParked);
  delivery.record = record;
  delivery.of_source = false;
  return Found::kKnown;
}

bool DeliveryMachine::EndsKnown(PartitionSlot source) const {
  const int32_t number = At(source).number;
  for (uint32_t i = 0; i < destinations_.size(); ++i) {
    const Line& line = lines_.at({number, i});
    const bool parks = line.parked_next > line.parked_start || !HasRoom(*line.parked);
    if (!line.end_seen && !parks) return false;
  }
  return true;
}

bool DeliveryMachine::HasRoom(PartitionSlot parked) const {
  const Partition& partition = At(parked);
  return !IsFull(destinations_[partition.destination.value]) &&
         partition.ledger.span() < kParkedSpanMax;
}

bool DeliveryMachine::HasMuchRoom(PartitionSlot parked) const {
  const Partition& partition = At(parked);
  const DeliveryWindow& window = destinations_[partition.destination.value].window;
  return window.size() <= settings_.window_max / 2 &&
         window.bytes() <= settings_.window_max_bytes / 2 &&
         partition.ledger.span() < kParkedSpanMax;
}

uint64_t DeliveryMachine::Admit(const Taken& taken, int64_t now_us) {
  const Partition& partition = At(taken.record.partition);
  const uint64_t id = next_id_++;
  Delivery& delivery = deliveries_[id];
  delivery.destination = taken.destination;
  delivery.partition = partition.number;
  delivery.origin = taken.origin;
  delivery.record = taken.record;
  delivery.of_source = partition.source;
  delivery.taken_us = now_us;
  delivery.source_ms = taken.source_ms;
  destinations_[taken.destination.value].window.Add(id, taken.order, taken.bytes);
  if (partition.source) LineOf(partition.number, taken.destination).direct[taken.origin.value] = id;
  return id;
}

// ---- Parking -----------------------------------------------------------------------------------

uint64_t DeliveryMachine::Park(DestinationSlot destination, const RecordRef& record) {
  const int32_t partition = At(record.partition).number;
  ++LineOf(partition, destination).on_their_way;
  ++stats_.destinations[destination.value].parked;
  parks_[next_park_] = {destination, partition, record, 0};
  return next_park_++;
}

uint64_t DeliveryMachine::ParkCopy(uint64_t id) {
  const Delivery& delivery = deliveries_.at(id);
  SLUICE_CHECK(delivery.of_source && delivery.record, "copied is what stands in the source");
  const uint64_t park = Park(delivery.destination, *delivery.record);
  parks_[park].delivery = id;
  LineOf(delivery.partition, delivery.destination).copied[delivery.origin.value] = id;
  return park;
}

void DeliveryMachine::Parked(uint64_t park, Offset at) {
  const auto found = parks_.find(park);
  if (found == parks_.end()) return;  // of partitions that were given up
  const ParkEntry entry = found->second;
  parks_.erase(found);
  Line& line = LineOf(entry.partition, entry.destination);
  --line.on_their_way;
  line.parked_end = std::max(line.parked_end, at.value + 1);
  if (at.value < 0) line.unplaced.insert(entry.record.offset.value);
  if (entry.delivery == 0) return Settle(entry.record, Fate::kParked);
  const auto delivery = deliveries_.find(entry.delivery);
  // It was over before, or its copy was read back before this came: then its record was settled.
  if (delivery == deliveries_.end() || !delivery->second.of_source) return;
  Settle(entry.record, Fate::kParked);
  delivery->second.record.reset();
  delivery->second.of_source = false;
}

std::optional<RecordRef> DeliveryMachine::ParkRefused(uint64_t park) {
  const auto found = parks_.find(park);
  if (found == parks_.end()) return std::nullopt;
  const ParkEntry entry = found->second;
  parks_.erase(found);
  Line& line = LineOf(entry.partition, entry.destination);
  --line.on_their_way;
  if (entry.delivery == 0) return entry.record;
  line.copied.erase(entry.record.offset.value);
  return std::nullopt;
}

void DeliveryMachine::PublishLevels() {
  for (DestinationStats& stats : stats_.destinations) stats.parked_records = 0;
  uint64_t waiting = 0;
  uint64_t under_way = 0;
  uint64_t bytes = 0;
  for (size_t i = 0; i < destinations_.size(); ++i) {
    const DeliveryWindow& window = destinations_[i].window;
    DestinationStats& stats = stats_.destinations[i];
    stats.under_way = window.under_way();
    stats.waiting = window.size() - window.under_way();
    stats.breaker_open = destinations_[i].breaker.open();
    waiting += stats.waiting;
    under_way += stats.under_way;
    bytes += window.bytes();
  }
  for (size_t i = 0; i < partitions_.size(); ++i) {
    const Partition& partition = partitions_[i];
    const PartitionStats& stats = stats_.partitions[i];
    if (!partition.assigned || partition.source) continue;
    const int64_t end =
        std::max(stats.end_offset, LineOf(partition.number, partition.destination).parked_end);
    const int64_t left = end - partition.ledger.position().next.value;
    if (left > 0)
      stats_.destinations[partition.destination.value].parked_records +=
          static_cast<uint64_t>(left);
  }
  stats_.waiting_bytes = bytes;
  stats_.waiting_operations = waiting;
  stats_.inflight_requests = under_way;
}

}  // namespace sluice
