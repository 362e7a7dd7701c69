// What each change becomes: which records, with which version, of which transaction.
#include <algorithm>

#include "core/operations/source/relay.h"

namespace sluice {
namespace {

CountedChange Counted(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kInsert: return CountedChange::kCreate;
    case ChangeKind::kUpdate: return CountedChange::kUpdate;
    case ChangeKind::kDelete: return CountedChange::kDelete;
    case ChangeKind::kTruncate: return CountedChange::kTruncate;
    case ChangeKind::kRead:
    case ChangeKind::kBegin:
    case ChangeKind::kCommit:
    case ChangeKind::kMessage:
    case ChangeKind::kPosition: break;
  }
  return CountedChange::kRead;
}

}  // namespace

bool Relay::TakeChanges() {
  if (open_change_ && !EmitSteps()) return false;
  for (uint32_t taken = 0; taken < settings_.changes_per_turn; ++taken) {
    if (incremental_.waits_for_answer()) return taken > 0;
    switch (ports_.source.Next(change_)) {
      case ChangeSource::Progress::kNothing: return taken > 0;
      case ChangeSource::Progress::kFailed: Fail(ports_.source.failure()); return true;
      case ChangeSource::Progress::kChange: break;
    }
    BeginChange();
    if (phase_ != Phase::kRunning || !EmitSteps()) return true;
  }
  return true;
}

void Relay::BeginChange() {
  steps_.clear();
  next_step_ = 0;
  open_change_ = true;
  context_.lsn = change_.lsn;
  context_.now_ns = ports_.clock.WallNs();
  switch (change_.kind) {
    case ChangeKind::kBegin: BeginTransaction(); return;
    case ChangeKind::kCommit:
      if (transaction_told_) steps_.push_back({Step::Kind::kTransactionEnd, {}, 0, {}});
      return;
    case ChangeKind::kInsert:
    case ChangeKind::kUpdate:
    case ChangeKind::kDelete:
    case ChangeKind::kTruncate:
    case ChangeKind::kRead: BeginRow(Counted(change_.kind)); return;
    case ChangeKind::kMessage: BeginMessage(); return;
    case ChangeKind::kPosition: return;
  }
}

void Relay::BeginTransaction() {
  if (!VersionFits(change_.lsn, settings_.version_bias)) {
    Fail(
        {{Disposition::kHalt, FailureReason::kInternal, WriteResult::kCreated},
         "version_overflow",
         "the log position of a commit is over 2^56 (64 PiB of log): no version can be made of it; "
         "a cluster whose log begins anew, as after a dump and restore, can be captured"});
    return;
  }
  incremental_.OnTransaction(change_.transaction_id);
  in_transaction_ = true;
  transaction_told_ = false;
  token_ = ledger_.Begin();
  commit_ = change_.lsn;
  context_.transaction_id = change_.transaction_id;
  context_.commit_us = change_.commit_us;
  ranks_.Reset();
  counts_.clear();
  total_order_ = 0;
}

void Relay::BeginRow(CountedChange counted) {
  ++writer_.StatsOf(*change_.table).changes[static_cast<size_t>(counted)];
  if (incremental_.between_watermarks()) incremental_.OnChange(change_);
  if (change_.kind == ChangeKind::kInsert && !settings_.signal_table.empty()) OnSignalRow();
  const bool skipped = settings_.skipped[static_cast<size_t>(counted)];
  if (skipped) ++stats_.skipped;
  if (skipped && counted == CountedChange::kTruncate) {
    ports_.observer.OnSkippedTruncate(change_.table->schema + "." + change_.table->name);
  }
  const RecordPlans plans = PlanRecords(change_, settings_.tombstones_on_delete);
  bool told = false;
  for (const RecordPlan& plan : plans.all()) {
    const bool tombstone = plan.kind == RecordPlan::Kind::kTombstone;
    if (tombstone && !told) continue;
    // What is skipped has its rank all the same: told again under another setting, what follows in
    // the transaction keeps its version.
    const int64_t version = VersionOf(plan);
    told = false;
    if (skipped) continue;
    // A key that changes is two events, and a tombstone is none.
    std::optional<ChangeContext::Place> place;
    if (!tombstone) place = CountInTransaction(change_.table);
    if (!writer_.Keeps(plan, change_)) {
      if (writer_.failure().verdict.disposition == Disposition::kDone) continue;
      return Fail(writer_.failure());
    }
    told = true;
    steps_.push_back({Step::Kind::kRecord, plan, version, place});
  }
}

int64_t Relay::VersionOf(const RecordPlan& plan) {
  switch (plan.kind) {
    case RecordPlan::Kind::kTombstone: return steps_.back().version;  // its delete's
    case RecordPlan::Kind::kTruncate:
      return ChangeVersion(commit_, settings_.version_bias, ranks_.NextOfAll());
    case RecordPlan::Kind::kRow: break;
  }
  const bool of_before = plan.key_of == RecordPlan::KeyOf::kBefore;
  const uint64_t hash =
      writer_.KeyHash(*change_.table, of_before ? *change_.before : *change_.after);
  return ChangeVersion(commit_, settings_.version_bias, ranks_.Next(hash));
}

std::optional<ChangeContext::Place> Relay::CountInTransaction(const Table* table) {
  if (!transaction_slot_) return std::nullopt;
  const auto is_same = [&](const TableCount& known) {
    return known.table != nullptr && known.table->id == table->id;
  };
  // Each message is told as a collection of its own.
  auto count =
      table == nullptr ? counts_.end() : std::find_if(counts_.begin(), counts_.end(), is_same);
  if (count == counts_.end()) count = counts_.insert(counts_.end(), {table, 0});
  if (total_order_ == 0) steps_.push_back({Step::Kind::kTransactionBegin, {}, 0, {}});
  return ChangeContext::Place{++total_order_, ++count->events};
}

void Relay::BeginMessage() {
  if (change_.prefix == settings_.watermark_prefix) return BeginChunkRows();
  if (change_.prefix == settings_.signal_prefix) {
    return OnSignal(ports_.signals.Decode(change_.content));
  }
  const bool others =
      !settings_.reserved_prefix.empty() && change_.prefix.starts_with(settings_.reserved_prefix);
  if (!message_slot_ || others) {
    ++stats_.skipped;
    return;
  }
  ++stats_.messages;
  if (!change_.transactional && !in_transaction_) token_ = ledger_.Begin();
  std::optional<ChangeContext::Place> place;
  if (change_.transactional) {
    place = CountInTransaction(nullptr);
  } else {
    context_.last_commit = change_.lsn;  // it is complete by itself
  }
  steps_.push_back({Step::Kind::kMessage, {}, 0, place});
}

bool Relay::EmitSteps() {
  while (next_step_ < steps_.size()) {
    if (!PlaceTruncate() || !Emit(steps_[next_step_])) {
      if (writer_.failure().verdict.disposition != Disposition::kDone) Fail(writer_.failure());
      return false;
    }
    ++next_step_;
    ++stats_.records_published;
    if (token_ != 0) ledger_.Add();
  }
  EndChange();
  return true;
}

/// A truncate is told in each partition of its stream, so that whoever reads one of them knows what
/// stands before it. False: it is not known yet how many there are.
bool Relay::PlaceTruncate() {
  Step& step = steps_[next_step_];
  if (step.kind != Step::Kind::kRecord || step.plan.kind != RecordPlan::Kind::kTruncate ||
      step.placed)
    return true;
  const uint32_t places = writer_.PlacesOfTruncate(*change_.table);
  if (places == 0) return false;
  step.placed = true;
  if (places == 1) return true;
  step.partition = 0;
  const Step first = step;
  for (uint32_t partition = 1; partition < places; ++partition) {
    Step copy = first;
    copy.partition = partition;
    steps_.insert(steps_.begin() + static_cast<ptrdiff_t>(next_step_ + partition), copy);
  }
  return true;
}

bool Relay::Emit(const Step& step) {
  context_.place = step.place;
  switch (step.kind) {
    case Step::Kind::kTransactionBegin:
    case Step::Kind::kTransactionEnd: return EmitTransaction(step);
    case Step::Kind::kMessage: return EmitMessage();
    case Step::Kind::kChunkRow: return EmitChunkRow(step);
    case Step::Kind::kRecord: break;
  }
  return writer_.Write(step.plan, change_, context_, step.version, token_, step.partition);
}

bool Relay::EmitTransaction(const Step& step) {
  OutgoingEvent event;
  event.stream = *transaction_slot_;
  event.token = token_;
  const uint32_t id = *context_.transaction_id;
  const int64_t commit_ms = context_.commit_us / 1'000;
  event.key = ports_.encoder.TransactionKey(id, change_.lsn);
  event.value = step.kind == Step::Kind::kTransactionBegin
                    ? ports_.encoder.TransactionBegin(id, change_.lsn, commit_ms)
                    : ports_.encoder.TransactionEnd(id, change_.lsn, commit_ms, counts_);
  if (!ports_.publisher.Publish(event)) return false;
  transaction_told_ = true;
  return true;
}

bool Relay::EmitMessage() {
  ChangeContext context = context_;
  if (!change_.transactional) {
    context.transaction_id.reset();
    context.commit_us = context.now_ns / 1'000;  // it belongs to no commit
  }
  OutgoingEvent event;
  event.stream = *message_slot_;
  event.token = token_;
  event.key = ports_.encoder.MessageKey(change_.prefix);
  event.value = ports_.encoder.Message(change_.prefix, change_.content, context);
  return ports_.publisher.Publish(event);
}

void Relay::EndChange() {
  open_change_ = false;
  switch (change_.kind) {
    case ChangeKind::kCommit: EndTransaction(); break;
    case ChangeKind::kMessage:
      if (change_.prefix == settings_.watermark_prefix) incremental_.EndRows();
      if (!in_transaction_ && token_ != 0) {
        ledger_.Commit(change_.lsn);
        token_ = 0;
      }
      break;
    case ChangeKind::kPosition:
      ledger_.Idle(change_.end);
      stats_.received = std::max(stats_.received, change_.end);
      break;
    case ChangeKind::kBegin:
    case ChangeKind::kInsert:
    case ChangeKind::kUpdate:
    case ChangeKind::kDelete:
    case ChangeKind::kTruncate:
    case ChangeKind::kRead: return;
  }
  StopAtEnd();
}

void Relay::EndTransaction() {
  ledger_.Commit(change_.end);
  if (incremental_.TakeChanged()) milestones_.push_back({change_.end, incremental_.progress()});
  in_transaction_ = false;
  token_ = 0;
  context_.last_commit = change_.lsn;
  context_.transaction_id.reset();
  context_.place.reset();
  stats_.commit_us = change_.commit_us;
  ++stats_.transactions;
  stats_.received = std::max(stats_.received, change_.end);
}

}  // namespace sluice
