#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/change_event.h"
#include "core/model/document_write.h"
#include "core/model/outcome.h"
#include "core/model/position.h"
#include "core/model/record.h"
#include "core/model/stats.h"
#include "core/operations/lane_table.h"
#include "core/operations/offset_ledger.h"
#include "core/operations/pipeline_settings.h"

namespace sluice {

/// Names a tracked record. The generation tells records of a former assignment apart: settling one
/// of those changes nothing.
struct RecordRef {
  PartitionSlot partition;
  uint32_t generation = 0;
  uint64_t number = 0;  ///< In the partition's ledger.
  Offset offset;
};

/// A write that a record asks for.
struct Proposal {
  WriteAction action = WriteAction::kIndex;
  EventKind kind = EventKind::kCreate;
  IndexSlot index;
  std::string_view id;
  int64_t version = 0;
  RecordRef record;
  int64_t source_ms = 0;
  bool open = false;  ///< Has fields whose value the record did not carry.
  uint32_t hash = 0;  ///< Set by Prepare().
};

/// What the caller has to do with a proposal's document.
struct Admission {
  enum class Action : uint8_t {
    kAppend,   ///< Append it to the body `batch` now, then call Appended().
    kKeep,     ///< Keep it as the document of `op`, then call Kept().
    kMerge,    ///< As kKeep, after filling its open fields from the document kept for `op`.
    kNothing,  ///< It became part of an operation that needs no document of it.
  };
  Action action = Action::kNothing;
  OpIndex op = kNoOp;
  uint32_t batch = 0;
};

/// Something the machine asks its caller to do, in order.
struct Command {
  enum class Kind : uint8_t {
    kTakeBack,  ///< Keep the document of item `ordinal` of `batch` for `op`.
    kFill,      ///< Fill the open fields kept for `op` from that item's document, then Kept().
    kDeadLetter,  ///< That item was refused for good: send `op` to the dead letters, then DeadLettered().
    kDiscard,  ///< `batch` is done with.
    kLookup,   ///< Read the stored document of `op`, then LookedUp() and Kept().
    kStrip,    ///< Remove the open fields kept for `op`, then Kept().
    kForget,   ///< The document kept for `op` is not needed any more.
    kHalt,     ///< Stop: item `ordinal` of `batch`, or the whole request (kNoOp), says why.
  };
  Kind kind = Kind::kForget;
  OpIndex op = kNoOp;
  uint32_t batch = 0;
  uint32_t ordinal = 0;
};

/// The decisions of one pipeline: which operation is sent when, what becomes of it, and how far
/// each partition is settled. One deterministic value: no clock, no I/O, no bytes of documents
/// (those are kept by the caller under the OpIndex), so that tests drive the real code and a copy
/// explores on.
///
/// Holds I1 (through the ledgers), I3 (through the lanes) and I8 (held_bytes() against the limit).
class IndexMachine {
 public:
  enum class OpState : uint8_t {
    kFree,
    kBuilding,  ///< In a body that was not sent yet.
    kInFlight,
    kDeadLetter,  ///< Refused; its dead letter is not acknowledged yet.
    kBlocked,     ///< Waits for the outstanding operation of its id.
    kReady,       ///< Waits for room in a body.
    kBackingOff,  ///< Waits for its time.
    kLookup,      ///< Waits for the stored document.
    kGrouped,     ///< Waits to be sent with its half of a split body.
  };

  /// What most operations never need: it lies apart, so that the rest fills two lines of a cache.
  struct Trouble {
    uint32_t attempts = 0;
    int64_t not_before_us = 0;
    int64_t first_ms = 0;  ///< Wall clock of the first refusal, 0: none.
    uint8_t races = 0;     ///< Answers kMappingRaced.
  };

  struct alignas(64) Op {
    OpState state = OpState::kFree;
    WriteAction action = WriteAction::kIndex;
    EventKind kind = EventKind::kCreate;
    bool open = false;      ///< The kept document has open fields.
    bool fillable = false;  ///< The stored document may fill them: an older state of this row.
    bool held = false;      ///< Its last answer was kHold.
    bool troubled = false;  ///< It has a Trouble that says something.
    uint32_t hash = 0;
    OpIndex sent = kNoOp;     ///< Of one that waits: the outstanding one of its id before it.
    OpIndex waiting = kNoOp;  ///< Of an outstanding one: the one of its id that waits behind it.
    uint32_t generation = 0;  ///< Of this place in the table.
    int64_t version = 0;
    int64_t source_ms = 0;
    RecordRef record;
    IndexSlot index;
    uint32_t kept_bytes = 0;
    std::vector<RecordRef> replaced;  ///< Older records of the same id that are terminal with it.
    std::string id;

    /// In a body, in flight, or on its way to the dead letters: no other of its id may be.
    [[nodiscard]] bool outstanding() const {
      return state == OpState::kBuilding || state == OpState::kInFlight ||
             state == OpState::kDeadLetter;
    }
    /// Begins to load both lines. Inlined by force: g++ 12 drops calls of a function that does
    /// nothing else.
    __attribute__((always_inline)) void Prefetch() const {
      __builtin_prefetch(this, 1);
      __builtin_prefetch(&index, 1);
    }
  };

  IndexMachine(const PipelineSettings& settings, uint64_t seed);

  // Partitions.
  void StartPartition(PartitionSlot slot, const TopicPartition& name, CommitPosition start);
  /// Ends assignments: what waits for them is dropped, what is in flight is no longer counted.
  void DropPartitions(std::span<const PartitionSlot> slots);
  [[nodiscard]] const OffsetLedger& ledger(PartitionSlot slot) const;
  void ReachEnd(PartitionSlot slot, Offset end);

  // Records.
  RecordRef Track(const Record& record);
  void SettleRecord(const RecordRef& record, Fate fate);
  /// Comes before Admit(), best some work before it: begins to load what that will look at.
  void Prepare(Proposal& proposal) const;
  [[nodiscard]] Admission Admit(const Proposal& proposal);
  void Appended(uint32_t batch, size_t batch_bytes);
  void Kept(OpIndex op, size_t document_bytes, bool open);

  // Time and sending.
  void Tick(int64_t now_us);
  /// The next operation to append to a body, or kNoOp. Its document is not kept any longer.
  [[nodiscard]] OpIndex NextToAppend(uint32_t& batch);
  /// The next body to send now, if any.
  [[nodiscard]] bool NextToSend(uint32_t& batch);
  /// When Tick() is wanted at the latest; INT64_MAX: not at all.
  [[nodiscard]] int64_t deadline_us() const;

  // Answers.
  void Answer(uint32_t batch, const Verdict& request, std::span<const Verdict> items,
              int64_t wall_ms);
  void DeadLettered(OpIndex op);
  /// Whether a lookup's answer is still wanted; `token` as LookupToken() gave it.
  [[nodiscard]] bool LookedUp(uint64_t token, OpIndex& op) const;
  void LookupFailed(OpIndex op, const Verdict& verdict);
  [[nodiscard]] uint64_t LookupToken(OpIndex op) const;

  /// What is to be done now; the caller takes them and carries them out in order.
  [[nodiscard]] std::vector<Command>& commands() { return commands_; }

  [[nodiscard]] const Op& op(OpIndex index) const { return ops_[index]; }
  [[nodiscard]] const Trouble& trouble(OpIndex index) const { return troubles_[index]; }
  [[nodiscard]] size_t operations() const { return ops_.size() - free_.size(); }
  [[nodiscard]] bool idle() const { return operations() == 0; }
  [[nodiscard]] uint64_t held_bytes() const;
  [[nodiscard]] uint32_t held_operations() const { return held_operations_; }
  [[nodiscard]] FailureReason held_reason() const { return held_reason_; }
  [[nodiscard]] int64_t gate_us() const { return gate_us_; }
  [[nodiscard]] uint32_t failures() const { return failures_; }
  [[nodiscard]] PipelineStats& stats() { return stats_; }
  [[nodiscard]] const PipelineStats& stats() const { return stats_; }
  void PublishLevels();  ///< Brings the levels in stats() up to date.

 private:
  struct Partition {
    OffsetLedger ledger;
    uint32_t generation = 0;
  };
  struct Batch {
    std::vector<OpIndex> ops;
    size_t bytes = 0;
    bool used = false;
  };
  struct Timer {
    int64_t at_us;
    OpIndex op;
    bool operator>(const Timer& other) const { return at_us > other.at_us; }
  };

  OpIndex NewOp(const Proposal& proposal);
  void Absorb(Op& op, const RecordRef& record);
  void FreeOp(OpIndex op);
  void ForgetDocument(Op& op);
  void EndHeld(Op& op);
  [[nodiscard]] bool Stale(const Op& op) const;

  [[nodiscard]] bool MayBuild() const;
  uint32_t OpenBatch();
  void CloseBatch();
  void PlaceInBatch(OpIndex op);
  void Unblock(OpIndex op);
  OpIndex LeaveLane(OpIndex op);
  void Promote(OpIndex op);

  void Finish(OpIndex op, WriteResult result, int64_t wall_ms);
  void SettleAll(const Op& op, Fate own);
  void Requeue(OpIndex op, uint32_t batch, uint32_t ordinal, std::vector<OpIndex>* group);
  void PrefetchAnswered(uint32_t batch, uint32_t ordinal) const;
  void AnswerItem(OpIndex op, const Verdict& verdict, uint32_t batch, uint32_t ordinal,
                  int64_t wall_ms);
  void Refuse(OpIndex op, uint32_t batch, uint32_t ordinal, int64_t wall_ms);
  void RequestFailed(const Verdict& request);
  void BackOff(OpIndex op, const Verdict& verdict);
  void Split(uint32_t batch, const Verdict& request, int64_t wall_ms);
  void DropUnsentBatches();
  uint64_t Random();

  const PipelineSettings settings_;
  uint64_t random_state_;
  int64_t now_us_ = 0;

  std::vector<Partition> partitions_;  // by PartitionSlot
  std::vector<Op> ops_;
  std::vector<Trouble> troubles_;  // by OpIndex
  std::vector<OpIndex> free_;
  LaneTable lanes_;
  std::deque<OpIndex> ready_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::deque<std::vector<OpIndex>> groups_;  // halves of split bodies, each to be sent alone

  std::vector<Batch> batches_;
  std::vector<uint32_t> free_batches_;
  static constexpr uint32_t kNoBatch = UINT32_MAX;
  uint32_t open_batch_ = kNoBatch;
  std::vector<OpIndex> group_left_;  // of the group being built into open_batch_, last first
  bool building_group_ = false;
  std::deque<uint32_t> sendable_;
  uint32_t in_flight_ = 0;
  uint32_t concurrency_;
  int64_t last_send_us_ = INT64_MIN / 2;
  int64_t gate_us_ = 0;    // no request starts before
  uint32_t failures_ = 0;  // requests in a row

  uint64_t waiting_bytes_ = 0;
  uint64_t id_bytes_ = 0;
  uint64_t absorbed_ = 0;  // records in the `replaced` of all operations
  uint64_t batch_bytes_ = 0;
  uint32_t held_operations_ = 0;
  FailureReason held_reason_ = FailureReason::kNone;
  std::vector<Command> commands_;
  PipelineStats stats_;
};

}  // namespace sluice
