#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/incremental_progress.h"
#include "core/model/source_change.h"
#include "core/operations/source/chunk_window.h"
#include "core/operations/source/seen_transactions.h"
#include "core/ports/chunk_reader.h"

namespace sluice {

/// Reads the rows of tables while their changes are streamed, a chunk at a time, each between a low
/// and a high watermark in the stream. What the changes between the watermarks leave of it (see
/// ChunkWindow) is told at the high watermark, so that it stands behind every change it contains
/// and before every one it does not (delivery contract, part 7).
///
/// Pure: events in, requests and rows out.
///
/// Threads:   one.
/// Ownership: rows() are valid until EndRows().
/// Time:      never blocks. While waits_for_answer(), the stream must not go on.
/// Errors:    rows that somebody asked for and that cannot be read are left out; what is left of
///            the first snapshot is tried until it can be read. TakeNotes() tells of both.
class IncrementalSnapshot {
 public:
  /// Whether a signal's pattern means the table of that name (ChunkReader::Means).
  using Means = std::function<bool(const std::string& pattern, const std::string& name)>;

  /// Goes on from `start`; `epoch` tells this run's watermarks from those of earlier ones.
  IncrementalSnapshot(IncrementalProgress start, int64_t epoch)
      : progress_(std::move(start)), epoch_(epoch) {}

  /// What was asked for and is not done.
  [[nodiscard]] const IncrementalProgress& progress() const { return progress_; }
  [[nodiscard]] bool active() const { return !progress_.empty(); }
  /// Whether progress() has changed since this was last called.
  [[nodiscard]] bool TakeChanged() { return std::exchange(changed_, false); }
  /// What is to be written to the log, once each.
  [[nodiscard]] std::vector<IncrementalNote> TakeNotes() { return std::exchange(notes_, {}); }

  // What the stream tells, in its order.
  void OnSignal(const SnapshotSignal& signal, const Means& means);
  void OnTransaction(uint32_t transaction) {
    if (reads()) seen_.Add(transaction);
  }
  /// True: a high watermark; rows() are to be told now, then EndRows().
  [[nodiscard]] bool OnWatermark(std::string_view content, int64_t now_us);
  /// Needed only between watermarks.
  void OnChange(const SourceChange& change);
  [[nodiscard]] bool between_watermarks() const { return window_ == Window::kOpen; }
  [[nodiscard]] bool waits_for_answer() const;

  // The rows of the chunk that no change has touched.
  [[nodiscard]] const Table& table() const { return *answer_->table; }
  [[nodiscard]] size_t row_count() const { return rows_.size(); }
  [[nodiscard]] Row row(size_t number) const { return rows_[number]; }
  void EndRows();

  // What the database is asked beside the stream.
  [[nodiscard]] std::optional<ChunkRequest> NextRequest(int64_t now_us);
  void OnAnswer(ChunkAnswer answer, int64_t now_us);

  /// Chunks that were read again because they missed what was streamed.
  [[nodiscard]] uint64_t chunks_repeated() const { return repeated_; }
  /// Why nothing is read although something is asked for; empty: nothing is in the way.
  [[nodiscard]] const std::string& hold_reason() const { return hold_reason_; }
  /// Why a table of the first snapshot cannot be read, with the sentence; kDone: none is refused.
  [[nodiscard]] const Failure& refusal() const { return refusal_; }

 private:
  /// Where the stream is, in respect of the chunk that was asked for last.
  enum class Window : uint8_t {
    kNone,     ///< No chunk is asked for, or it was given up.
    kAwaited,  ///< Before the low watermark.
    kOpen,     ///< Between the watermarks.
    kTelling,  ///< At the high watermark.
  };

  void Remove(const SnapshotSignal& signal, const Means& means);
  void OnFound(ChunkAnswer answer);
  void OnRefused(const ChunkAnswer& answer, int64_t now_us);
  void Hold(const Failure& failure, int64_t now_us);
  /// Something is left that no signal has paused.
  [[nodiscard]] bool reads() const {
    return active() && (!progress_.paused || progress_.in_first_snapshot());
  }
  void DropFrontTable();
  void CloseWindow();
  void AdvanceProgress();
  void Note(IncrementalNote::Kind kind, std::string text);
  void NoteBegin();

  IncrementalProgress progress_;
  const int64_t epoch_;
  SeenTransactions seen_;
  Window window_ = Window::kNone;
  uint64_t number_ = 0;  ///< Of the chunk asked for last.
  ChunkRequest asked_;   ///< Last.
  bool busy_ = false;    ///< It has no answer yet.
  std::optional<ChunkAnswer> answer_;
  std::optional<ChunkWindow> changes_;  ///< What came between the watermarks.
  std::vector<Row> rows_;               ///< To be told.

  bool changed_ = false;
  std::vector<IncrementalNote> notes_;
  std::string begun_;        ///< The table that was told to begin; empty: none.
  uint64_t table_rows_ = 0;  ///< Of it.
  std::string hold_reason_;
  Failure refusal_;
  int refusals_ = 0;  ///< One after the other, of the front table.
  uint64_t repeated_ = 0;
  int64_t next_us_ = 0;  ///< Nothing is asked before.
};

}  // namespace sluice
