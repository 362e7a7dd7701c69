// Divergent ids: rows that are written without a value that nobody had, and ids with a dead letter
// (delivery contract, parts 5 and 6). What made an id divergent is stored before anything follows
// from it: before the row is sent, and before the refused record is terminal.
#include <algorithm>
#include <utility>

#include "core/operations/index/pipeline_loop.h"

namespace sluice {
namespace {

/// So many names of fields are kept for people; the id counts, not they.
constexpr size_t kFieldsMax = 100;

bool IsWritten(WriteResult result) {
  switch (result) {
    case WriteResult::kCreated:
    case WriteResult::kUpdated:
    case WriteResult::kDeleted:
    case WriteResult::kNotFound: return true;
    case WriteResult::kConflictEqual:
    case WriteResult::kConflictHigher:
    case WriteResult::kConflictUnknown: break;
  }
  return false;
}

}  // namespace

bool Pipeline::Loop::PollDivergence() {
  const size_t open = divergence_.open();
  divergence_news_.clear();
  const bool any = divergence_.Poll(now_us_, divergence_news_);
  if (divergence_.open() < open) EndHold(HoldPlace::kDivergence);
  for (const DivergenceDesk::News& news : divergence_news_) {
    const std::string& name = ports_.index.IndexName(news.index);
    switch (news.kind) {
      case DivergenceDesk::News::Kind::kLoaded:
        EndHold(HoldPlace::kDivergence);
        WatchDivergent(news.index);
        // Asked for before the last assignment: its own question follows the control record.
        if (!index_bound_[news.index.value]) break;
        if (!index_ready_[news.index.value]) ports_.observer.OnIndexReady(worker_, name);
        index_ready_[news.index.value] = true;
        break;
      case DivergenceDesk::News::Kind::kHeld:
        Hold(HoldPlace::kDivergence, news.failure.verdict.reason,
             "the divergent ids of index " + name +
                 " are not reached and are tried again: " + news.failure.detail);
        break;
      case DivergenceDesk::News::Kind::kHalted:
        Halt(news.failure.verdict.reason, news.failure.detail);
        break;
    }
  }
  if (awaiting_start_) StartWhenPrepared();
  TakeSafeStrips();
  return any;
}

void Pipeline::Loop::WatchDivergent(IndexSlot index) {
  machine_.Watch(index, divergence_.any(index));
}

/// Notes why the id of that record is divergent from now on; the ticket says when that is safe.
uint64_t Pipeline::Loop::NoteDivergence(IndexSlot index, std::string_view id, int64_t version,
                                        const RecordRef& record, DivergenceReason reason,
                                        std::vector<std::string> fields) {
  Divergence entry;
  entry.id = id;
  entry.fields = std::move(fields);
  entry.reason = reason;
  entry.stream = ports_.source.Name(record.partition);
  entry.offset = record.offset;
  entry.version = version;
  entry.noted_ms = ports_.clock.WallMs();
  const uint64_t ticket = divergence_.Note(index, std::move(entry));
  WatchDivergent(index);
  return ticket;
}

/// Whether a state of that id may not fill columns of a later record: a change between the two is
/// missing in it, or the table was emptied between them.
bool Pipeline::Loop::Bars(IndexSlot index, std::string_view id, int64_t older,
                          int64_t newer) const {
  return divergence_.Bars(index, id, older, newer) ||
         std::any_of(truncations_.begin(), truncations_.end(), [&](const Truncation& truncation) {
           return truncation.index == index && older < truncation.version &&
                  truncation.version < newer;
         });
}

/// Whether the stored document may fill an operation. What it holds may be from before a change
/// that it missed; above every cause it is whole, for a row that lacks a value notes its own
/// version.
bool Pipeline::Loop::MayFillFrom(OpIndex index, int64_t stored_version) {
  const IndexMachine::Op& op = machine_.op(index);
  if (Bars(op.index, op.id, stored_version, op.version)) return false;
  if (!divergence_.any(op.index)) return true;
  // An entry whose removal was lost, or that an operator has healed.
  divergence_.Applied(op.index, op.id, stored_version, false, true);
  WatchDivergent(op.index);
  return true;
}

/// Whether the index will refuse an operation because of the version that is stored, so that it
/// does not matter what it lacks: the log is read again, and the row has gone on. To note that it
/// lacks a value would bar the states in between from filling each other.
bool Pipeline::Loop::Supersedes(int64_t stored_version, OpIndex op) const {
  const int64_t own = machine_.op(op).version;
  return stored_version > own || (stored_version == own && !machine_.Shared(own));
}

/// Nobody has the values of the fields that are still open: the row is written without them, when
/// it is safe to find that its id is divergent.
void Pipeline::Loop::StripOpenFields(OpIndex op) {
  const Kept& kept = kept_[op];
  if (kept.open.empty()) {
    machine_.Kept(op, kept.document.size(), false);
    return;
  }
  std::vector<std::string> fields;
  for (size_t i = 0; i < kept.open.size() && i < kFieldsMax; ++i) {
    const OpenField& field = kept.open[i];
    fields.push_back(kept.document.substr(field.name_begin, field.name_end - field.name_begin));
  }
  const IndexMachine::Op& writes = machine_.op(op);
  const uint64_t ticket = NoteDivergence(writes.index, writes.id, writes.version, writes.record,
                                         DivergenceReason::kValueMissing, std::move(fields));
  strips_.push_back({machine_.LookupToken(op), writes.version, ticket});
}

/// The operation is sent without its open fields.
void Pipeline::Loop::DropOpenFields(OpIndex op) {
  Kept& kept = kept_[op];
  ports_.merger.Strip(kept.document, kept.open, scratch_);
  kept.document.swap(scratch_);
  kept.open.clear();
  machine_.Kept(op, kept.document.size(), false);
}

void Pipeline::Loop::TakeSafeStrips() {
  if (strips_.empty()) return;
  std::vector<Strip> safe;
  std::erase_if(strips_, [&](const Strip& strip) {
    if (!divergence_.Safe(strip.ticket)) return false;
    safe.push_back(strip);
    return true;
  });
  for (const Strip& strip : safe) {
    OpIndex op = kNoOp;
    if (!machine_.Strips(strip.token, op)) continue;
    if (machine_.op(op).version != strip.version) {  // a newer record took its place meanwhile
      StripOpenFields(op);
      continue;
    }
    machine_.stats().unchanged_missing += kept_[op].open.size();
    DropOpenFields(op);
  }
  RunCommands();
}

/// Writes to indices that have divergent ids: one that carried every column heals its id.
void Pipeline::Loop::TakeWatched() {
  for (const WatchedWrite& write : machine_.watched()) {
    divergence_.Applied(write.index, write.id, write.version, write.whole, IsWritten(write.result));
    WatchDivergent(write.index);
  }
  machine_.watched().clear();
}

void Pipeline::Loop::CountDivergent() {
  PipelineStats& stats = machine_.stats();
  for (IndexStats& index : stats.indices) index.divergent = 0;
  for (const PartitionSlot slot : assigned_) {
    const IndexSlot index = destinations_[slot.value].index;
    stats.indices[index.value].divergent +=
        divergence_.count(index, ports_.source.Name(slot).partition);
  }
}

}  // namespace sluice
