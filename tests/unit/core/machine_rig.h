#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/operations/index/index_machine.h"

namespace sluice::testing {

/// Plays the loop around an IndexMachine: keeps sizes in place of documents, carries out commands
/// and remembers them, so that a test reads as what was decided.
class MachineRig {
 public:
  explicit MachineRig(const PipelineSettings& settings = Defaults(), uint64_t seed = 1);

  /// No linger, one body at a time, short back-off: what a test wants to see happens at once.
  static PipelineSettings Defaults();

  struct Sent {
    uint32_t batch = 0;
    std::vector<OpIndex> ops;
    std::vector<std::string> ids;  ///< With their version's offset: "a@3".
  };

  void StartPartition(uint32_t slot, int64_t offset = 0, bool clean = true);
  void Drop(uint32_t slot);

  /// A record at the next offset of partition 0, or of `slot`.
  Admission Propose(EventKind kind, std::string_view id, bool open = false);
  Admission ProposeIn(uint32_t slot, EventKind kind, std::string_view id, bool open = false);
  /// The record at that offset, as after a rebalance; offsets must still rise.
  void SeekTo(uint32_t slot, int64_t offset) { next_[slot] = offset; }

  /// Fills and sends what may be sent; the bodies sent by this call.
  std::vector<Sent> Dispatch();
  /// Dispatch() that must send exactly one body.
  Sent DispatchOne();
  void Advance(int64_t us);

  void Answer(const Sent& sent, Disposition disposition,
              FailureReason reason = FailureReason::kNone);
  void AnswerItems(const Sent& sent, const std::vector<Verdict>& items);
  void RunCommands();

  [[nodiscard]] int64_t committed(uint32_t slot = 0) const {
    return machine.ledger(PartitionSlot{slot}).position().next.value;
  }
  [[nodiscard]] uint64_t fates(Fate fate, uint32_t slot = 0) const {
    return machine.stats().partitions[slot].fates[static_cast<size_t>(fate)];
  }
  /// The commands carried out since the last call, such as "lookup a" or "strip a".
  std::vector<std::string> TakeHistory();

  IndexMachine machine;
  int64_t now_us = 1'000'000;
  bool fill_leaves_open = false;  ///< The older document lacks the fields too.
  /// Answers what is to be read again: with `older`, or that the log does not have it any more.
  void AnswerRereads(const Proposal* older);

  std::vector<uint64_t> lookups;  ///< Tokens asked for.
  std::vector<uint64_t> judged;   ///< Tokens of those that a newer version refused.
  bool judges_ours = true;        ///< And that is superseded at once.
  std::vector<uint64_t> rereads;  ///< Tokens of records to read again.
  std::vector<OpIndex> dead;      ///< Operations sent to the dead letters.
  int halts = 0;

 private:
  void RunCommand(const Command& command);
  void Keep(OpIndex op, bool open);

  std::map<uint32_t, int64_t> next_;
  std::map<OpIndex, bool> kept_open_;
  std::map<uint32_t, std::vector<OpIndex>> bodies_;
  std::map<uint32_t, size_t> body_bytes_;
  std::vector<std::string> history_;
};

inline constexpr Verdict kCreatedVerdict{};
inline constexpr Verdict kRejectVerdict{Disposition::kReject, FailureReason::kDocumentRefused, {}};
inline constexpr Verdict kHoldVerdict{Disposition::kHold, FailureReason::kOverloaded, {}};

}  // namespace sluice::testing
