// How a random history ends: without faults everything gets done, and is judged.
#include <algorithm>

#include "tests/component/history_run.h"

namespace sluice::testing {

void History::TurnWithoutFaults(Seat& seat) {
  Heal(seat);
  while (seat.member->index.open_requests() > 0) AnswerOne(seat, 0, true);
  seat.member->index.AnswerAllLookups();
  Turn(seat);
}

/// Without faults everything gets done; false when something is stuck.
bool History::Settle() {
  faults_ = false;
  const auto done = [this] {
    return std::all_of(partitions_.begin(), partitions_.end(), [this](const TopicPartition& name) {
      const auto committed = world_.log.Committed(name);
      return (committed ? committed->next : Offset{0}) == world_.log.End(name);
    });
  };
  constexpr int kTurnsMax = 4'000;
  for (int i = 0; i < kTurnsMax; ++i) {
    if (done() || (shape_.truncates && result_.halts > 0)) return true;
    world_.clock.AdvanceMs(20);
    Age();
    if (May(Fault::kLate)) LandSome();
    for (const auto& seat : seats_) {
      TurnWithoutFaults(*seat);
    }
    Tend();
    AssignFree();
  }
  return done();
}

void History::StopAll() {
  std::vector<bool> was_stopping;
  for (size_t i = 0; i < seats_.size(); ++i) {
    was_stopping.push_back(seats_[i]->stopping);
    Leave(i);
  }
  for (int turn = 0; turn < 2'000; ++turn) {
    world_.clock.AdvanceMs(10);
    bool all = true;
    for (const auto& seat : seats_) {
      TurnWithoutFaults(*seat);  // what a member has lost may be left when all is committed
      all &= seat->member->pipeline.ended();
    }
    if (all) break;
  }
  for (size_t i = 0; i < seats_.size(); ++i) {
    if (!seats_[i]->member->pipeline.ended()) {
      Note("a member does not end");
    } else if (!was_stopping[i] && seats_[i]->member->pipeline.end() != PipelineEnd::kDrained) {
      Note("a member that had nothing left to do was not drained");
    }
    JudgeMember(*seats_[i]);
  }
}

/// I7: what came in is what became of it.
void History::JudgeMember(const Seat& seat) {
  if (!seat.member->pipeline.ended()) return;
  const bool drained = seat.member->pipeline.end() == PipelineEnd::kDrained;
  for (const PartitionStats& partition : seat.member->stats().partitions) {
    uint64_t fates = 0;
    for (const uint64_t count : partition.fates) fates += count;
    const bool exact = drained && !seat.tainted.contains(partition.name) &&
                       seat.member->stats().deletes_handed_over == 0;
    // A truncate that a stop has interrupted is the next owner's.
    const bool fewer = fates + model_->emptied() < partition.records;
    if (fates > partition.records || (exact && fewer)) {
      Note("I7: " + std::to_string(partition.records) + " records, " + std::to_string(fates) +
           " fates");
    }
  }
}

HistoryResult History::Run() {
  for (int i = 0; i < steps_ && model_->problems().empty(); ++i) {
    Step();
    if (result_.halts > 0) break;
  }
  if (shape_.truncates) model_->AppendTruncate();
  if (!Settle()) Note("something is stuck");
  if (shape_.truncates && result_.halts == 0) Note("I11: a truncate must halt");
  if (result_.halts == 0) {
    StopAll();
    model_->JudgeEnd();
    while (world_.cluster.ForgetDeleted(0)) {
    }
    world_.cluster.LandAllStragglers();
    model_->JudgeEnd();
  }
  result_.problems = model_->problems();
  result_.steps = steps_;
  result_.records = model_->records();
  result_.dead_letters = letters_.size();
  for (const auto& seat : seats_) {
    result_.dead_letters += seat->member->letters.stored().size();
    Retire(*seat);
  }
  return result_;
}

HistoryResult RunHistory(const HistoryOptions& options) {
  return History(options).Run();
}

}  // namespace sluice::testing
