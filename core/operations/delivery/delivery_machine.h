#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/model/delivery.h"
#include "core/model/outcome.h"
#include "core/model/record.h"
#include "core/model/stats.h"
#include "core/operations/delivery/circuit_breaker.h"
#include "core/operations/delivery/delivery_settings.h"
#include "core/operations/delivery/delivery_window.h"
#include "core/operations/group/offset_ledger.h"
#include "core/operations/index/index_machine.h"

namespace sluice {

/// Decides what becomes of records that are to be delivered (docs/adr/0012): which go into their
/// destination's window and which are parked, what is sent next, what an answer means, and how far
/// each partition is settled.
///
/// A line is one destination's records of one partition of the source. It is direct, or it parks:
/// then every record of the source goes to the line's parked partition until that was read to its
/// end. A run of parking begins with a copy of each record that is not terminal, so that the parked
/// partition holds the line's records in their order whatever crashes.
///
/// A value: copyable, no clock, no threads. Bodies are kept outside under the delivery's number.
/// Memory: bounded by windows, ledgers and what is on its way to parked partitions.
class DeliveryMachine {
 public:
  struct Delivery {
    DestinationSlot destination;
    int32_t partition = 0;  ///< Of the source.
    Offset origin;          ///< In the source.
    /// What becomes terminal with it. None: its copy is parked and was not read back.
    std::optional<RecordRef> record;
    bool of_source = false;  ///< `record` stands in the source.
    uint32_t attempts = 0;
    int64_t taken_us = 0;
    int64_t source_ms = 0;
    int64_t first_ms = 0;  ///< Wall clock of the first answer.
  };
  /// A record that was understood.
  struct Taken {
    DestinationSlot destination;
    RecordRef record;
    Offset origin;
    std::string order;
    size_t bytes = 0;
    int64_t source_ms = 0;
  };
  enum class Way : uint8_t { kWindow, kPark };
  /// What was read back from a parked partition.
  enum class Found : uint8_t {
    kNew,    ///< To be admitted.
    kKnown,  ///< A copy of a delivery of this life: nothing is to be done.
  };
  struct Refused {
    uint64_t id = 0;
    RejectReason reason = RejectReason::kDeliveryRefused;
    Failure failure;
  };

  DeliveryMachine(const DeliverySettings& settings, uint64_t seed);

  // Partitions.
  void StartSource(PartitionSlot slot, const TopicPartition& name, CommitPosition start);
  void StartParked(PartitionSlot slot, const TopicPartition& name, DestinationSlot destination,
                   CommitPosition start);
  /// Two partitions that belong together, of the source and of a parked stream, of which this
  /// member was given the first and not the second; empty: it was given both of all.
  [[nodiscard]] std::string Mismatch() const;
  /// All partitions were given up: nothing is known any more, and what comes late changes nothing.
  void DropAll();

  // Records.
  [[nodiscard]] RecordRef Track(const Record& record);
  void Settle(const RecordRef& record, Fate fate);
  void ReachEnd(PartitionSlot slot, Offset end);
  [[nodiscard]] bool IsSource(PartitionSlot slot) const { return At(slot).source; }
  [[nodiscard]] DestinationSlot DestinationOf(PartitionSlot parked) const {
    return At(parked).destination;
  }
  [[nodiscard]] const OffsetLedger& ledger(PartitionSlot slot) const { return At(slot).ledger; }
  [[nodiscard]] bool assigned(PartitionSlot slot) const {
    return slot.value < partitions_.size() && At(slot).assigned;
  }

  /// Where a record of the source goes. Before one is parked, copies() are.
  [[nodiscard]] Way RouteOf(DestinationSlot destination, PartitionSlot source);
  /// A record of a parked partition, whose `origin` its writer has noted.
  [[nodiscard]] Found TakeParked(const RecordRef& record, Offset origin);
  /// Whether a record of a parked partition may be taken.
  [[nodiscard]] bool HasRoom(PartitionSlot parked) const;
  /// Whether of each line of a partition of the source it is known whether anything is parked:
  /// before, all that is read of it would be.
  [[nodiscard]] bool EndsKnown(PartitionSlot source) const;
  /// Whether there is room enough to go on after there was none.
  [[nodiscard]] bool HasMuchRoom(PartitionSlot parked) const;
  /// Returns the delivery's number.
  uint64_t Admit(const Taken& taken, int64_t now_us);

  // Parking.
  /// Deliveries whose records are to be parked, in this order, before anything else is.
  [[nodiscard]] std::vector<uint64_t>& copies() { return copies_; }
  /// A record is on its way to its line's parked partition; returns the park's number.
  uint64_t Park(DestinationSlot destination, const RecordRef& record);
  uint64_t ParkCopy(uint64_t id);
  /// The park was acknowledged at that offset; -1: a broker that took it twice does not tell.
  void Parked(uint64_t park, Offset at);
  /// The park's record can never be written; none: nobody waits for it any more. A copy's original
  /// is then the only one, and stays in the window.
  [[nodiscard]] std::optional<RecordRef> ParkRefused(uint64_t park);
  [[nodiscard]] size_t parks() const { return parks_.size(); }

  // Deliveries.
  /// Begins what time demands: lines that have waited too long begin to park.
  void Tick(int64_t now_us);
  /// The next one to be sent; none: nothing for now.
  [[nodiscard]] std::optional<uint64_t> NextToSend(int64_t now_us);
  struct Answered {
    Failure failure;
    int64_t retry_after_us = 0;
    int64_t round_trip_us = 0;
    int64_t now_us = 0;
    int64_t wall_ms = 0;
  };
  void Answer(uint64_t id, const Answered& answer);
  /// Its dead letter was acknowledged. False: it is not known any more.
  bool DeadLettered(uint64_t id);
  [[nodiscard]] const Delivery* Find(uint64_t id) const;
  /// Those that are over since the last call, to be forgotten.
  [[nodiscard]] std::vector<uint64_t>& over() { return over_; }
  /// Those that need a dead letter, since the last call.
  [[nodiscard]] std::vector<Refused>& refused() { return refused_; }
  [[nodiscard]] uint32_t under_way() const;
  /// When Tick() or NextToSend() may have something, as far as time decides.
  [[nodiscard]] int64_t deadline_us(int64_t now_us) const;

  [[nodiscard]] const CircuitBreaker& breaker(DestinationSlot destination) const {
    return destinations_[destination.value].breaker;
  }
  [[nodiscard]] PipelineStats& stats() { return stats_; }
  [[nodiscard]] const PipelineStats& stats() const { return stats_; }
  /// Brings levels up to date, for publishing.
  void PublishLevels();

 private:
  struct Partition {
    OffsetLedger ledger;
    uint32_t generation = 0;
    bool assigned = false;
    bool source = false;
    int32_t number = 0;
    DestinationSlot destination;
  };
  struct Destination {
    explicit Destination(const BreakerSettings& settings) : breaker(settings) {}
    DeliveryWindow window;
    CircuitBreaker breaker;
  };
  struct Line {
    std::optional<PartitionSlot> parked;
    bool end_seen = false;      ///< Its parked partition was read to its end once.
    int64_t parked_start = 0;   ///< Where this member began.
    int64_t parked_next = 0;    ///< The next offset to be taken in.
    int64_t parked_end = 0;     ///< Behind all that is known to stand there.
    uint32_t on_their_way = 0;  ///< Parks that are not acknowledged.
    /// By origin: acknowledged without an offset, and not read back.
    std::set<int64_t> unplaced;
    std::map<int64_t, uint64_t> direct;  ///< Read from the source, not terminal, not copied.
    /// Copies of this life that were not read back, by origin: the delivery, or kOver.
    std::unordered_map<int64_t, uint64_t> copied;

    [[nodiscard]] bool drained() const {
      return end_seen && on_their_way == 0 && unplaced.empty() && parked_next >= parked_end;
    }
  };
  struct ParkEntry {
    DestinationSlot destination;
    int32_t partition = 0;
    RecordRef record;
    uint64_t delivery = 0;  ///< Of which it is a copy; 0: none.
  };
  static constexpr uint64_t kOver = 0;  ///< No delivery has this number.

  [[nodiscard]] Partition& At(PartitionSlot slot) { return partitions_[slot.value]; }
  [[nodiscard]] const Partition& At(PartitionSlot slot) const { return partitions_[slot.value]; }
  Partition& Start(PartitionSlot slot, const TopicPartition& name, CommitPosition start);
  [[nodiscard]] Line& LineOf(int32_t partition, DestinationSlot destination) {
    return lines_[{partition, destination.value}];
  }
  [[nodiscard]] bool IsFull(const Destination& destination) const;
  void BeginRun(Line& line);
  void Finish(uint64_t id, Fate fate);
  void Refuse(uint64_t id, RejectReason reason, const Failure& failure);
  void TryAgain(uint64_t id, const Answered& answer);

  const DeliverySettings settings_;
  uint64_t random_;
  uint64_t next_id_ = 1;
  uint64_t next_park_ = 1;
  std::vector<Partition> partitions_;  // by PartitionSlot
  std::vector<Destination> destinations_;
  std::map<std::pair<int32_t, uint32_t>, Line> lines_;  // by partition of the source, destination
  std::unordered_map<uint64_t, Delivery> deliveries_;
  std::unordered_map<uint64_t, ParkEntry> parks_;
  std::vector<uint64_t> copies_;
  std::vector<uint64_t> over_;
  std::vector<Refused> refused_;
  uint32_t turn_ = 0;  // which destination is asked first
  PipelineStats stats_;
};

}  // namespace sluice
