#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/record_source.h"
#include "tests/fakes/fake_log.h"

namespace sluice::testing {

/// A member of a group whose coordinator is the test: it gives, takes and loses partitions, holds
/// and fails commits, and decides when records flow.
///
/// Threads:   one call at a time.
/// Ownership: the log is borrowed. A record's bytes are overwritten by Release(), so that a view
///            kept too long is seen.
/// Time:      never blocks; nothing happens between calls.
/// Errors:    a caller that breaks the port's contract aborts.
class FakeRecordSource : public RecordSource {
 public:
  explicit FakeRecordSource(FakeLog& log) : log_(log) {}

  // The port.
  size_t Poll(std::span<Record> out) override;
  [[nodiscard]] std::optional<std::string_view> HeaderOf(const Record& record,
                                                         const char* name) const override;
  void Release() override;
  bool NextEvent(SourceEvent& event) override;
  [[nodiscard]] const TopicPartition& Name(PartitionSlot slot) const override;
  [[nodiscard]] int64_t EndOffset(PartitionSlot slot) const override;
  void AskStream(const std::string& topic) override;
  void StartReading() override;
  void CompleteRevoke() override;
  void PauseFetching() override;
  void ResumeFetching() override;
  void KeepBack(std::span<const PartitionSlot> slots) override;
  void Hold(PartitionSlot slot, Offset next) override;
  void GoOn(PartitionSlot slot) override;
  void Commit(std::span<const Position> positions) override;
  void Close() override;

  // The coordinator. Each call is one event to the member.
  void Assign(const std::vector<TopicPartition>& partitions);
  void AssignTopic(const std::string& topic) { Assign(log_.Partitions(topic)); }
  void Revoke(const std::vector<TopicPartition>& partitions);
  void RevokeAll() { Revoke(Owned()); }
  void Lose(const std::vector<TopicPartition>& partitions);
  void LoseAll() { Lose(Owned()); }
  void Fault(Failure failure);
  void Recover();
  void Place(GroupPlace place, const std::string& sentence);

  // Valves.
  /// Commits stay unanswered until the valve opens again; their effect comes with the answer.
  void HoldCommits(bool hold);
  /// The next commits are answered so, one each, before they are accepted again.
  void FailNextCommit(Failure failure) { commit_failures_.push_back(std::move(failure)); }
  /// Nothing is delivered while held, as if the broker were slow.
  void HoldRecords(bool hold) { records_held_ = hold; }
  /// At most so many records a Poll().
  void LimitBatch(size_t records) { batch_limit_ = records; }

  // What was seen.
  [[nodiscard]] std::vector<TopicPartition> Owned() const;
  [[nodiscard]] bool revoke_pending() const { return !to_revoke_.empty(); }
  [[nodiscard]] bool commit_in_flight() const { return in_flight_.has_value(); }
  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] uint64_t streams_asked() const { return streams_asked_; }
  [[nodiscard]] uint64_t commits_asked() const { return commits_asked_; }
  [[nodiscard]] PartitionSlot SlotOf(const TopicPartition& stream);

 private:
  enum class State : uint8_t { kIdle, kAssigned, kReading, kGivingUp };
  struct Slot {
    TopicPartition name;
    State state = State::kIdle;
    Offset next;
    int64_t end_seen = -1;
    bool end_told = false;
    bool kept_back = false;
    bool held = false;
  };
  struct Commitment {
    TopicPartition name;
    CommitPosition position;
    std::string note;
  };

  bool ReadOne(Slot& slot, PartitionSlot number, Record& out);
  void TellEnd(Slot& slot, PartitionSlot number);
  void AnswerCommit();
  void GiveUp(const std::vector<TopicPartition>& partitions, SourceEvent::Kind kind);
  void FinishClose();

  FakeLog& log_;
  std::vector<Slot> slots_;
  std::map<TopicPartition, PartitionSlot> numbers_;
  std::deque<SourceEvent> events_;
  std::vector<PartitionSlot> to_start_;     ///< Of the last kAssigned that was taken.
  std::vector<PartitionSlot> to_revoke_;    ///< Of the last kRevoking or kLost.
  mutable std::deque<std::string> bytes_;   ///< What the records of the last Poll() point into.
  size_t released_ = 0;                     ///< Of these, overwritten already.
  std::vector<const OwnedRecord*> handed_;  ///< Of the last Poll().
  std::optional<std::vector<Commitment>> in_flight_;
  std::deque<Failure> commit_failures_;
  size_t turn_ = 0;  ///< Where the round over the partitions goes on.
  size_t batch_limit_ = SIZE_MAX;
  uint64_t commits_asked_ = 0;
  uint64_t streams_asked_ = 0;
  bool commits_held_ = false;
  bool records_held_ = false;
  bool paused_ = false;
  bool closing_ = false;
  bool closed_ = false;
  bool unreleased_ = false;
};

}  // namespace sluice::testing
