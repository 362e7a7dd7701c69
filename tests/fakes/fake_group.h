#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/ports/group_source.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_randomness.h"
#include "tests/fakes/fake_record_source.h"

namespace sluice::testing {

class FakeGroupSource;

/// A group's coordinator as a test sees it: nothing happens in it but by Step() and Answer(), so
/// that a test decides how long everything takes.
///
/// Threads:   one call at a time.
/// Ownership: the log is borrowed, members are too.
/// Time:      never blocks.
/// Errors:    none.
class FakeGroup {
 public:
  FakeGroup(FakeLog& log, std::string topic, uint64_t seed = 1)
      : log_(log), topic_(std::move(topic)), randomness_(seed) {}

  /// One step of what is due: who wants to enter does, who leaves and has given all back is gone,
  /// and when somebody came or went all give back and get anew.
  void Step();
  /// A look of the group that was asked for is taken, or one that was taken is told. False: there
  /// is none.
  bool Answer();
  /// The session of a member that was silent is over: it loses what it had, and enters anew.
  void Expire(FakeGroupSource& source);
  /// The process is gone, and its session is over.
  void Forget(FakeGroupSource& source);

  [[nodiscard]] std::vector<std::string> MemberIds() const;
  [[nodiscard]] bool Has(const std::string& id) const;

 private:
  friend class FakeGroupSource;
  struct Member {
    FakeGroupSource* source = nullptr;
    std::string id;
  };
  struct Look {
    FakeGroupSource* source = nullptr;
    bool taken = false;
    GroupView view;
  };

  void Deal();

  FakeLog& log_;
  std::string topic_;
  FakeRandomness randomness_;
  std::vector<FakeGroupSource*> entering_;
  std::vector<Member> members_;
  std::deque<Look> looks_;
  bool changed_ = false;  ///< Somebody came or went, and partitions are not dealt out yet.
};

/// A member of a FakeGroup.
///
/// Threads:   one call at a time.
/// Ownership: group and log are borrowed. Destroying it is a crash.
/// Time:      never blocks.
/// Errors:    as FakeRecordSource.
class FakeGroupSource : public GroupSource {
 public:
  FakeGroupSource(FakeGroup& group, FakeLog& log) : group_(group), records_(log) {}
  ~FakeGroupSource() override { group_.Forget(*this); }

  size_t Poll(std::span<Record> out) override { return records_.Poll(out); }
  [[nodiscard]] std::optional<std::string_view> HeaderOf(const Record& record,
                                                         const char* name) const override {
    return records_.HeaderOf(record, name);
  }
  void Release() override { records_.Release(); }
  bool NextEvent(SourceEvent& event) override;
  [[nodiscard]] const TopicPartition& Name(PartitionSlot slot) const override {
    return records_.Name(slot);
  }
  [[nodiscard]] int64_t EndOffset(PartitionSlot slot) const override {
    return records_.EndOffset(slot);
  }
  void AskStream(const std::string& topic) override { records_.AskStream(topic); }
  void StartReading() override { records_.StartReading(); }
  void CompleteRevoke() override { records_.CompleteRevoke(); }
  void PauseFetching() override { records_.PauseFetching(); }
  void ResumeFetching() override { records_.ResumeFetching(); }
  void KeepBack(std::span<const PartitionSlot> slots) override { records_.KeepBack(slots); }
  void Hold(PartitionSlot slot, Offset next) override { records_.Hold(slot, next); }
  void GoOn(PartitionSlot slot) override { records_.GoOn(slot); }
  void Commit(std::span<const Position> positions) override { records_.Commit(positions); }
  void Close() override;

  void Join() override;
  void Leave() override;
  void AskGroup() override;
  [[nodiscard]] std::string MemberId() const override { return id_; }

  [[nodiscard]] bool HoldsAny() const {
    return !records_.Owned().empty() || records_.revoke_pending();
  }

 private:
  friend class FakeGroup;

  FakeGroup& group_;
  FakeRecordSource records_;
  std::string id_;  ///< As it knows: the group may know better.
  bool leaving_ = false;
  std::deque<GroupView> answers_;
};

}  // namespace sluice::testing
