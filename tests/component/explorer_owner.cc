#include "tests/component/explorer_owner.h"

#include <algorithm>

#include "core/model/check.h"
#include "core/operations/group/commit_note.h"
#include "core/operations/index/conflict_rule.h"
#include "core/operations/index/plan_write.h"

namespace sluice::testing::explorer {
namespace {

constexpr PartitionSlot kSlot{0};
constexpr int64_t kTickUs = 1'000;

PipelineSettings SettingsOf(const Rules& rules) {
  PipelineSettings settings;
  settings.bulk_linger_us = 0;
  settings.bulk_max_documents = 1;
  settings.backoff = {.first_us = kTickUs, .longest_us = kTickUs};  // of one length
  settings.lease_us = rules.lease_ticks * kTickUs;
  settings.window_us = settings.lease_us + rules.copy_ticks * kTickUs;
  if (rules.without == Without::kWindows) settings.window_us = 0;
  if (rules.without == Without::kWholeWindow) settings.window_us -= kTickUs;
  return settings;
}

EventKind EventOf(Kind kind) {
  switch (kind) {
    case Kind::kIndex:
    case Kind::kRefused: return EventKind::kCreate;
    case Kind::kDelete: return EventKind::kDelete;
    case Kind::kTombstone: return EventKind::kTombstone;
  }
  return EventKind::kCreate;
}

Proposal ProposalOf(int offset, Kind kind) {
  Proposal proposal;
  proposal.kind = EventOf(kind);
  proposal.action = ActionOf(proposal.kind);
  proposal.id = "a";
  proposal.version = OffsetVersion(1, Offset{offset});
  return proposal;
}

int OffsetOf(const IndexMachine::Op& op) {
  return static_cast<int>(sluice::OffsetOf(op.version));
}

}  // namespace

Verdict Node::Apply(int offset, Kind kind) {
  // A document that cannot be understood is refused before its version is looked at.
  if (kind == Kind::kRefused) return {Disposition::kReject, FailureReason::kDocumentRefused, {}};
  if (offset == known()) return {{}, {}, WriteResult::kConflictEqual};
  if (offset < known()) return {{}, {}, WriteResult::kConflictHigher};
  const bool was_there = present >= 0;
  present = Deletes(kind) ? -1 : offset;
  tombstone = Deletes(kind) ? offset : -1;
  if (Deletes(kind)) return {{}, {}, was_there ? WriteResult::kDeleted : WriteResult::kNotFound};
  return {{}, {}, was_there ? WriteResult::kUpdated : WriteResult::kCreated};
}

Owner::Owner(const Rules& rules)
    : rules_(&rules),
      machine_(SettingsOf(rules), 1),
      lease_(rules.without == Without::kLease ? INT64_MAX / 4 : SettingsOf(rules).lease_us) {
  machine_.SetLease(lease_.until_us());
}

// ---- The partition -----------------------------------------------------------------------------

void Owner::Assign(const Group& group, int64_t now_us) {
  started_ = true;
  machine_.Tick(now_us);
  const bool committed = group.committed >= 0;
  next_ = std::max(group.committed, 0);
  accepted_ = group.committed;
  passed_ = next_;
  machine_.StartPartition(kSlot, {"t", 0}, {Offset{next_}, -1}, FoundClean(committed, group.note));
  lease_.End();
  machine_.SetLease(lease_.until_us());
  seat_ = Seat::kOwns;
}

void Owner::GiveUp() {
  const PartitionSlot slots[] = {kSlot};
  machine_.DropPartitions(slots);
  RunCommands(nullptr, 0);
  lease_.End();
  machine_.SetLease(lease_.until_us());
  commit_.reset();
  accepted_ = -1;
  seat_ = Seat::kIdle;
}

void Owner::Tick(int64_t now_us) {
  machine_.Tick(now_us);
  RunCommands(nullptr, 0);
}

// ---- Records and bodies ------------------------------------------------------------------------

void Owner::See(OpIndex op) {
  seen_ = std::max(seen_, op + 1);
}

bool Owner::WaitsForRetry() const {
  for (OpIndex op = 0; op < seen_; ++op)
    if (machine_.op(op).state == IndexMachine::OpState::kBackingOff) return true;
  return false;
}

void Owner::Read(int offset, Kind kind) {
  next_ = offset + 1;
  Record record;
  record.partition = kSlot;
  record.offset = Offset{offset};
  record.leader_epoch = 0;
  Proposal proposal = ProposalOf(offset, kind);
  proposal.record = machine_.Track(record);
  // Another name makes a lane of its own.
  if (rules_->without == Without::kOneWaiting && WaitsForRetry()) proposal.id = "b";
  machine_.Prepare(proposal);
  const Admission admission = machine_.Admit(proposal);
  switch (admission.action) {
    case Admission::Action::kAppend:
      See(admission.op);
      bodies_.emplace_back(admission.batch, admission.op);
      machine_.Appended(admission.batch, 1);
      break;
    case Admission::Action::kKeep:
      See(admission.op);
      machine_.Kept(admission.op, 1, false);
      break;
    case Admission::Action::kMerge: SLUICE_CHECK(false, "no field is open here"); break;
    case Admission::Action::kNothing: break;
  }
  RunCommands(nullptr, 0);
}

OpIndex Owner::OpOf(uint32_t batch) const {
  for (const auto& [number, op] : bodies_)
    if (number == batch) return op;
  return kNoOp;
}

void Owner::Launch(uint32_t batch, int tick, int self, bool told, std::vector<Request>& requests) {
  const IndexMachine::Op& op = machine_.op(OpOf(batch));
  Request request;
  request.owner = self;
  request.batch = batch;
  request.offset = OffsetOf(op);
  request.deletes = op.action == WriteAction::kDelete;
  request.sent = tick;
  request.told = told;
  requests.push_back(request);
}

void Owner::Send(int tick, int self, std::vector<Request>& requests) {
  uint32_t batch = 0;
  for (;;) {
    for (OpIndex op = machine_.NextToAppend(batch); op != kNoOp;
         op = machine_.NextToAppend(batch)) {
      bodies_.emplace_back(batch, op);
      machine_.Appended(batch, 1);
    }
    if (rules_->without == Without::kSentDeletes) break;
    if (!machine_.NextToSend(batch)) break;
    Launch(batch, tick, self, true, requests);
  }
  if (rules_->without != Without::kSentDeletes || machine_.lease_over()) return;
  // The machine is told when the answer comes, and so judges the windows of that time.
  for (const auto& [number, op] : std::vector(bodies_)) {
    const bool out = std::any_of(
        requests.begin(), requests.end(),
        [&, n = number](const auto& sent) { return sent.owner == self && sent.batch == n; });
    if (!out && machine_.op(op).state == IndexMachine::OpState::kBuilding)
      Launch(number, tick, self, false, requests);
  }
}

void Owner::Answer(const Request& request, const Verdict& whole, bool body_sent, int end) {
  if (!request.told) {
    uint32_t batch = 0;
    machine_.SetLease(INT64_MAX);
    const bool sent = machine_.NextToSend(batch);
    machine_.SetLease(lease_.until_us());
    if (!sent || batch != request.batch) return;  // it was dropped with its partition
  }
  const Verdict items[] = {request.verdict};
  machine_.Answer(request.batch, whole, items, body_sent, 1);
  RunCommands(&request, end);
}

int Owner::Acknowledge(size_t at) {
  const OpIndex op = letters_[at];
  letters_.erase(letters_.begin() + static_cast<std::ptrdiff_t>(at));
  const auto offset = static_cast<int>(machine_.op(op).record.offset.value);
  machine_.DeadLettered(op);
  RunCommands(nullptr, 0);
  return offset;
}

void Owner::Reread(size_t at, const std::vector<Kind>& log) {
  const uint64_t token = rereads_[at];
  rereads_.erase(rereads_.begin() + static_cast<std::ptrdiff_t>(at));
  OpIndex op = kNoOp;
  if (!machine_.Rereads(token, op)) return;
  const auto offset = static_cast<int>(machine_.op(op).record.offset.value);
  machine_.TakeAgain(op, ProposalOf(offset, log[static_cast<size_t>(offset)]), false);
  machine_.Kept(op, 1, false);
  RunCommands(nullptr, 0);
}

void Owner::RunCommands(const Request* answered, int end) {
  while (!machine_.commands().empty()) {
    const std::vector<Command> running = std::exchange(machine_.commands(), {});
    for (const Command& command : running) RunCommand(command, answered, end);
  }
}

void Owner::RunCommand(const Command& command, const Request* answered, int end) {
  switch (command.kind) {
    case Command::Kind::kTakeBack: machine_.Kept(command.op, 1, false); return;
    case Command::Kind::kDeadLetter: letters_.push_back(command.op); return;
    case Command::Kind::kDiscard:
      std::erase_if(bodies_, [&](const auto& body) { return body.first == command.batch; });
      return;
    case Command::Kind::kReread:
      if (rules_->without == Without::kPredecessors) {
        machine_.RecordGone(command.op);
      } else {
        rereads_.push_back(machine_.LookupToken(command.op));
      }
      return;
    case Command::Kind::kJudge: {
      const int64_t stored = OffsetVersion(1, Offset{answered->stored});
      switch (RuleConflict(VersionMode::kOffset, machine_.op(command.op).version, stored,
                           int64_t{end})) {
        case ConflictRuling::kApplied:
          machine_.Judged(command.op, WriteResult::kConflictEqual, 1);
          return;
        case ConflictRuling::kSuperseded:
          machine_.Judged(command.op, WriteResult::kConflictHigher, 1);
          return;
        case ConflictRuling::kBeyondEnd:
        case ConflictRuling::kForeign: breach_ = "I5: a version of our own is taken for foreign";
      }
      return;
    }
    case Command::Kind::kHalt: breach_ = "it halts"; return;
    case Command::Kind::kForget: return;
    case Command::Kind::kFill:
    case Command::Kind::kLookup:
    case Command::Kind::kStrip: SLUICE_CHECK(false, "no field is open here");
  }
}

// ---- Commits -----------------------------------------------------------------------------------

int Owner::Position() const {
  auto position = static_cast<int>(machine_.ledger(kSlot).position().next.value);
  if (rules_->without != Without::kHeldCommit) return position;
  const auto remembered = [&](OpIndex op) {
    const auto at = [&](const RecordRef& record) { return record.offset.value == position; };
    const IndexMachine::Op& what = machine_.op(op);
    return what.state == IndexMachine::OpState::kRemembered &&
           (at(what.record) || std::any_of(what.replaced.begin(), what.replaced.end(), at));
  };
  for (OpIndex op = 0; op < seen_; ++op) {
    if (!remembered(op)) continue;
    ++position;
    op = kNoOp;  // from the first again
  }
  return std::max(position, passed_);
}

void Owner::StartCommit(bool closing, int64_t now_us) {
  const bool clean = machine_.clean(kSlot) || rules_->without == Without::kHonestNote;
  commit_ = Commit{Position(), RenderCommitNote(NoteOf(closing, clean)), now_us};
  passed_ = commit_->position;
  lease_.CommitSent(now_us, true);
}

Owner::Commit Owner::EndCommit(bool accepted) {
  const Commit ended = std::move(*commit_);
  commit_.reset();
  if (accepted) {
    accepted_ = ended.position;
    lease_.CommitAccepted();
    machine_.SetLease(lease_.until_us());
  }
  return ended;
}

// ---- The state ---------------------------------------------------------------------------------

void Owner::AppendState(int tick, int64_t now_us, const std::vector<const Request*>& requests,
                        std::vector<int64_t>& words) const {
  std::vector<uint32_t> names;
  words.insert(words.end(), {static_cast<int64_t>(seat_), next_, accepted_});
  if (rules_->without == Without::kHeldCommit) words.push_back(passed_);
  machine_.AppendState(words, names);
  words.push_back(commit_ ? 1 : 0);
  if (commit_) {
    // How long it proves something if it is accepted now.
    const int64_t proves_us =
        std::max<int64_t>(0, commit_->sent_us + rules_->lease_ticks * kTickUs - now_us);
    words.insert(words.end(), {commit_->position, ParseCommitNote(commit_->note).clean, proves_us});
  }
  for (const OpIndex op : letters_) words.push_back(names[op]);
  words.push_back(-1);
  for (const uint64_t token : rereads_) {
    OpIndex op = kNoOp;
    if (machine_.Rereads(token, op)) words.push_back(names[op]);
  }
  words.push_back(-1);
  std::vector<std::vector<int64_t>> sorted;
  for (const Request* request : requests) {
    const OpIndex op = OpOf(request->batch);
    sorted.push_back({op == kNoOp ? -1 : int64_t{names[op]}, request->offset, request->deletes,
                      request->sent + rules_->copy_ticks - tick, request->told, request->done,
                      static_cast<int64_t>(request->verdict.disposition),
                      static_cast<int64_t>(request->verdict.result), request->stored});
  }
  std::sort(sorted.begin(), sorted.end());
  for (const auto& one : sorted) words.insert(words.end(), one.begin(), one.end());
}

}  // namespace sluice::testing::explorer
