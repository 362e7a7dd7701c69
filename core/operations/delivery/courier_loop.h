#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/operations/delivery/courier.h"
#include "core/operations/delivery/delivery_machine.h"
#include "core/operations/group/dead_letter_desk.h"
#include "core/operations/group/hold_book.h"
#include "core/operations/group/record_rereads.h"
#include "core/operations/group/rejection_share.h"

namespace sluice {

/// The inside of a Courier: carries out what DeliveryMachine decides. One part a file:
/// courier_intake.cc (records → window, parked stream or dead letter), courier_partitions.cc
/// (assignments, commits), courier.cc (the turn, sending, stopping, telling).
class Courier::Loop {
 public:
  Loop(const DeliverySettings& settings, const CourierPorts& ports);

  bool Turn();
  void Stop();
  void Wait();
  void Finish();  ///< Publishes the last counters.
  [[nodiscard]] bool ended() const { return phase_ == Phase::kEnded; }
  [[nodiscard]] PipelineEnd end() const { return end_; }
  [[nodiscard]] const PipelineStats& stats() const { return machine_.stats(); }

 private:
  enum class Phase : uint8_t { kRunning, kDraining, kCommitting, kClosing, kEnded };
  /// How long a partition whose window was full is left alone at least, where there is little room.
  static constexpr int64_t kHeldAtLeastUs = 200'000;
  /// The places where something can be held, each with a sentence of its own.
  enum class HoldPlace : uint8_t { kSource, kCommit, kDeadLetters, kParking };
  static constexpr size_t kHoldPlaces = 4;

  /// What is kept of a delivery in memory.
  struct Kept {
    std::optional<std::string> key;
    std::optional<std::string> value;  ///< Only of the source's records, which may be parked yet.
    std::string body;
    std::string idempotency_key;
  };
  /// A record on its way to a parked partition that its publisher has not taken yet.
  struct ParkJob {
    uint64_t park = 0;
    DestinationSlot destination;
    int32_t partition = 0;
    std::string origin;
    std::string idempotency_key;
    std::optional<std::string> key;
    std::optional<std::string> value;
  };

  // courier_intake.cc
  bool Intake();
  [[nodiscard]] bool MayRead() const;
  void Take(const Record& record);
  void TakeSource(const Record& record, const RecordRef& ref);
  void TakeParked(const Record& record, const RecordRef& ref);
  void Admit(const Record& record, const RecordRef& ref, DestinationSlot destination, Offset origin,
             std::string idempotency_key);
  void ParkCopies();
  void Park(uint64_t park, DestinationSlot destination, int32_t partition, Offset origin,
            Kept record);
  bool FlushParks();
  bool PollParks();
  [[nodiscard]] bool MayTake(PartitionSlot slot) const;
  [[nodiscard]] bool MayGoOn(PartitionSlot slot) const;
  [[nodiscard]] bool held(PartitionSlot slot) const { return held_since_us_[slot.value] >= 0; }
  void HoldPartition(PartitionSlot slot, Offset next);
  bool GoOnWithRoom();
  void Refuse(const Record& record, const RecordRef& ref, RejectReason reason, const char* stage,
              std::string destination);
  [[nodiscard]] bool TooManyRefused(const DeadLetterDesk::Letter& letter);
  void RefusePark(const RecordRef& ref, const Failure& failure);
  bool OpenLetters();
  void Open(DeadLetterDesk::Letter letter);
  bool PollDeadLetters();

  // courier_partitions.cc
  bool PollSource();
  void TakeAssignment(const SourceEvent& event);
  void TakeFault(const Failure& failure, HoldPlace place);
  void AdvanceRevoke();
  void EndRevoke();
  [[nodiscard]] bool CommitWanted() const;
  [[nodiscard]] int64_t CommitDueUs() const;
  void StartCommit();
  void EndCommit(bool accepted);

  // courier.cc
  bool PollDestinations();
  bool Dispatch();
  void ForgetOver();
  [[nodiscard]] bool drained() const;
  void AdvanceStop();
  void Hold(HoldPlace place, FailureReason reason, const std::string& sentence) {
    holds_.Begin(place, reason, sentence);
  }
  void EndHold(HoldPlace place) { holds_.End(place); }
  void Halt(FailureReason reason, const std::string& sentence);
  void TellDestinations();
  void NoteProgress();
  void Publish(bool force);

  const DeliverySettings settings_;
  CourierPorts ports_;
  DeliveryMachine machine_;
  RecordRereads rereads_;
  DeadLetterDesk desk_;
  RejectionShare rejections_;
  std::unordered_map<std::string, DestinationSlot> by_name_;
  std::unordered_map<std::string, DestinationSlot> by_parked_stream_;
  std::vector<StreamSlot> parked_streams_;  // by DestinationSlot

  std::vector<Record> records_;
  DeliveryEvent event_;
  std::unordered_map<uint64_t, Kept> kept_;  // by delivery
  std::deque<ParkJob> jobs_;
  /// By PartitionSlot: since when its records wait for room; -1: they do not.
  std::vector<int64_t> held_since_us_;
  std::vector<PublishAck> acks_;
  std::vector<DeliveryAnswer> answers_;
  std::vector<DeadLetterDesk::Letter> letters_;
  std::vector<std::string> last_failure_;  // by DestinationSlot, for people
  std::vector<FailureReason> last_reason_;
  std::vector<bool> told_open_;

  std::vector<PartitionSlot> assigned_;
  std::vector<CommitPosition> accepted_;  // by PartitionSlot; offset -1: the group holds none
  std::vector<RecordSource::Position> committing_;
  bool reading_ = false;
  bool revoking_ = false;
  bool commit_in_flight_ = false;
  int64_t commit_not_before_us_ = 0;
  int64_t last_commit_us_ = 0;
  int64_t gathered_us_ = 0;  ///< When the source is read whatever is known of parked partitions.
  int64_t drain_deadline_us_ = 0;

  Phase phase_ = Phase::kRunning;
  PipelineEnd end_ = PipelineEnd::kDrained;
  int64_t phase_deadline_us_ = 0;
  HoldBook<HoldPlace, kHoldPlaces> holds_;
  int64_t now_us_ = 0;
  int64_t last_publish_us_ = 0;
  uint64_t settled_seen_ = 0;
};

}  // namespace sluice
