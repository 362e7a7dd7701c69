#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/operations/group/ownership_lease.h"
#include "core/operations/index/index_machine.h"
#include "tests/component/explorer_model.h"

namespace sluice::testing::explorer {

/// A member of the group: plays the loop around the real IndexMachine, with the real lease and
/// commit notes, one step at a time. The loop does these steps when they are due; here each may
/// come at any time, so that every order is among them. A value, as what it drives.
class Owner {
 public:
  enum class Seat : uint8_t { kIdle, kOwns, kGivesUp };

  explicit Owner(const Rules& rules);

  // The partition. Times are in microseconds.
  void Assign(const Group& group, int64_t now_us);
  void AskBack() { seat_ = Seat::kGivesUp; }
  void GiveUp();
  void Tick(int64_t now_us);

  // Records and bodies.
  void Read(int offset, Kind kind);
  /// Fills bodies and sends them; appends what went out.
  void Send(int tick, int self, std::vector<Request>& requests);
  void Answer(const Request& request, const Verdict& whole, bool body_sent, int end);
  /// The dead letter of the `at`-th refused operation is safe: its offset.
  int Acknowledge(size_t at);
  void Reread(size_t at, const std::vector<Kind>& log);

  // Commits.
  struct Commit {
    int position = 0;
    std::string note;
    int64_t sent_us = 0;
  };
  void StartCommit(bool closing, int64_t now_us);
  /// Ends the commit that is under way.
  Commit EndCommit(bool accepted);

  [[nodiscard]] Seat seat() const { return seat_; }
  [[nodiscard]] int next() const { return next_; }
  /// It had the partition at least once; before, time means nothing to it.
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] bool may_read() const { return seat_ == Seat::kOwns && accepted_ >= 0; }
  [[nodiscard]] bool may_send() const { return machine_.operations() > 0; }
  [[nodiscard]] const std::optional<Commit>& commit() const { return commit_; }
  [[nodiscard]] size_t letters() const { return letters_.size(); }
  [[nodiscard]] size_t rereads() const { return rereads_.size(); }
  /// A rule that the machine or the note has broken, for the judge; empty: none.
  [[nodiscard]] const std::string& breach() const { return breach_; }

  /// `requests`: those of this owner.
  void AppendState(int tick, int64_t now_us, const std::vector<const Request*>& requests,
                   std::vector<int64_t>& words) const;

 private:
  void RunCommands(const Request* answered, int end);
  void RunCommand(const Command& command, const Request* answered, int end);
  void Launch(uint32_t batch, int tick, int self, bool told, std::vector<Request>& requests);
  [[nodiscard]] int Position() const;
  [[nodiscard]] OpIndex OpOf(uint32_t batch) const;
  [[nodiscard]] bool WaitsForRetry() const;
  void See(OpIndex op);

  const Rules* rules_;
  IndexMachine machine_;
  OwnershipLease lease_;
  Seat seat_ = Seat::kIdle;
  bool started_ = false;
  int next_ = 0;
  int accepted_ = -1;
  int passed_ = 0;  // committed last, for Without::kHeldCommit
  std::optional<Commit> commit_;
  std::vector<std::pair<uint32_t, OpIndex>> bodies_;  // one operation each
  std::vector<OpIndex> letters_;
  std::vector<uint64_t> rereads_;  // tokens
  OpIndex seen_ = 0;               // operations have lower numbers
  std::string breach_;
};

}  // namespace sluice::testing::explorer
