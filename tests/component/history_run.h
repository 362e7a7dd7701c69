#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/component/history.h"
#include "tests/component/row_model.h"

namespace sluice::testing {

/// The inside of RunHistory(): what happens stands in history.cc, what goes wrong in
/// history_faults.cc, how it ends and is judged in history_end.cc.
class History {
 public:
  explicit History(const HistoryOptions& options);
  HistoryResult Run();

 private:
  /// A member as the group sees it.
  struct Seat {
    std::unique_ptr<Member> member;
    std::set<TopicPartition> leaving;  ///< Asked back and not yet given up.
    std::set<TopicPartition> tainted;  ///< Was given up once: records may have been dropped.
    int number = 0;
    bool stopping = false;
    int64_t frozen_until_us = 0;  ///< As under SIGSTOP: it does not turn, and keeps what it has.
  };

  uint64_t Dice(uint64_t sides) { return random_() % sides; }
  [[nodiscard]] bool May(Fault fault) const {
    return (options_.without >> static_cast<int>(fault) & 1U) == 0;
  }
  void Tell(const std::string& what) const {
    if (world_.tell) world_.tell(what);
  }
  void TellMember(const Seat& seat, const std::string& what) const;
  Seat& AnySeat() { return *seats_[Dice(seats_.size())]; }

  void Join();
  void Leave(size_t seat);
  void Crash(size_t seat);
  void Rebalance();
  void AssignFree();
  void Tend();

  void Step();
  void LandSome();
  void DisturbGroup();
  void Freeze(Seat& seat);
  void Turn(Seat& seat);
  void AnswerSome(Seat& seat);
  void AnswerExpired(Seat& seat);
  void Age();
  void Retire(const Seat& seat);
  void AnswerOne(Seat& seat, size_t position, bool well);
  [[nodiscard]] RequestFate AnyFate(const FakeDocumentIndex::Request& request);
  std::optional<Failure> ItemFate(const OwnedWrite& write);
  void Trouble(Seat& seat);
  void Heal(Seat& seat);

  bool Settle();
  void TurnWithoutFaults(Seat& seat);
  void StopAll();
  void JudgeMember(const Seat& seat);
  void Note(const std::string& problem) { model_->AddProblem(problem); }

  const HistoryOptions options_;
  std::mt19937_64 random_;
  World world_;
  PipelineSettings settings_;
  RowModel::Shape shape_;
  std::unique_ptr<RowModel> model_;
  std::vector<TopicPartition> partitions_;
  std::vector<std::unique_ptr<Seat>> seats_;
  std::vector<StoredDeadLetter> letters_;  ///< Of members that are gone.
  bool faults_ = true;
  int steps_ = 0;
  int joined_ = 0;
  uint64_t fault_share_ = 0;  ///< One answer in so many fails; 0: none.
  HistoryResult result_;
};

}  // namespace sluice::testing
