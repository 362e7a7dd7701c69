// Bodies and their answers: carries out what the machine asks for.
#include <algorithm>
#include <utility>

#include "core/model/check.h"
#include "core/operations/index/control_choices.h"
#include "core/operations/index/pipeline_loop.h"

namespace sluice {

BatchHandle Pipeline::Loop::HandleOf(uint32_t batch) {
  if (batch >= handles_.size()) {
    handles_.resize(batch + 1);
    handle_open_.resize(batch + 1);
  }
  if (!handle_open_[batch]) {
    handles_[batch] = ports_.index.OpenBatch();
    handle_open_[batch] = true;
  }
  return handles_[batch];
}

bool Pipeline::Loop::Dispatch() {
  // After a halt or a drain that ran out of time nothing is sent any more, whatever was taken back.
  if (phase_ != Phase::kRunning && phase_ != Phase::kDraining) return false;
  bool any = false;
  uint32_t batch = 0;
  for (;;) {
    for (OpIndex i = machine_.NextToAppend(batch); i != kNoOp; i = machine_.NextToAppend(batch)) {
      const IndexMachine::Op& op = machine_.op(i);
      if (i >= kept_.size()) kept_.resize(i + 1);  // a delete that never had a document
      const DocumentWrite write{op.action,
                                op.index,
                                op.id,
                                op.version,
                                op.action == WriteAction::kIndex
                                    ? std::string_view(kept_[i].document)
                                    : std::string_view(),
                                StubPartition(op.action, op.record.partition),
                                machine_.Shared(op.version)};
      machine_.Appended(batch, ports_.index.Append(HandleOf(batch), write));
      ReleaseDocument(kept_[i]);
      any = true;
    }
    if (!machine_.NextToSend(batch)) break;
    ports_.index.Send(HandleOf(batch));
    any = true;
  }
  if (std::exchange(lookups_asked_, false)) ports_.index.FlushLookups();
  return any;
}

bool Pipeline::Loop::PollIndex() {
  batches_.clear();
  lookups_.clear();
  prepared_.clear();
  ports_.index.Poll(batches_, lookups_, prepared_);
  for (const PrepareResult& result : prepared_) TakePrepared(result);
  for (const BatchCompletion& completion : batches_) TakeAnswer(completion);
  for (const LookupResult& result : lookups_) TakeLookup(result);
  return !batches_.empty() || !lookups_.empty() || !prepared_.empty();
}

void Pipeline::Loop::TakeAnswer(const BatchCompletion& completion) {
  const auto found = std::find(handles_.begin(), handles_.end(), completion.batch);
  auto batch = static_cast<uint32_t>(found - handles_.begin());
  while (batch < handles_.size() && (handles_[batch] != completion.batch || !handle_open_[batch]))
    ++batch;
  SLUICE_CHECK(batch < handles_.size(), "an answer belongs to a body that was sent");

  PipelineStats& stats = machine_.stats();
  stats.bulk_seconds.Add(static_cast<double>(completion.round_trip_us) / 1e6, kSecondsBounds);
  const Failure& request = completion.request;
  request_failure_ = &request;
  machine_.Answer(batch, request.verdict, completion.items, completion.body_sent,
                  ports_.clock.WallMs());
  switch (request.verdict.disposition) {
    case Disposition::kDone:
    case Disposition::kSplit:
    case Disposition::kReject:
      stats.index_reached = true;
      EndHold(HoldPlace::kRequests);
      break;
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
      Hold(HoldPlace::kRequests, request.verdict.reason,
           "writes to the search cluster fail and are tried again: " + request.detail);
      break;
    case Disposition::kHalt:
    case Disposition::kCancelled: break;
  }
  RunCommands();
  request_failure_ = nullptr;
}

void Pipeline::Loop::TakeLookup(const LookupResult& result) {
  OpIndex op = kNoOp;
  if (machine_.Judging(result.token, op)) {
    JudgeLookup(op, result);
    return;
  }
  if (!machine_.LookedUp(result.token, op)) return;
  switch (result.verdict.disposition) {
    case Disposition::kDone: break;
    case Disposition::kHalt:
      Halt(result.verdict.reason, "reading stored documents of index " +
                                      ports_.index.IndexName(machine_.op(op).index) +
                                      " failed: " + FailureReasonName(result.verdict.reason));
      return;
    case Disposition::kRetry:
    case Disposition::kInDoubt:
    case Disposition::kHold:
    case Disposition::kSplit:
    case Disposition::kReject:
    case Disposition::kCancelled: machine_.LookupFailed(op, result.verdict); return;
  }
  Kept& kept = kept_[op];
  if (result.document && Supersedes(result.version, op)) {
    DropOpenFields(op);
    RunCommands();
    return;
  }
  if (result.document && MayFillFrom(op, result.version)) {
    ports_.merger.Fill(kept.document, kept.open, *result.document, {}, scratch_, still_open_);
    machine_.stats().unchanged_filled_lookup += kept.open.size() - still_open_.size();
    kept.document.swap(scratch_);
    kept.open.swap(still_open_);
  }
  StripOpenFields(op);
  RunCommands();
}

void Pipeline::Loop::RunCommands() {
  while (!machine_.commands().empty()) {
    running_.clear();
    running_.swap(machine_.commands());
    for (const Command& command : running_) RunCommand(command);
  }
  if (!machine_.watched().empty()) [[unlikely]]
    TakeWatched();
}

void Pipeline::Loop::RunCommand(const Command& command) {
  switch (command.kind) {
    case Command::Kind::kTakeBack:
      KeepDocument(command.op, ports_.index.Document(HandleOf(command.batch), command.ordinal), {});
      return;
    case Command::Kind::kFill: {
      const Kept& newer = kept_[command.op];
      const IndexMachine::Op& op = machine_.op(command.op);
      if (Bars(op.index, op.id, command.version, op.version)) [[unlikely]] {
        machine_.Kept(command.op, newer.document.size(), true);
        return;
      }
      const std::string_view older =
          ports_.index.Document(HandleOf(command.batch), command.ordinal);
      ports_.merger.Fill(newer.document, newer.open, older, {}, scratch_, still_open_);
      machine_.stats().unchanged_filled_waiting += newer.open.size() - still_open_.size();
      KeepDocument(command.op, scratch_, still_open_);
      return;
    }
    case Command::Kind::kDeadLetter: OpenLetter(command); return;
    case Command::Kind::kDiscard:
      if (command.batch < handles_.size() && handle_open_[command.batch]) {
        ports_.index.Discard(handles_[command.batch]);
        handle_open_[command.batch] = false;
      }
      return;
    case Command::Kind::kLookup: {
      const IndexMachine::Op& op = machine_.op(command.op);
      ports_.index.Lookup(machine_.LookupToken(command.op), op.index, op.id);
      ++machine_.stats().lookups;
      lookups_asked_ = true;
      return;
    }
    case Command::Kind::kStrip: StripOpenFields(command.op); return;
    case Command::Kind::kReread:
      rebuilds_[machine_.LookupToken(command.op)] = {machine_.op(command.op).record, {}, false};
      to_reread_.push_back(machine_.LookupToken(command.op));
      return;
    case Command::Kind::kForget:
      if (command.op < kept_.size()) ReleaseDocument(kept_[command.op]);
      return;
    case Command::Kind::kJudge:
      Judge(command.op, ports_.index.StoredVersion(HandleOf(command.batch), command.ordinal));
      return;
    case Command::Kind::kHalt: {
      const Failure failure =
          command.op == kNoOp || request_failure_ == nullptr
              ? (request_failure_ ? *request_failure_ : Failure{})
              : ports_.index.ItemFailure(HandleOf(command.batch), command.ordinal);
      std::string sentence =
          "the search cluster's answer cannot be retried without risk: " + failure.type + " " +
          failure.detail;
      if (failure.verdict.reason == FailureReason::kIndexMissing && command.op != kNoOp) {
        const IndexSlot index = machine_.op(command.op).index;
        sentence += ChoicesFor(HistoryChange::kIndexGone, ports_.index.IndexName(index), "");
      }
      Halt(failure.verdict.reason, sentence);
      return;
    }
  }
}

void Pipeline::Loop::OpenLetter(const Command& command) {
  const IndexMachine::Op& op = machine_.op(command.op);
  Failure failure = ports_.index.ItemFailure(HandleOf(command.batch), command.ordinal);
  if (failure.type.empty() && request_failure_ != nullptr) failure = *request_failure_;
  DeadLetterDesk::Letter letter;
  letter.op = command.op;
  letter.record = op.record;
  letter.stream = ports_.source.Name(op.record.partition);
  letter.reason = failure.verdict.reason == FailureReason::kTooLarge
                      ? RejectReason::kDocumentTooLarge
                      : RejectReason::kDocumentRejected;
  letter.stage = "write";
  letter.index = ports_.index.IndexName(op.index);
  letter.id = op.id;
  letter.version = op.version;
  letter.operation = EventKindName(op.kind);
  letter.error_type = failure.type;
  letter.error_detail = failure.detail;
  letter.refused_write = ports_.index.Document(HandleOf(command.batch), command.ordinal);
  letter.attempts = machine_.trouble(command.op).attempts + 1;
  letter.first_ms = machine_.trouble(command.op).first_ms;
  letter.last_ms = ports_.clock.WallMs();
  for (const RecordRef& record : op.replaced) letter.replaced.push_back(record.offset);
  letter.ticket =
      NoteDivergence(op.index, op.id, op.version, op.record, DivergenceReason::kRefused, {});
  ++machine_.stats().rejected[static_cast<size_t>(letter.reason)];
  ports_.observer.OnRejected(
      worker_, RejectedRecord{letter.stream, letter.record.offset, letter.reason, letter.index,
                              letter.error_type});
  if (TooManyRefused(letter)) return;
  desk_.Open(std::move(letter));
}

bool Pipeline::Loop::PollDeadLetters() {
  if (letters_open() == 0) return false;
  letters_ = std::exchange(unsafe_letters_, {});
  const size_t waited = letters_.size();
  desk_.Poll(now_us_, letters_);
  PipelineStats& stats = machine_.stats();
  stats.dead_letter_references = desk_.references();
  for (DeadLetterDesk::Letter& letter : letters_) {
    if (!divergence_.Safe(letter.ticket)) {
      unsafe_letters_.push_back(std::move(letter));
      continue;
    }
    ++stats.dead_letters[static_cast<size_t>(letter.reason)];
    if (letter.op != kNoOp) {
      machine_.DeadLettered(letter.op);
    } else {
      machine_.SettleRecord(letter.record, Fate::kDeadLettered);
    }
  }
  RunCommands();
  if (desk_.hold_reason() != FailureReason::kNone) {
    Hold(HoldPlace::kDeadLetters, desk_.hold_reason(), desk_.hold_sentence());
  } else {
    EndHold(HoldPlace::kDeadLetters);
  }
  return unsafe_letters_.size() != waited || letters_.size() != waited;
}

}  // namespace sluice
