#include "core/operations/source/start_decision.h"

#include <algorithm>
#include <utility>

#include "core/model/lsn_text.h"

namespace sluice {
namespace {

using Kind = StartDecision::Kind;

/// Why the record cannot be gone on from; empty: it can.
std::string Obstacle(const SourcePosition& recorded, const SourceFacts& facts) {
  const std::string flushed = LsnText(recorded.flushed);
  if (recorded.system_id != facts.system_id) {
    return "this is another database cluster: system identifier " + facts.system_id +
           ", recorded was " + recorded.system_id;
  }
  if (recorded.database != facts.database) {
    return "this is database " + facts.database + ", recorded was " + recorded.database;
  }
  if (recorded.timeline != facts.timeline &&
      (!facts.recorded_timeline_end || recorded.flushed > *facts.recorded_timeline_end)) {
    return "the server is on timeline " + std::to_string(facts.timeline) +
           ", and what was captured up to " + flushed + " was on timeline " +
           std::to_string(recorded.timeline) + ", which is not its past";
  }
  if (recorded.flushed > facts.wal_end) {
    return "the server's log ends at " + LsnText(facts.wal_end) + ", before " + flushed +
           " that was captured already: it was restored to an earlier time";
  }
  if (!facts.slot_exists) {
    return "replication slot " + facts.slot + " does not exist any more; captured was up to " +
           flushed + ", and later changes may be gone";
  }
  if (facts.slot_lost) {
    return "replication slot " + facts.slot +
           " is lost: the server has removed log that it needed (wal_status lost)";
  }
  if (facts.slot_flushed > recorded.flushed) {
    return "replication slot " + facts.slot + " stands at " + LsnText(facts.slot_flushed) +
           ", ahead of " + flushed + " that was captured: somebody else has moved or re-created it";
  }
  return "";
}

StartDecision Halt(const std::string& obstacle, const SourceFacts& facts) {
  // A slot that is lost is in the way of a new one of its name; it is never dropped by itself.
  const std::string drop =
      facts.slot_lost ? "run SELECT pg_drop_replication_slot('" + facts.slot + "') and " : "";
  StartDecision decision;
  decision.kind = Kind::kHalt;
  decision.failure = {
      {Disposition::kHalt, FailureReason::kLogTruncated, WriteResult::kCreated},
      "position_mismatch",
      obstacle + "; changes would be missing in silence. To read all rows anew: " + drop +
          "set snapshot.mode to when_needed, or slot.name to a name other than " + facts.slot +
          " (a new slot starts with a snapshot); then `sluice verify --repair` removes the "
          "documents of rows that were deleted meanwhile"};
  return decision;
}

}  // namespace

StartDecision DecideStart(const std::optional<SourcePosition>& recorded, const SourceFacts& facts,
                          SnapshotMode mode) {
  StartDecision decision;
  const bool reads = mode != SnapshotMode::kNoData;
  if (!recorded) {
    decision.from = facts.slot_flushed;
    if (!facts.slot_exists) {
      decision.kind = reads ? Kind::kCreateAndRead : Kind::kCreateSlot;
      return decision;
    }
    if (facts.slot_lost) {
      return Halt("replication slot " + facts.slot + " is lost (wal_status lost)", facts);
    }
    decision.kind = reads ? Kind::kReadBeside : Kind::kStream;
    // As where another source, Debezium above all, has read it until now.
    decision.remark = "slot " + facts.slot + " exists and no position is recorded for it: " +
                      (reads ? "the rows that exist are read, and changes from "
                             : "no rows are read (snapshot.mode: no_data), and changes from ") +
                      LsnText(facts.slot_flushed) + " on";
    return decision;
  }
  const std::string obstacle = Obstacle(*recorded, facts);
  if (!obstacle.empty()) {
    const bool usable_slot = facts.slot_exists && !facts.slot_lost;
    if (mode != SnapshotMode::kWhenNeeded || (facts.slot_exists && facts.slot_lost)) {
      return Halt(obstacle, facts);
    }
    decision.kind = usable_slot ? Kind::kReadBeside : Kind::kCreateAndRead;
    decision.from = facts.slot_flushed;
    decision.remark = obstacle +
                      "; all rows are read anew (snapshot.mode: when_needed); then `sluice "
                      "verify --repair` removes the documents of rows that were deleted "
                      "meanwhile";
    return decision;
  }
  decision.from = recorded->flushed;
  const bool unfinished = recorded->snapshot == SourcePosition::Snapshot::kRunning;
  // A snapshot that is the only thing wanted ends; what is read while streaming does not.
  if (unfinished && ReadsRestWhileStreaming(facts.reads_while_streaming, mode)) {
    decision.kind = Kind::kResume;
    decision.remark =
        "the last snapshot was not finished: the tables that are left are read while streaming";
  } else if (reads && (unfinished || mode == SnapshotMode::kAlways)) {
    decision.kind = Kind::kReadBeside;
    if (unfinished) decision.remark = "the last snapshot was not finished: it is read anew";
  } else if (mode == SnapshotMode::kInitialOnly) {
    decision.kind = Kind::kNothing;
    decision.remark = "the snapshot was taken already (snapshot.mode: initial_only)";
  } else {
    decision.kind = Kind::kStream;
  }
  return decision;
}

bool ReadsRestWhileStreaming(bool reads_while_streaming, SnapshotMode mode) {
  return reads_while_streaming &&
         (mode == SnapshotMode::kInitial || mode == SnapshotMode::kWhenNeeded);
}

int64_t NextEpoch(int64_t epoch_max, int64_t wall_s) {
  return std::max(epoch_max + 1, wall_s);
}

}  // namespace sluice
