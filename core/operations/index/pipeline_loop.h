#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/operations/change_header.h"
#include "core/operations/document_id.h"
#include "core/operations/group/dead_letter_desk.h"
#include "core/operations/group/hold_book.h"
#include "core/operations/group/ownership_lease.h"
#include "core/operations/group/rejection_share.h"
#include "core/operations/index/control_desk.h"
#include "core/operations/index/divergence_desk.h"
#include "core/operations/index/index_machine.h"
#include "core/operations/index/pipeline.h"
#include "core/operations/index/told_versions.h"

namespace sluice {

/// The inside of a Pipeline: carries out what IndexMachine decides. One part a file:
/// pipeline_intake.cc (records → proposals), pipeline_header.cc (what the headers of our own source
/// say), pipeline_writes.cc (bodies, answers, lookups, dead letters), pipeline_partitions.cc
/// (assignments, commits), pipeline_truncate.cc (emptied tables), pipeline_control.cc (whose
/// history it is), pipeline_divergence.cc (ids whose stored document is not to be trusted),
/// pipeline.cc (the turn, stopping, holds).
class Pipeline::Loop {
 public:
  Loop(int worker, const PipelineSettings& settings, const PipelinePorts& ports);

  bool Turn();
  void Stop();
  void Wait();
  void Finish();  ///< Publishes the last counters.
  [[nodiscard]] bool ended() const { return phase_ == Phase::kEnded; }
  [[nodiscard]] PipelineEnd end() const { return end_; }
  [[nodiscard]] const PipelineStats& stats() const { return machine_.stats(); }

 private:
  enum class Phase : uint8_t { kRunning, kDraining, kCommitting, kClosing, kEnded };
  /// The places where something can be held, each with a sentence of its own.
  enum class HoldPlace : uint8_t {
    kSource,
    kPrepare,
    kRequests,
    kDocuments,
    kDeadLetters,
    kCommit,
    kLease,
    kWindows,
    kPredecessors,
    kControl,
    kDivergence,
    kUntold,
    kTruncate
  };
  static constexpr size_t kHoldPlaces = 13;
  /// How long after the deadline of a revocation its last commit is waited for.
  static constexpr int64_t kRevokeGraceUs = 1'000'000;

  /// The document kept for an operation that waits.
  struct Kept {
    std::string document;
    std::vector<OpenField> open;
    int64_t version = 0;  ///< Of the record that it is the state of.
  };

  /// Open fields that are stripped when it is safe to find that the id is divergent.
  struct Strip {
    uint64_t token = 0;
    int64_t version = 0;
    uint64_t ticket = 0;
  };

  /// Where the records of a partition go, and what their versions and keys must be like.
  struct Destination {
    IndexSlot index;
    uint16_t incarnation = 0;
    KeyEncoding key_encoding = kKeyUnknown;
  };

  /// A version conflict that is not judged yet.
  struct Conflict {
    uint64_t token = 0;
    TopicPartition stream;
    int64_t stored = 0;     ///< 0: the document is asked for.
    int64_t again_us = -1;  ///< When it is asked for again.
  };

  /// An emptied table whose documents are not all known to be deleted. Meanwhile nothing of it is
  /// read.
  struct Truncation {
    RecordRef record;
    IndexSlot index;
    int64_t version = 0;
    int64_t source_ms = 0;
    /// When no late copy of an older write can be alive; -1: what stands before it is not terminal.
    int64_t begins_us = -1;
  };
  enum class TruncateStep : uint8_t {
    kWaiting,   ///< For the records before it, and for late copies of their writes.
    kScanning,  ///< A page is asked for.
    kDeleting,  ///< What it held is being deleted.
  };

  struct PlannedWrite {
    Proposal proposal;
    std::string_view document;
  };

  // pipeline_intake.cc
  bool Intake();
  [[nodiscard]] bool ReadsOn() const { return phase_ == Phase::kRunning && !revoking_ && reading_; }
  [[nodiscard]] bool MayRead();
  void TakeRecord(const Record& record);
  void ProposeWrite(const Record& record, const RecordRef& ref);
  void AdmitDeferred();
  [[nodiscard]] int32_t StubPartition(WriteAction action, PartitionSlot slot) const;
  void Admit(const PlannedWrite& planned, const std::vector<OpenField>& open);
  void KeepDocument(OpIndex op, std::string_view document, const std::vector<OpenField>& open);
  [[nodiscard]] bool TooManyRefused(const DeadLetterDesk::Letter& letter);
  void Refuse(const Record& record, const RecordRef& ref, RejectReason reason, const char* stage);

  // pipeline_header.cc
  [[nodiscard]] bool TakeHeader(const Record& record, const RecordRef& ref);
  [[nodiscard]] bool TakeHeaderOfRefused(const Record& record, const RecordRef& ref);
  [[nodiscard]] bool IsOfNewestRun(const RecordRef& ref);
  [[nodiscard]] bool TakeUnchanged(std::optional<std::string_view> header);
  [[nodiscard]] int64_t VersionOf(PartitionSlot slot, Offset offset) const;
  void WatchUntold();

  // pipeline_truncate.cc
  void TakeTruncate(const Record& record, const RecordRef& ref);
  bool AdvanceTruncate();
  [[nodiscard]] bool BeginTruncate();
  bool TakeScanPage();
  void ForgetTruncates();
  void KeepEmptiedBack();
  void HaltTruncate(const Record& record, const std::string& why);
  void HaltStubField(const Record& record, std::string_view field);

  // pipeline_writes.cc
  bool PollIndex();
  bool Dispatch();
  void TakeAnswer(const BatchCompletion& completion);
  void TakeLookup(const LookupResult& result);
  void RunCommands();
  void RunCommand(const Command& command);
  void OpenLetter(const Command& command);
  bool PollDeadLetters();
  /// Letters that are not acknowledged, or whose ids are not safe to find as divergent.
  [[nodiscard]] size_t letters_open() const { return desk_.open() + unsafe_letters_.size(); }

  // pipeline_predecessors.cc
  bool PollRereads();
  void TakeReread(uint64_t token, OpIndex op, const ArchivedRecord& answer);
  [[nodiscard]] bool DecodeAgain(const RecordRef& ref, const OwnedRecord& from);
  void FillAgain(OpIndex op);
  void ReleaseDocument(Kept& kept);
  BatchHandle HandleOf(uint32_t batch);

  // pipeline_partitions.cc
  bool PollSource();
  void TakeAssignment(const SourceEvent& event);
  void TakePrepared(const PrepareResult& result);
  void StartWhenPrepared();
  void TakeFault(const Failure& failure, HoldPlace place);
  void AdvanceRevoke();
  void EndRevoke();
  [[nodiscard]] bool IsBound(PartitionSlot slot) const;
  [[nodiscard]] bool HasNews(PartitionSlot slot) const;
  [[nodiscard]] bool CommitWanted() const;
  [[nodiscard]] int64_t CommitDueUs() const;
  [[nodiscard]] bool ClosingCommitWanted() const;
  void StartCommit(bool closing);
  void EndCommit(bool accepted);

  // pipeline_lease.cc
  void NoticeGap();
  void EndLease();
  [[nodiscard]] int64_t RenewalUs() const;
  void ReportLease();

  // pipeline_control.cc
  bool PollControl();
  void TakeBinding(IndexSlot index);
  [[nodiscard]] bool KeySeen(PartitionSlot slot);
  [[nodiscard]] bool SnapshotExpected(const Record& record);
  [[nodiscard]] bool StartsCommitted();
  void TakeStream(const StreamFacts& stream);
  void Judge(OpIndex op, int64_t stored);
  void Rule(OpIndex op, int64_t stored, int64_t known, bool asked);
  void JudgeLookup(OpIndex op, const LookupResult& result);
  void AskAgain();
  void HaltForeign(OpIndex op, int64_t stored, int64_t known);
  [[nodiscard]] std::string VersionText(int64_t version) const;

  // pipeline_divergence.cc
  bool PollDivergence();
  void WatchDivergent(IndexSlot index);
  uint64_t NoteDivergence(IndexSlot index, std::string_view id, int64_t version,
                          const RecordRef& record, DivergenceReason reason,
                          std::vector<std::string> fields);
  [[nodiscard]] bool Bars(IndexSlot index, std::string_view id, int64_t older, int64_t newer) const;
  [[nodiscard]] bool MayFillFrom(OpIndex index, int64_t stored_version);
  [[nodiscard]] bool Supersedes(int64_t stored_version, OpIndex op) const;
  void DropOpenFields(OpIndex op);
  void StripOpenFields(OpIndex op);
  void TakeSafeStrips();
  void TakeWatched();
  void CountDivergent();

  // pipeline.cc
  void AdvanceStop();
  void ReportHeldOperations();
  void Hold(HoldPlace place, FailureReason reason, const std::string& sentence) {
    holds_.Begin(place, reason, sentence);
  }
  void EndHold(HoldPlace place) { holds_.End(place); }
  void Halt(FailureReason reason, const std::string& sentence);
  void Publish(bool force);
  void NoteProgress();

  const int worker_;
  const PipelineSettings settings_;
  const bool by_header_;  ///< Versions come from the records' headers.
  PipelinePorts ports_;
  IndexMachine machine_;
  RecordRereads rereads_;
  DeadLetterDesk desk_;
  RejectionShare rejections_;
  int64_t now_us_ = 0;

  Phase phase_ = Phase::kRunning;
  PipelineEnd end_ = PipelineEnd::kDrained;
  int64_t phase_deadline_us_ = 0;

  std::vector<Record> records_;
  ChangeEvent event_;
  DocumentIdBuilder ids_;
  /// A write is admitted when the next one was decoded: what that looks at is loaded meanwhile.
  std::optional<PlannedWrite> deferred_;
  ChangeHeader header_;  ///< Of the record decoded last, where it was read.
  std::vector<std::string> column_names_;
  std::vector<OpenField> open_;
  std::vector<OpenField> still_open_;
  std::string scratch_;
  std::string with_key_;
  int64_t full_since_us_ = -1;
  bool paused_ = false;

  std::vector<Kept> kept_;  // by OpIndex
  std::vector<std::string> spare_;
  size_t spare_bytes_ = 0;
  std::vector<BatchHandle> handles_;  // by the machine's batch number
  std::vector<bool> handle_open_;
  const Failure* request_failure_ = nullptr;  // of the answer being taken
  bool lookups_asked_ = false;
  std::vector<BatchCompletion> batches_;
  std::vector<LookupResult> lookups_;
  std::vector<PrepareResult> prepared_;
  std::vector<Command> running_;
  std::vector<DeadLetterDesk::Letter> letters_;
  std::vector<DeadLetterDesk::Letter> unsafe_letters_;  // acknowledged; see letters_open()
  /// An operation that is made anew of what it had replaced.
  struct Rebuild {
    RecordRef wanted;
    Proposal proposal;     ///< Of the newest, once that was read.
    bool filling = false;  ///< That has open fields; an older one is read for their values.
  };
  std::unordered_map<uint64_t, Rebuild> rebuilds_;  // by the operation's token
  std::deque<uint64_t> to_reread_;                  // of these, for which nothing is asked yet
  std::vector<ArchivedRecord> reread_;

  std::deque<Truncation> truncations_;                   // in the order in which they were read
  TruncateStep truncate_step_ = TruncateStep::kWaiting;  // of the first
  bool scan_over_ = false;

  std::vector<Destination> destinations_;  // by PartitionSlot
  std::vector<ToldVersions> told_;         // by PartitionSlot
  int64_t untold_since_us_ = -1;           // a version that is met stays untold since then
  std::vector<bool> index_ready_;          // by IndexSlot
  std::vector<bool> index_bound_;          // the control record was read since the last assignment
  std::vector<std::string> stream_of_;     // by IndexSlot; empty: checked since its assignment
  ControlDesk control_;
  std::vector<ControlDesk::News> control_news_;
  std::vector<Conflict> conflicts_;
  DivergenceDesk divergence_;
  std::vector<DivergenceDesk::News> divergence_news_;
  std::vector<Strip> strips_;
  std::vector<PartitionSlot> assigned_;
  // The last position that the group holds, by PartitionSlot; -1: none.
  std::vector<CommitPosition> accepted_;
  bool awaiting_start_ = false;
  bool reading_ = false;
  bool revoking_ = false;
  std::vector<PartitionSlot> revoked_;
  int64_t revoke_deadline_us_ = 0;
  std::vector<RecordSource::Position> committing_;
  bool commit_in_flight_ = false;
  int64_t last_commit_us_ = 0;
  int64_t commit_not_before_us_ = 0;  // after a failure, where a commit does not wait its turn
  bool closing_note_tried_ = false;   // of the partitions that are being given up
  OwnershipLease lease_;

  HoldBook<HoldPlace, kHoldPlaces> holds_;
  int64_t last_publish_us_ = 0;
  uint64_t settled_seen_ = 0;
};

}  // namespace sluice
