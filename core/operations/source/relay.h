#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/model/capture_stats.h"
#include "core/model/source_position.h"
#include "core/operations/change_version.h"
#include "core/operations/source/change_writer.h"
#include "core/operations/source/incremental_snapshot.h"
#include "core/operations/source/plan_records.h"
#include "core/operations/source/stream_names.h"
#include "core/operations/source/transaction_ledger.h"
#include "core/ports/capture_observer.h"
#include "core/ports/change_source.h"
#include "core/ports/chunk_reader.h"
#include "core/ports/clock.h"
#include "core/ports/event_encoder.h"
#include "core/ports/event_publisher.h"
#include "core/ports/position_store.h"
#include "core/ports/signal_decoder.h"
#include "core/ports/waiter.h"

namespace sluice {

/// What a relay writes, and its limits and periods.
struct RelaySettings {
  uint64_t version_bias = 0;  ///< Added to each commit's LSN in a version.
  bool tombstones_on_delete = true;
  std::array<bool, kCountedChanges> skipped{};  ///< By CountedChange: not captured.

  std::string transaction_stream;  ///< Empty: transactions are not told.
  std::string message_stream;      ///< Empty: messages are not captured.
  std::string heartbeat_stream;
  /// `schema.table` into which signals are inserted: id, type, data; empty: none.
  std::string signal_table;
  std::string signal_prefix;     ///< Of logical messages that are signals to this source.
  std::string watermark_prefix;  ///< Of logical messages that its chunk reader writes.
  /// Logical messages whose prefix begins so are other sources' signals and watermarks; they are
  /// passed over. Empty: there are none.
  std::string reserved_prefix;
  int64_t heartbeat_interval_us = 0;  ///< 0: no heartbeats.

  int64_t position_interval_us = 1'000'000;  ///< Between two records of the position.
  int64_t stop_timeout_us = 30'000'000;      ///< Draining after a request to stop.
  uint32_t changes_per_turn = 1'000;
  /// Ends when the log was relayed up to there and nothing is left to be read while streaming.
  std::optional<Lsn> stop_at;
};

/// Everything a relay is joined to. References outlive it.
struct RelayPorts {
  ChangeSource& source;
  EventEncoder& encoder;
  EventPublisher& publisher;
  PositionStore& positions;
  ChunkReader& chunks;
  SignalDecoder& signals;
  Waiter& waiter;
  Clock& clock;
  CaptureObserver& observer;
};

enum class RelayEnd : uint8_t {
  kStopped,   ///< Asked to stop, or at the wanted end: what was published is acknowledged.
  kTimedOut,  ///< Asked to stop; what was not acknowledged in time will be sent again.
  kFailed,    ///< `failure()` says what to do. Nothing not acknowledged was passed over.
};

/// One reactor: reads committed changes, publishes their records, and tells the database what it
/// may forget: never past a transaction with a record that is not acknowledged (I9).
///
/// Threads:   Run() or Turn() on one thread.
/// Ownership: ports and names are borrowed for the relay's lifetime.
/// Time:      a turn never blocks except in the waiter.
/// Errors:    any failure ends the relay; what was not acknowledged is read again by the next.
class Relay {
 public:
  /// `start` is the position that was recorded for this run, with its epoch.
  Relay(RelaySettings settings, ChangeWriterSettings writer, const StreamNames& names,
        const SourcePosition& start, const RelayPorts& ports);

  RelayEnd Run(const std::stop_token& stop);

  /// One turn without waiting, for tests that own the clock. True when anything happened.
  bool Turn();
  void Stop();
  [[nodiscard]] bool ended() const { return phase_ == Phase::kEnded; }
  [[nodiscard]] RelayEnd end() const { return end_; }
  [[nodiscard]] const Failure& failure() const { return failure_; }
  [[nodiscard]] const CaptureStats& stats() const { return stats_; }

 private:
  enum class Phase : uint8_t { kRunning, kDraining, kRecording, kEnded };
  /// One record that the current change still has to become.
  struct Step {
    enum class Kind : uint8_t { kTransactionBegin, kRecord, kMessage, kTransactionEnd, kChunkRow };
    Kind kind = Kind::kRecord;
    RecordPlan plan;
    int64_t version = 0;
    std::optional<ChangeContext::Place> place;         ///< Of kRecord and kMessage.
    size_t row = 0;                                    ///< kChunkRow: which.
    bool placed = false;                               ///< A truncate whose partition is known.
    std::optional<uint32_t> partition = std::nullopt;  ///< Where it is to stand; none: by its key.
  };

  bool PollPublisher();
  bool PollPositions();
  bool PollChunks();
  bool TakeChanges();
  void BeginChange();
  void BeginTransaction();
  void BeginRow(CountedChange counted);
  void BeginMessage();
  void BeginChunkRows();
  void OnSignal(const Result<SnapshotSignal>& signal);
  void OnSignalRow();
  void TellNotes();
  [[nodiscard]] int64_t VersionOf(const RecordPlan& plan);
  /// Hands over the records of the current change; false while the publisher is full.
  bool EmitSteps();
  [[nodiscard]] bool PlaceTruncate();
  bool Emit(const Step& step);
  bool EmitTransaction(const Step& step);
  bool EmitMessage();
  bool EmitChunkRow(const Step& step);
  void EndChange();
  std::optional<ChangeContext::Place> CountInTransaction(const Table* table);
  void EndTransaction();
  void Heartbeat();
  void RecordPosition();
  /// Where the wanted end was reached and nothing is left to be read beside the stream.
  void StopAtEnd();
  void AdvanceStop();
  void Fail(Failure failure);
  void End(RelayEnd end);
  void Observe(bool now);

  const RelaySettings settings_;
  const RelayPorts ports_;
  ChangeWriter writer_;
  TransactionLedger ledger_;
  RankCounter ranks_;
  CaptureStats stats_;
  SourcePosition position_;  ///< As recorded last, or being recorded.
  IncrementalSnapshot incremental_;
  /// What was read beside the stream when the log was safe up to here.
  struct Milestone {
    Lsn safe;
    IncrementalProgress progress;
  };
  std::deque<Milestone> milestones_;

  Phase phase_ = Phase::kRunning;
  RelayEnd end_ = RelayEnd::kStopped;
  Failure failure_;
  int64_t now_us_ = 0;
  int64_t deadline_us_ = 0;

  SourceChange change_;
  bool open_change_ = false;  ///< `change_` has steps left.
  std::vector<Step> steps_;
  size_t next_step_ = 0;

  bool in_transaction_ = false;
  bool transaction_told_ = false;  ///< Its BEGIN record was written.
  uint64_t token_ = 0;
  Lsn commit_;  ///< Of the open transaction.
  ChangeContext context_;
  std::vector<TableCount> counts_;  ///< Rows of the open transaction, by table.
  uint64_t total_order_ = 0;

  std::optional<StreamSlot> transaction_slot_;
  std::optional<StreamSlot> message_slot_;
  std::optional<StreamSlot> heartbeat_slot_;
  int64_t next_heartbeat_us_ = 0;
  int64_t next_record_us_ = 0;
  bool recording_ = false;
  int64_t next_observe_us_ = 0;
  int64_t acknowledged_us_ = 0;  ///< Last, or when nothing waited for it.
  std::vector<PublishAck> acks_;
};

}  // namespace sluice
