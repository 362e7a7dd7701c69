#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/changelog_stats.h"
#include "core/model/outcome.h"
#include "core/model/record.h"
#include "core/operations/changelog/changelog_rows.h"
#include "core/operations/changelog/log_positions.h"
#include "core/operations/group/rejection_share.h"
#include "core/ports/changelog_observer.h"
#include "core/ports/clock.h"
#include "core/ports/dead_letters.h"
#include "core/ports/log_reader.h"
#include "core/ports/row_change_decoder.h"
#include "core/ports/row_sink.h"
#include "core/ports/waiter.h"

namespace sluice {

/// Everything a change log is joined to. References outlive it.
struct ChangelogPorts {
  LogReader& log;
  RowChangeDecoder& decoder;
  RowSink& sink;
  DeadLetters& dead_letters;
  Waiter& waiter;  ///< For the brokers' answer to a dead letter.
  Clock& clock;
  ChangelogObserver& observer;
};

/// Limits and periods of one change log.
struct ChangelogSettings {
  ChangelogSpec spec;
  size_t read_most = 1'000;                ///< Records of one turn.
  uint64_t keep_rows_most = 10'000;        ///< Rows that are not safe yet …
  int64_t keep_every_us = 1'000'000;       ///< … and how long.
  int64_t list_every_us = 30'000'000;      ///< How long a new topic or partition may stay unseen.
  int64_t letter_timeout_us = 60'000'000;  ///< How long a dead letter may take.
  int64_t rejected_max_ppm = 100'000;      ///< As PipelineSettings::rejected_max_ppm.
};

/// One run of a change log: reads change events where its sink stands, has their rows written, and
/// keeps positions with them (docs/CHANGELOG-ROWS.md). Whatever fails ends the run; the next one,
/// on a new sink and reader, goes on where the sink was kept last.
///
/// Threads:   one.
/// Ownership: ports and `stats` are borrowed; the stats go on over several runs.
/// Time:      a turn waits for records, and for sink and brokers as their ports say.
/// Errors:    as a failure: kHold: begin anew after a while; kHalt: going on could lose data.
class Changelog {
 public:
  Changelog(const ChangelogSettings& settings, const ChangelogPorts& ports, ChangelogStats& stats);

  /// Begins, turns until `stop` is requested, and keeps what is there. kDone: stopped, all is kept.
  [[nodiscard]] Failure Run(const std::stop_token& stop);

  // Its parts, for tests that own the clock.
  [[nodiscard]] Failure Begin();
  [[nodiscard]] Failure Turn(std::chrono::milliseconds longest);
  [[nodiscard]] Failure Keep();

 private:
  [[nodiscard]] Failure LookForPartitions();
  [[nodiscard]] Failure StartPartition(const LogPartition& partition);
  [[nodiscard]] Failure Take(const OwnedRecord& record);
  void PassEnds();
  [[nodiscard]] Failure Tell(const OwnedRecord& record, LogPosition& position);
  [[nodiscard]] const std::string& WordOf(std::string_view source);
  [[nodiscard]] Failure Refuse(const OwnedRecord& record, RejectReason reason,
                               std::string_view column);
  [[nodiscard]] Failure AwaitLetter(const OwnedRecord& record, const DeadLetter& letter);
  void Settle(ChangelogFate fate) { ++stats_.records[static_cast<size_t>(fate)]; }
  void CountLag();

  const ChangelogSettings settings_;
  const std::vector<std::string> wanted_;
  ChangelogPorts ports_;
  ChangelogStats& stats_;
  RejectionShare rejections_;

  LogPositions positions_;
  LogPositions kept_;
  std::set<TopicPartition> started_;
  std::string source_;
  std::string source_word_;  ///< Of `source_`.
  std::vector<OwnedRecord> records_;
  std::vector<ChangelogRow> rows_;
  uint64_t rows_open_ = 0;  ///< Appended, and not kept.
  RowSinkCounts counted_;   ///< Of the sink, that are in the stats.
  uint64_t letter_ = 0;
  int64_t list_us_ = 0;  ///< When to look for partitions again.
  int64_t keep_us_ = 0;  ///< When to keep again.
};

}  // namespace sluice
