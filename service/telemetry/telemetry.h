#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ports/capture_observer.h"
#include "core/ports/changelog_observer.h"
#include "core/ports/clock.h"
#include "core/ports/observer.h"
#include "service/telemetry/capture_totals.h"
#include "service/telemetry/health.h"
#include "service/telemetry/log.h"
#include "service/telemetry/snapshot.h"

namespace sluice::telemetry {

/// Counts and prints what the pipelines and the source say happened.
///
/// Threads:   each worker calls for itself; Take() from any thread.
/// Ownership: log and clock are borrowed for the lifetime.
/// Time:      copies under a mutex of its own per worker; the log may block on standard error.
/// Errors:    none.
class Telemetry : public Observer, public CaptureObserver, public ChangelogObserver {
 public:
  struct Settings {
    std::string version;
    int workers = 1;                ///< 0: nothing that reads topics runs here.
    bool captures = false;          ///< Whether the capture half does.
    int64_t queue_limit_bytes = 0;  ///< Of one worker.
    HealthLimits health = {};
    std::string dead_letters_topic = {};
    bool outbox_updates_are_errors = false;
    std::vector<std::string> changelogs = {};  ///< The sinks of the change log that runs here.
  };

  Telemetry(const Settings& settings, Log& log, const Clock& clock);

  void OnStats(int worker, const PipelineStats& stats) override;
  void OnAssigned(int worker, const TopicPartition& partition, Offset start,
                  bool committed) override;
  void OnRevoked(int worker, const TopicPartition& partition, bool lost) override;
  void OnPlace(int worker, GroupPlace place, const std::string& sentence) override;
  void OnIndexReady(int worker, const std::string& index) override;
  void OnControl(int worker, const std::string& index, const std::string& sentence) override;
  void OnRejected(int worker, const RejectedRecord& record) override;
  void OnHold(int worker, FailureReason reason, const std::string& sentence) override;
  void OnHoldOver(int worker, FailureReason reason) override;
  void OnHalt(int worker, FailureReason reason, const std::string& sentence) override;
  void OnDestination(int worker, const std::string& destination, FailureReason reason,
                     const std::string& sentence) override;

  void OnCaptureStats(const CaptureStats& stats) override;
  void OnSourceWatch(const SourceWatch& watch) override;
  void OnRemark(const std::string& text) override;
  void OnSkippedTruncate(const std::string& table) override;
  void OnIncremental(const IncrementalNote& note) override;
  /// A run of the source failed, and why. Stays until OnCaptureStats() tells that one goes on.
  void NoteCaptureHold(FailureReason reason, const std::string& sentence);
  void NoteCaptureHalt(FailureReason reason, const std::string& sentence);

  void OnChangelogStats(const ChangelogStats& stats) override;
  void OnChangelogRefused(const std::string& sink, const TopicPartition& stream, Offset offset,
                          RejectReason reason, std::string_view column) override;
  void OnChangelogTruncate(const std::string& sink, const TopicPartition& stream) override;
  void NoteChangelogHalt(const std::string& sink, FailureReason reason,
                         const std::string& sentence);

  /// From now on readiness says that the process is stopping.
  void NoteStopping() { stopping_ = true; }

  [[nodiscard]] Snapshot Take() const;
  [[nodiscard]] Health TakeHealth() const;
  /// The sentence of the first halt; empty when there was none.
  [[nodiscard]] std::string HaltSentence() const;

 private:
  struct Worker {
    mutable std::mutex mutex;
    PipelineStats stats;                        // guarded by mutex
    std::vector<FailureReason> holds;           // guarded by mutex
    FailureReason halt = FailureReason::kNone;  // guarded by mutex
    std::string halt_sentence;                  // guarded by mutex
  };

  Worker& At(int worker) { return workers_[static_cast<size_t>(worker)]; }
  /// What the source says of itself, with what is said of it.
  struct Capture {
    mutable std::mutex mutex;
    CaptureTotals totals;                                 // guarded by mutex
    std::set<std::pair<ColumnName, Alteration>> altered;  // guarded by mutex; told already
    /// By table. Guarded by mutex; told already.
    std::map<std::pair<std::string, OutboxFate>, uint64_t> events;
    SourceWatch watch;                          // guarded by mutex
    FailureReason hold = FailureReason::kNone;  // guarded by mutex
    std::string hold_sentence;                  // guarded by mutex
    FailureReason halt = FailureReason::kNone;  // guarded by mutex
    std::string halt_sentence;                  // guarded by mutex
  };

  /// What change logs say of themselves, with what is said of them.
  struct Changelogs {
    struct One {
      ChangelogStats stats;
      FailureReason halt = FailureReason::kNone;
    };
    One& At(const std::string& sink);

    mutable std::mutex mutex;
    std::vector<One> all;  // guarded by mutex
  };

  [[nodiscard]] std::vector<ChangelogStats> CopyChangelogs() const;
  void TakeChangelogs(Snapshot& snapshot) const;
  void TellOutbox(const TableStats& table);
  void TellAltered(const AlteredValues& values);
  [[nodiscard]] std::vector<PipelineStats> CopyStats() const;
  [[nodiscard]] std::optional<CaptureStats> CopyCapture() const;
  [[nodiscard]] Health Judge(const std::vector<PipelineStats>& workers,
                             const std::optional<CaptureStats>& capture, int64_t now_us) const;

  const Settings settings_;
  Log& log_;
  const Clock& clock_;
  const int64_t started_us_;
  std::atomic<bool> stopping_ = false;
  std::deque<Worker> workers_;  // fixed after construction
  Capture capture_;
  Changelogs changelogs_;
};

}  // namespace sluice::telemetry
