#pragma once

#include <cstdint>
#include <deque>
#include <optional>
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
#include "core/operations/change_version.h"
#include "core/operations/group/offset_ledger.h"
#include "core/operations/index/body_size.h"
#include "core/operations/index/doubt_windows.h"
#include "core/operations/index/lane_table.h"
#include "core/operations/index/pipeline_settings.h"

namespace sluice {

/// Names a tracked record. The generation tells records of a former assignment apart: settling one
/// of those changes nothing.
struct RecordRef {
  PartitionSlot partition;
  uint32_t generation = 0;
  uint64_t number = 0;  ///< In the partition's ledger.
  Offset offset;
};
/// In place of a number: one of the operations that a record stands for. It becomes terminal when
/// all of them are over.
inline constexpr uint64_t kPartOfRecord = UINT64_MAX;

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
    kReread,   ///< Read the record of `op` from the log again, then TakeAgain() or RecordGone().
    kForget,   ///< The document kept for `op` is not needed any more.
    kJudge,    ///< A newer version is there than item `ordinal` of `batch`: whose? Then Judged().
    kHalt,     ///< Stop: item `ordinal` of `batch`, or the whole request (kNoOp), says why.
  };
  Kind kind = Kind::kForget;
  OpIndex op = kNoOp;
  uint32_t batch = 0;
  uint32_t ordinal = 0;
  int64_t version = 0;  ///< Of kFill: what that item's document is the state of.
};

/// A write to a watched index that is known to be there, or to be superseded.
struct WatchedWrite {
  IndexSlot index;
  std::string id;
  int64_t version = 0;
  bool whole = false;  ///< Its record carried every column.
  WriteResult result = WriteResult::kCreated;
};

/// The decisions of one pipeline: which operation is sent when, what becomes of it, and how far
/// each partition is settled. One deterministic value: no clock, no I/O, no bytes of documents
/// (those are kept by the caller under the OpIndex), so that tests drive the real code and a copy
/// explores on.
///
/// Holds I1 (through the ledgers), I3 (through the lanes) and I8 (held_bytes() against the limit);
/// of I2 the part that a late copy of an old write must not bring a deleted document back: a DELETE
/// that is sent while such a copy may be alive is sent once more when none can be.
class IndexMachine {
 public:
  enum class OpState : uint8_t {
    kFree,
    kBuilding,  ///< In a body that was not sent yet.
    kInFlight,
    kDeadLetter,  ///< Refused; its dead letter is not acknowledged yet.
    kJudged,      ///< Refused by a newer version; whose that is is being found out.
    kBlocked,     ///< Waits for the outstanding operation of its id.
    kReady,       ///< Waits for room in a body.
    kBackingOff,  ///< Waits for its time.
    kLookup,      ///< Waits for the stored document.
    kGrouped,     ///< Waits to be sent with its half of a split body.
    kRemembered,  ///< A delete that was applied, and is sent again when its window has closed.
    kRereading,   ///< Its newer records were refused; waits for the one before them.
  };

  /// What most operations never need: it lies apart, so that the rest fills two lines of a cache.
  struct Trouble {
    uint32_t attempts = 0;
    int64_t not_before_us = 0;
    int64_t first_ms = 0;  ///< Wall clock of the first refusal, 0: none.
    uint8_t races = 0;     ///< Answers kMappingRaced.
    int64_t again_us = 0;  ///< Of a delete sent in a window: when that closes. 0: not so.
    bool older = false;    ///< Took the place of a newer record of its id, which was refused.
    bool applied = false;  ///< Was answered as applied before, and is only sent again.
    WriteResult result = WriteResult::kDeleted;  ///< What became of it then.
    /// The newest delete that it took over: if it is refused, that one is sent, also when the log
    /// has compacted it away meanwhile. 0: none.
    int64_t delete_version = 0;
    RecordRef delete_record;
  };

  struct alignas(64) Op {
    OpState state = OpState::kFree;
    WriteAction action = WriteAction::kIndex;
    EventKind kind = EventKind::kCreate;
    bool open = false;      ///< The kept document has open fields.
    bool fillable = false;  ///< The stored document may fill them: an older state of this row.
    bool held = false;      ///< Its last answer was kHold.
    bool troubled = false;  ///< It has a Trouble that says something.
    bool whole = true;      ///< Its newest record carried every column.
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

    /// In a body, in flight, refused by a newer version, on its way to the dead letters, or about
    /// to be replaced by what it had replaced: no other of its id may be.
    [[nodiscard]] bool outstanding() const {
      return state == OpState::kBuilding || state == OpState::kInFlight ||
             state == OpState::kDeadLetter || state == OpState::kRereading ||
             state == OpState::kJudged;
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
  /// `clean`: the last owner left nothing behind that could still be applied.
  void StartPartition(PartitionSlot slot, const TopicPartition& name, CommitPosition start,
                      bool clean);
  /// Ends assignments: what waits for them is dropped, what is in flight is no longer counted.
  void DropPartitions(std::span<const PartitionSlot> slots);
  [[nodiscard]] const OffsetLedger& ledger(PartitionSlot slot) const;
  void ReachEnd(PartitionSlot slot, Offset end);

  // Records.
  RecordRef Track(const Record& record);
  void SettleRecord(const RecordRef& record, Fate fate);
  /// Names one of the operations that the record stands for; at most one such record a partition.
  [[nodiscard]] RecordRef PartOf(const RecordRef& record);
  /// How many of them are not over.
  [[nodiscard]] uint64_t parts_open(PartitionSlot slot) const {
    return partitions_[slot.value].parts;
  }
  /// Comes before Admit(), best some work before it: begins to load what that will look at.
  void Prepare(Proposal& proposal) const;
  [[nodiscard]] Admission Admit(const Proposal& proposal);
  void Appended(uint32_t batch, size_t batch_bytes);
  void Kept(OpIndex op, size_t document_bytes, bool open);

  // Time and sending.
  void Tick(int64_t now_us);
  /// Nothing is sent at or after that time, until another one is given.
  void SetLease(int64_t until_us) { lease_us_ = until_us; }
  [[nodiscard]] bool lease_over() const { return now_us_ >= lease_us_; }
  /// The next operation to append to a body, or kNoOp. Its document is not kept any longer.
  [[nodiscard]] OpIndex NextToAppend(uint32_t& batch);
  /// The next body to send now, if any.
  [[nodiscard]] bool NextToSend(uint32_t& batch);
  /// When Tick() is wanted at the latest; INT64_MAX: not at all.
  [[nodiscard]] int64_t deadline_us() const;

  // Answers.
  /// `body_sent`: whether any byte of the body had left.
  void Answer(uint32_t batch, const Verdict& request, std::span<const Verdict> items,
              bool body_sent, int64_t wall_ms);
  /// The record of the operation is terminal. What it had replaced has never been applied: that is
  /// done now, the newest first, until one is accepted (delivery contract, part 6).
  void DeadLettered(OpIndex op);
  /// Whether a record's bytes are still wanted; `token` as LookupToken() gave it.
  [[nodiscard]] bool Rereads(uint64_t token, OpIndex& op) const;
  /// The newest row's record before `offset` that the operation had replaced as well.
  [[nodiscard]] std::optional<RecordRef> ReplacedBefore(OpIndex op, Offset offset) const;
  /// The operation is this older one now; Kept() follows. Of `older` the record is not looked at.
  /// `fillable`: nothing but updates stands between it and the stored document.
  void TakeAgain(OpIndex op, const Proposal& older, bool fillable);
  /// The log no longer has it: it is passed over.
  void RecordGone(OpIndex op);
  /// What the newer version means: kConflictEqual or kConflictHigher.
  void Judged(OpIndex op, WriteResult result, int64_t wall_ms);
  /// Whether the judgement of `token` is still wanted.
  [[nodiscard]] bool Judging(uint64_t token, OpIndex& op) const;
  /// Whether a lookup's answer is still wanted; `token` as LookupToken() gave it.
  [[nodiscard]] bool LookedUp(uint64_t token, OpIndex& op) const;
  void LookupFailed(OpIndex op, const Verdict& verdict);
  [[nodiscard]] uint64_t LookupToken(OpIndex op) const;
  /// Whether open fields of an operation still wait to be stripped; `token` as LookupToken() gave
  /// it.
  [[nodiscard]] bool Strips(uint64_t token, OpIndex& op) const;

  /// Whether finished writes of the index are to be told by watched().
  void Watch(IndexSlot index, bool watch);
  /// Those that have finished; the caller takes them after each answer.
  [[nodiscard]] std::vector<WatchedWrite>& watched() { return watched_writes_; }

  /// What is to be done now; the caller takes them and carries them out in order.
  [[nodiscard]] std::vector<Command>& commands() { return commands_; }

  /// Whether records that follow each other may have this version, so that an equal one is no
  /// proof of being the same.
  [[nodiscard]] bool Shared(int64_t version) const {
    return settings_.version_mode == VersionMode::kHeader && RankIsFull(version);
  }

  [[nodiscard]] const Op& op(OpIndex index) const { return ops_[index]; }
  [[nodiscard]] const Trouble& trouble(OpIndex index) const { return troubles_[index]; }
  [[nodiscard]] size_t operations() const { return ops_.size() - free_.size(); }
  /// Nothing is on its way: what there is waits for windows to close.
  [[nodiscard]] bool idle() const { return operations() == remembered_; }
  /// Nothing of that partition is on its way or in doubt: its next owner need not expect anything.
  [[nodiscard]] bool clean(PartitionSlot slot) const;
  [[nodiscard]] uint32_t remembered() const { return remembered_; }
  /// How long until the last window closes, 0: none is open.
  [[nodiscard]] int64_t windows_left_us() const;
  [[nodiscard]] uint64_t held_bytes() const;
  [[nodiscard]] uint32_t held_operations() const { return held_operations_; }
  [[nodiscard]] FailureReason held_reason() const { return held_reason_; }
  [[nodiscard]] int64_t gate_us() const { return gate_us_; }
  [[nodiscard]] uint32_t failures() const { return failures_; }
  [[nodiscard]] PipelineStats& stats() { return stats_; }
  [[nodiscard]] const PipelineStats& stats() const { return stats_; }
  void PublishLevels();  ///< Brings the levels in stats() up to date.

  /// Appends, as numbers, all that further behaviour depends on: machines that give the same words
  /// behave alike, so that a test that explores what can happen knows where it has been. Times
  /// count from now. `names`: by OpIndex, what an operation is called in the words; its place in
  /// the table says nothing.
  ///
  /// Left out are counters, sizes of bodies and of kept documents (the caller compares those with a
  /// limit), and how often something has failed with the state of the dice: these only make a
  /// back-off longer, so the words suffice where it has one length (`backoff.longest_us` of 1 ms or
  /// less).
  void AppendState(std::vector<int64_t>& words, std::vector<uint32_t>& names) const;

 private:
  struct Partition {
    OffsetLedger ledger;
    uint32_t generation = 0;
    uint64_t parts = 0;             ///< Operations of the record that stands for several.
    int64_t window_us = INT64_MIN;  ///< Until then copies of the last owner's writes may be alive.
  };
  struct Batch {
    std::vector<OpIndex> ops;
    size_t bytes = 0;
    bool full = false;  ///< Sent because it had reached its size.
    bool used = false;
  };
  struct Timer {
    int64_t at_us;
    OpIndex op;
    bool operator>(const Timer& other) const { return at_us > other.at_us; }
  };

  OpIndex NewOp(const Proposal& proposal);
  void Absorb(Op& op, const RecordRef& record);
  void NotePart(OpIndex newer, const Proposal& part);
  void FreeOp(OpIndex op);
  void DropOp(OpIndex op);
  void ForgetDocument(Op& op);
  void EndHeld(Op& op);
  [[nodiscard]] bool Stale(const Op& op) const;
  [[nodiscard]] bool Holds(const Op& op, const Proposal& proposal) const;

  [[nodiscard]] bool MayBuild() const;
  uint32_t OpenBatch();
  void CloseBatch();
  void PlaceInBatch(OpIndex op);
  void Unblock(OpIndex op);
  OpIndex LeaveLane(OpIndex op);
  void Promote(OpIndex op);

  // index_machine_windows.cc
  void DoubtAll(uint32_t batch);
  [[nodiscard]] int64_t WindowClosesAt(uint32_t hash, PartitionSlot slot) const;
  void AwaitWindow(OpIndex op);
  void MarkDeletes(uint32_t batch);
  void RideInWindow(OpIndex op, PartitionSlot partition);
  void Remember(OpIndex op, WriteResult result, int64_t wall_ms);
  void SendAgain(OpIndex op);
  void GiveWay(OpIndex op, uint32_t batch, uint32_t ordinal);
  void CountDone(const Op& op, WriteResult result, int64_t wall_ms);

  void Finish(OpIndex op, WriteResult result, int64_t wall_ms);
  void SettleAll(const Op& op, Fate own);
  void TakePredecessor(OpIndex op);
  void NoteDelete(OpIndex newer, const Op& replaced, const Trouble& its);
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

  // index_machine_state.cc
  void AppendOp(OpIndex op, std::vector<int64_t>& words, const std::vector<uint32_t>& names) const;
  void AppendBodies(std::vector<int64_t>& words, const std::vector<uint32_t>& names) const;

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
  BodySize body_size_;
  int64_t last_send_us_ = INT64_MIN / 2;
  int64_t gate_us_ = 0;           // no request starts before
  int64_t lease_us_ = INT64_MAX;  // nor from then on
  uint32_t failures_ = 0;         // requests in a row

  uint64_t waiting_bytes_ = 0;
  uint64_t id_bytes_ = 0;
  uint64_t absorbed_ = 0;  // records in the `replaced` of all operations
  uint64_t batch_bytes_ = 0;
  DoubtWindows windows_;
  int64_t last_partition_window_us_ = INT64_MIN;
  uint32_t remembered_ = 0;

  std::vector<bool> watched_;  // by IndexSlot
  std::vector<WatchedWrite> watched_writes_;

  uint32_t held_operations_ = 0;
  FailureReason held_reason_ = FailureReason::kNone;
  std::vector<Command> commands_;
  PipelineStats stats_;
};

}  // namespace sluice
