#include "tests/unit/core/machine_rig.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/operations/index/plan_write.h"

namespace sluice::testing {
namespace {
constexpr size_t kDocumentBytes = 100;
}  // namespace

PipelineSettings MachineRig::Defaults() {
  PipelineSettings settings;
  settings.bulk_linger_us = 0;
  settings.bulk_max_in_flight = 2;
  settings.backoff = {.first_us = 10'000, .longest_us = 100'000};
  settings.window_us = 0;  // component tests are for windows
  return settings;
}

MachineRig::MachineRig(const PipelineSettings& settings, uint64_t seed) : machine(settings, seed) {
  machine.Tick(now_us);
  StartPartition(0);
}

void MachineRig::StartPartition(uint32_t slot, int64_t offset, bool clean) {
  machine.StartPartition(PartitionSlot{slot}, TopicPartition{"t", static_cast<int32_t>(slot)},
                         CommitPosition{Offset{offset}, -1}, clean);
  next_[slot] = offset;
}

void MachineRig::Drop(uint32_t slot) {
  const PartitionSlot slots[] = {PartitionSlot{slot}};
  machine.DropPartitions(slots);
  RunCommands();
}

Admission MachineRig::Propose(EventKind kind, std::string_view id, bool open) {
  return ProposeIn(0, kind, id, open);
}

Admission MachineRig::ProposeIn(uint32_t slot, EventKind kind, std::string_view id, bool open) {
  Record record;
  record.partition = PartitionSlot{slot};
  record.offset = Offset{next_[slot]++};
  record.leader_epoch = 0;
  Proposal proposal;
  proposal.record = machine.Track(record);
  proposal.action = ActionOf(kind);
  proposal.kind = kind;
  proposal.id = id;
  proposal.version = OffsetVersion(1, record.offset);
  proposal.open = open;
  machine.Prepare(proposal);
  const Admission admission = machine.Admit(proposal);
  switch (admission.action) {
    case Admission::Action::kAppend: {
      bodies_[admission.batch].push_back(admission.op);
      body_bytes_[admission.batch] += kDocumentBytes;
      machine.Appended(admission.batch, body_bytes_[admission.batch]);
      break;
    }
    case Admission::Action::kKeep: Keep(admission.op, open); break;
    case Admission::Action::kMerge:
      Keep(admission.op, fill_leaves_open || kept_open_[admission.op]);
      break;
    case Admission::Action::kNothing: break;
  }
  RunCommands();
  return admission;
}

void MachineRig::Keep(OpIndex op, bool open) {
  kept_open_[op] = open;
  const bool document = machine.op(op).action == WriteAction::kIndex;
  machine.Kept(op, document ? kDocumentBytes : 0, open);
}

std::vector<MachineRig::Sent> MachineRig::Dispatch() {
  std::vector<Sent> all;
  uint32_t batch = 0;
  for (;;) {
    for (OpIndex op = machine.NextToAppend(batch); op != kNoOp; op = machine.NextToAppend(batch)) {
      bodies_[batch].push_back(op);
      body_bytes_[batch] += kDocumentBytes;
      machine.Appended(batch, body_bytes_[batch]);
    }
    if (!machine.NextToSend(batch)) return all;
    Sent sent{batch, bodies_[batch], {}};
    for (const OpIndex op : sent.ops) {
      const IndexMachine::Op& what = machine.op(op);
      EXPECT_EQ(what.state, IndexMachine::OpState::kInFlight);
      sent.ids.push_back(what.id + "@" + std::to_string((what.version & 0xffffffff) - 1));
    }
    all.push_back(std::move(sent));
  }
}

MachineRig::Sent MachineRig::DispatchOne() {
  const std::vector<Sent> all = Dispatch();
  EXPECT_EQ(all.size(), 1U) << "one body was expected";
  return all.empty() ? Sent{} : all.front();
}

void MachineRig::Advance(int64_t us) {
  now_us += us;
  machine.Tick(now_us);
  RunCommands();
}

void MachineRig::Answer(const Sent& sent, Disposition disposition, FailureReason reason) {
  if (disposition == Disposition::kDone) {
    AnswerItems(sent, std::vector<Verdict>(sent.ops.size()));
    return;
  }
  machine.Answer(sent.batch, {disposition, reason, {}}, {}, true, 1);
  RunCommands();
}

void MachineRig::AnswerItems(const Sent& sent, const std::vector<Verdict>& items) {
  machine.Answer(sent.batch, {}, items, true, 1);
  RunCommands();
}

void MachineRig::RunCommands() {
  while (!machine.commands().empty()) {
    std::vector<Command> running;
    running.swap(machine.commands());
    for (const Command& command : running) RunCommand(command);
  }
}

void MachineRig::RunCommand(const Command& command) {
  const auto note = [&](const char* what) {
    history_.push_back(std::string(what) + " " + machine.op(command.op).id);
  };
  switch (command.kind) {
    case Command::Kind::kTakeBack:
      note("take_back");
      Keep(command.op, false);
      return;
    case Command::Kind::kFill:
      note("fill");
      Keep(command.op, fill_leaves_open);
      return;
    case Command::Kind::kDeadLetter:
      note("dead_letter");
      dead.push_back(command.op);
      return;
    case Command::Kind::kDiscard:
      bodies_.erase(command.batch);
      body_bytes_.erase(command.batch);
      return;
    case Command::Kind::kLookup:
      note("lookup");
      lookups.push_back(machine.LookupToken(command.op));
      return;
    case Command::Kind::kStrip:
      note("strip");
      Keep(command.op, false);
      return;
    case Command::Kind::kReread:
      note("reread");
      rereads.push_back(machine.LookupToken(command.op));
      return;
    case Command::Kind::kForget: return;
    case Command::Kind::kJudge:
      note("judge");
      judged.push_back(machine.LookupToken(command.op));
      if (judges_ours) machine.Judged(command.op, WriteResult::kConflictHigher, 1);
      return;
    case Command::Kind::kHalt: ++halts; return;
  }
}

void MachineRig::AnswerRereads(const Proposal* older) {
  for (const uint64_t token : std::exchange(rereads, {})) {
    OpIndex op = kNoOp;
    if (!machine.Rereads(token, op)) continue;
    if (older != nullptr) {
      machine.TakeAgain(op, *older, false);
      Keep(op, false);
    } else {
      machine.RecordGone(op);
    }
  }
  RunCommands();
}

std::vector<std::string> MachineRig::TakeHistory() {
  return std::exchange(history_, {});
}

}  // namespace sluice::testing
