#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/elasticsearch/document_writer.h"
#include "adapters/kafka/dead_letter_record.h"
#include "core/model/divergence.h"
#include "core/model/record.h"
#include "core/model/result.h"
#include "core/operations/index/control_decision.h"
#include "core/ports/document_merger.h"
#include "service/inspect/write_planner.h"

namespace sluice::letters {

/// What is there on both sides of a replay.
///
/// Threads:   one call at a time.
/// Ownership: answers are values; records are shown for the call.
/// Time:      each call waits for brokers or search cluster.
/// Errors:    in the results; they end the replay.
class ReplaySides {
 public:
  virtual ~ReplaySides() = default;

  /// An index's recorded history beside what is there.
  struct History {
    std::optional<ControlRecord> recorded;
    ControlSight seen;
  };
  /// None: nothing is written to that index now, and no record tells of it.
  [[nodiscard]] virtual Result<std::optional<History>> Look(const std::string& index) = 0;
  /// Shows the records of a partition from `from` on that are there now.
  [[nodiscard]] virtual Status Scan(const TopicPartition& stream, Offset from,
                                    const std::function<void(const OwnedRecord&)>& take) = 0;
  /// The stored document as it is this moment.
  [[nodiscard]] virtual Result<LookupResult> Get(const std::string& index,
                                                 const std::string& id) = 0;
  [[nodiscard]] virtual Result<std::optional<Divergence>> Divergent(const std::string& index,
                                                                    const std::string& id) = 0;
  [[nodiscard]] virtual elasticsearch::WriteAnswer Write(const std::string& stream,
                                                         const DocumentWrite& write) = 0;
  /// The id is not divergent for a reason up to that version any more.
  [[nodiscard]] virtual Status Heal(const std::string& index, const std::string& id,
                                    int64_t version) = 0;
  /// Waits until no copy of a request can be alive any more.
  virtual void AwaitWindow() = 0;
};

/// What became of one letter.
struct ReplayOutcome {
  enum class Result : uint8_t {
    kWritten,
    kWouldTry,    ///< In a dry run, which writes nothing.
    kSuperseded,  ///< The index, or the log, has something newer of its id.
    kThere,       ///< This very version was written before.
    kRefused,     ///< Refused once more.
    kLeft,        ///< It must not be written; `why` says what to do instead.
    kUnknown,     ///< It was tried, and nobody said what became of it.
  };
  kafka::StoredLetter letter;  ///< Without key and value.
  Result result = Result::kLeft;
  std::string why;  ///< Empty where the result says it all.
};

/// "written", "would try", "superseded", "there", "refused", "left", "unknown"
[[nodiscard]] const char* ReplayResultName(ReplayOutcome::Result result);

/// Applies dead letters after what refused them was mended: each with the version that it always
/// had, so that it takes no place that something newer has (delivery contract, part 6).
///
/// Three things keep an old event from overtaking a newer one. The version: where the index holds
/// the document, a newer one refuses the letter. The log: a letter of an id of which it holds a
/// newer record that was accepted is superseded, also where that was a delete which the index has
/// forgotten, or a truncate that is applied; where truncates are not applied, or the log may have
/// lost such a record and the index has no document, the letter is left. Records of a run of our
/// own source that a newer one had followed count for nothing there, as `sluice index` has passed
/// over them. And a second look at the log behind the writes: a delete that came meanwhile is sent
/// once more with its own version.
class Replayer {
 public:
  struct Options {
    bool dry_run = false;
  };
  /// `told`: each outcome as it is known.
  Replayer(ReplaySides& sides, inspect::WritePlanner& planner, DocumentMerger& merger,
           Options options, std::function<void(const ReplayOutcome&)> told)
      : sides_(sides),
        planner_(planner),
        merger_(merger),
        options_(options),
        told_(std::move(told)) {}

  /// `chosen`: what is to be replayed; `refused`: the places of all letters there are, whose
  /// records are in no index.
  [[nodiscard]] Status Run(std::vector<kafka::StoredLetter> chosen,
                           const std::set<std::pair<TopicPartition, int64_t>>& refused);

 private:
  using Result = ReplayOutcome::Result;
  struct Work {
    kafka::StoredLetter letter;
    inspect::PlannedWrite plan;
    const ReplaySides::History* history = nullptr;
  };
  /// An id in a partition, and what the log says of it.
  struct Row {
    std::vector<Work> letters;  ///< The newest first.
    int64_t newest = -1;        ///< Offset of its newest record that is no letter; -1: none seen.
    bool newest_deletes = false;
    int64_t newest_version = 0;
    bool written = false;  ///< A letter of it is in the index, or may be.
    int64_t written_offset = -1;
  };
  struct Stream {
    std::map<std::pair<std::string, std::string>, Row> rows;  ///< By index and id.
    int64_t first = INT64_MAX;                                ///< Offset of the oldest letter.
    int64_t next = 0;        ///< Where the log ended when it was looked at.
    bool complete = true;    ///< It held every record behind that letter.
    int64_t truncated = -1;  ///< Offset of the newest truncate; -1: none seen.
    uint16_t incarnation = 0;
    int64_t epoch = 0;  ///< The newest run of the source that was met, in header mode.
  };

  void Tell(kafka::StoredLetter letter, Result result, std::string why = {});
  [[nodiscard]] Status Sort(kafka::StoredLetter letter);
  /// Null: none is known.
  [[nodiscard]] sluice::Result<const ReplaySides::History*> HistoryOf(const std::string& index);
  [[nodiscard]] Status Look(const TopicPartition& name, Stream& stream, Offset from);
  void TakeSeen(Stream& stream, const OwnedRecord& record);
  [[nodiscard]] Status ReplayRow(const Stream& stream, Row& row);
  /// Whether the letter's document is whole now; else why not.
  [[nodiscard]] sluice::Result<std::string> Fill(const Stream& stream, Work& work);
  [[nodiscard]] Status WriteLetter(Row& row, Work& work, Result& result);
  [[nodiscard]] Status SendDeletesAgain();

  ReplaySides& sides_;
  inspect::WritePlanner& planner_;
  DocumentMerger& merger_;
  const Options options_;
  const std::function<void(const ReplayOutcome&)> told_;
  std::map<std::string, std::optional<ReplaySides::History>> histories_;
  std::map<TopicPartition, Stream> streams_;
  std::set<std::pair<TopicPartition, int64_t>> refused_;
  bool doubted_ = false;
};

/// Why a letter must not be written to an index with that history; empty: it may. Pure.
[[nodiscard]] std::string RefusalOf(const kafka::StoredLetter& letter,
                                    const inspect::PlannedWrite& plan,
                                    const ReplaySides::History& history);

}  // namespace sluice::letters
