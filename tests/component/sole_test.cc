// Members of a group that has one active one: who reads, whatever comes when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/operations/group/sole_source.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_group.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;
using Kind = SourceEvent::Kind;

constexpr int32_t kPartitions = 6;
constexpr int64_t kMs = 1'000;
constexpr int64_t kLeaveMaxUs = 2'000 * kMs;

SoleSettings SettingsOf(ConsumptionMode mode) {
  SoleSettings settings;
  settings.asker = {mode, "g"};
  settings.leave_max_us = kLeaveMaxUs;
  return settings;
}

/// A RecordSource that enters a group which it has seen to be empty, and looks no more: what the
/// second look is for shows without it.
class LooksOnce : public SoleSource {
 public:
  LooksOnce(GroupSource& group, Clock& clock, const SoleSettings& settings)
      : SoleSource(group, clock, settings), group_(group) {}

  size_t Poll(std::span<Record> out) override {
    if (!asked_) group_.AskGroup();
    asked_ = true;
    return group_.Poll(out);
  }
  bool NextEvent(SourceEvent& event) override {
    while (group_.NextEvent(event)) {
      if (event.kind != Kind::kGroup) return true;
      if (event.group.members.empty()) {
        group_.Join();
      } else {
        group_.AskGroup();
      }
    }
    return false;
  }
  void StartReading() override { group_.StartReading(); }

 private:
  GroupSource& group_;
  bool asked_ = false;
};

/// A user of a SoleSource: reads what it is given and gives it back when asked to.
class Process {
 public:
  Process(FakeGroup& group, FakeLog& log, FakeClock& clock, ConsumptionMode mode, bool looks_once)
      : group_(group), source_(group, log) {
    if (looks_once) {
      sole_ = std::make_unique<LooksOnce>(source_, clock, SettingsOf(mode));
    } else {
      sole_ = std::make_unique<SoleSource>(source_, clock, SettingsOf(mode));
    }
  }

  void Turn() {
    sole_->StartReading();  // of what was assigned before, as when its index has become ready
    std::vector<Record> records(4);
    const size_t count = sole_->Poll(records);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(told_) << "a record was handed out of a partition that nobody was told of";
      ++read;
    }
    sole_->Release();
    SourceEvent event;
    while (sole_->NextEvent(event)) Take(event);
  }

  void Take(const SourceEvent& event) {
    switch (event.kind) {
      case Kind::kAssigned:
        told_ = true;
        told_as_ = source_.MemberId();
        owned_ += event.assigned.size();
        sole_->StartReading();
        return;
      case Kind::kRevoking:
      case Kind::kLost:
        EXPECT_GE(owned_, event.slots.size());
        EXPECT_FALSE(event.slots.empty()) << "what nobody was told of is nobody's to give up";
        owned_ -= event.slots.size();
        told_ = owned_ > 0;
        sole_->CompleteRevoke();
        return;
      case Kind::kFault:
        refused = event.failure;
        sole_->Close();
        return;
      case Kind::kPlace:
        place = event.place;
        sentence = event.sentence;
        return;
      case Kind::kClosed: closed = true; return;
      case Kind::kEndOfPartition:
      case Kind::kCommitted:
      case Kind::kCommitFailed:
      case Kind::kRecovered:
      case Kind::kStreamFacts:
      case Kind::kGroup: return;
    }
  }

  void Close() { sole_->Close(); }
  /// Whether it reads, and the group still has it: what only one may.
  [[nodiscard]] bool IsActive() const { return told_ && group_.Has(told_as_); }
  [[nodiscard]] FakeGroupSource& source() { return source_; }
  [[nodiscard]] size_t owned() const { return owned_; }

  std::optional<Failure> refused;
  GroupPlace place = GroupPlace::kUnknown;
  std::string sentence;
  bool closed = false;
  uint64_t read = 0;

 private:
  FakeGroup& group_;
  FakeGroupSource source_;
  std::unique_ptr<SoleSource> sole_;
  bool told_ = false;
  std::string told_as_;
  size_t owned_ = 0;
};

/// A topic of six partitions, its group, and processes that come and go.
class Scene {
 public:
  explicit Scene(ConsumptionMode mode, uint64_t seed = 1, bool looks_once = false)
      : mode_(mode), looks_once_(looks_once), randomness_(seed), group(log, "t", seed) {
    log.CreateTopic("t", kPartitions);
    for (const TopicPartition& partition : log.Partitions("t")) log.Append(partition, "k", "v");
  }

  Process& Start() {
    processes.push_back(std::make_unique<Process>(group, log, clock, mode_, looks_once_));
    return *processes.back();
  }
  void Crash(Process& process) {
    std::erase_if(processes, [&](const auto& one) { return one.get() == &process; });
  }

  /// Everybody and everything gets on, evenly, for so long.
  void Run(int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 10) {
      clock.AdvanceUs(10 * kMs);
      for (const auto& process : processes) process->Turn();
      group.Step();
      while (group.Answer()) continue;
      Judge();
    }
  }

  /// One thing happens, which one is random.
  void Happen() {
    clock.AdvanceMs(static_cast<int64_t>(Below(200)));
    switch (Below(4)) {
      case 0: group.Step(); break;
      case 1: static_cast<void>(group.Answer()); break;
      default:
        if (!processes.empty()) processes[Below(processes.size())]->Turn();
    }
    Judge();
  }

  void Judge() {
    const auto active = std::count_if(processes.begin(), processes.end(),
                                      [](const auto& process) { return process->IsActive(); });
    most_active = std::max(most_active, active);
  }

  [[nodiscard]] uint64_t Below(uint64_t bound) { return randomness_.Next() % bound; }
  [[nodiscard]] Process* Active() {
    for (const auto& process : processes)
      if (process->IsActive()) return process.get();
    return nullptr;
  }

 private:
  ConsumptionMode mode_;
  bool looks_once_;
  FakeRandomness randomness_;

 public:
  FakeLog log;
  FakeClock clock;
  FakeGroup group;
  std::vector<std::unique_ptr<Process>> processes;
  std::ptrdiff_t most_active = 0;
};

TEST(Sole, TheFirstReadsAllPartitions) {
  Scene scene(ConsumptionMode::kExclusive);
  Process& first = scene.Start();
  scene.Run(1'000);
  EXPECT_TRUE(first.IsActive());
  EXPECT_EQ(first.owned(), static_cast<size_t>(kPartitions));
  EXPECT_EQ(first.place, GroupPlace::kSole);
}

TEST(Sole, APartitionIsReadWhenItsUserHasStartedIt) {
  FakeLog log;
  FakeClock clock;
  log.CreateTopic("t", kPartitions);
  for (const TopicPartition& partition : log.Partitions("t")) log.Append(partition, "k", "v");
  FakeGroup group(log, "t");
  FakeGroupSource member(group, log);
  SoleSource sole(member, clock, SettingsOf(ConsumptionMode::kExclusive));
  std::vector<Record> records(10);
  const auto poll = [&] {
    const size_t count = sole.Poll(records);
    sole.Release();
    clock.AdvanceMs(200);
    group.Step();
    while (group.Answer()) continue;
    return count;
  };
  SourceEvent event;
  for (int i = 0; i < 100 && event.kind != Kind::kAssigned; ++i) {
    sole.StartReading();  // of nothing that it was told of
    EXPECT_EQ(poll(), 0U);
    while (event.kind != Kind::kAssigned && sole.NextEvent(event)) continue;
  }
  ASSERT_EQ(event.assigned.size(), static_cast<size_t>(kPartitions));
  EXPECT_EQ(poll(), 0U) << "its index is not ready";
  sole.StartReading();
  EXPECT_EQ(poll(), static_cast<size_t>(kPartitions));
}

TEST(Sole, AnExclusiveSecondIsRefusedAndTheFirstHearsNothingOfIt) {
  Scene scene(ConsumptionMode::kExclusive);
  Process& first = scene.Start();
  scene.Run(1'000);
  const std::vector<std::string> members = scene.group.MemberIds();
  Process& second = scene.Start();
  scene.Run(1'000);
  ASSERT_TRUE(second.refused);
  EXPECT_EQ(second.refused->verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(second.refused->verdict.reason, FailureReason::kGroupTaken);
  EXPECT_THAT(second.refused->detail, HasSubstr(members.at(0)));
  EXPECT_TRUE(second.closed);
  EXPECT_EQ(scene.group.MemberIds(), members) << "it never entered";
  EXPECT_TRUE(first.IsActive());
}

TEST(Sole, AStandbyTakesOverWhenTheActiveOneIsGone) {
  Scene scene(ConsumptionMode::kFailover);
  Process& first = scene.Start();
  scene.Run(1'000);
  Process& second = scene.Start();
  scene.Run(3'000);
  EXPECT_EQ(second.place, GroupPlace::kStandby);
  EXPECT_THAT(second.sentence, HasSubstr(scene.group.MemberIds().at(0)));
  EXPECT_EQ(scene.group.MemberIds().size(), 1U) << "it is not in the group";
  first.Close();
  scene.Run(3'000);
  EXPECT_TRUE(first.closed);
  EXPECT_TRUE(second.IsActive());
  EXPECT_EQ(second.place, GroupPlace::kSole);
  EXPECT_EQ(second.owned(), static_cast<size_t>(kPartitions));
  scene.Start();
  scene.Run(1'000);
  scene.Crash(second);
  scene.Run(3'000);
  EXPECT_NE(scene.Active(), nullptr) << "also after a crash";
  EXPECT_EQ(scene.most_active, 1);
}

TEST(Sole, TwoThatEnterAtTheSameTimeEndWithOne) {
  for (const ConsumptionMode mode : {ConsumptionMode::kExclusive, ConsumptionMode::kFailover}) {
    Scene scene(mode);
    Process& one = scene.Start();
    Process& other = scene.Start();
    scene.Run(20);
    EXPECT_EQ(scene.group.MemberIds().size(), 2U) << "both have seen nobody, and have entered";
    scene.Run(10'000);
    EXPECT_NE(one.IsActive(), other.IsActive());
    EXPECT_EQ(scene.most_active, 1);
    Process& idle = one.IsActive() ? other : one;
    EXPECT_EQ(idle.refused.has_value(), mode == ConsumptionMode::kExclusive);
    EXPECT_EQ(idle.place == GroupPlace::kStandby, mode == ConsumptionMode::kFailover);
  }
}

TEST(Sole, OneThatLostItsMembershipLeavesAtOnceWhereAnotherTookOver) {
  Scene scene(ConsumptionMode::kFailover);
  Process& first = scene.Start();
  scene.Run(1'000);
  Process& second = scene.Start();
  scene.Run(1'000);
  // The process stands still, and its session ends; the other one takes over meanwhile.
  std::unique_ptr<Process> paused = std::move(scene.processes[0]);
  scene.processes.erase(scene.processes.begin());
  scene.group.Expire(paused->source());
  scene.Run(5'000);
  EXPECT_TRUE(second.IsActive());
  scene.processes.push_back(std::move(paused));
  scene.Run(5'000);
  EXPECT_NE(first.IsActive(), second.IsActive());
  EXPECT_EQ(scene.most_active, 1);
}

TEST(Sole, AMemberOfAnotherModeThatStaysIsToldOf) {
  Scene scene(ConsumptionMode::kExclusive);
  Process& first = scene.Start();
  scene.Run(1'000);
  FakeGroupSource intruder(scene.group, scene.log);
  intruder.Join();
  const auto run = [&](int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 10) {
      static_cast<void>(intruder.Poll({}));
      SourceEvent event;
      while (intruder.NextEvent(event))
        if (event.kind == Kind::kRevoking) intruder.CompleteRevoke();
      scene.Run(10);
    }
  };
  run(500);
  EXPECT_EQ(first.place, GroupPlace::kSole) << "one that leaves again is no news";
  run(5'000);
  EXPECT_EQ(first.place, GroupPlace::kCrowded);
  EXPECT_THAT(first.sentence, HasSubstr(intruder.MemberId()));
  EXPECT_TRUE(first.IsActive()) << "who was there first goes on";
  intruder.Leave();
  run(3'000);
  EXPECT_EQ(first.place, GroupPlace::kSole);
  EXPECT_EQ(first.owned(), static_cast<size_t>(kPartitions));
}

/// Processes come, stop, crash and stand still beyond their session, and every step of all takes
/// any time. Returns how many were active at once at most.
std::ptrdiff_t PlayRandomly(ConsumptionMode mode, uint64_t seed, bool looks_once) {
  Scene scene(mode, seed, looks_once);
  const bool failover = mode == ConsumptionMode::kFailover;
  for (int step = 0; step < 400; ++step) {
    const uint64_t dice = scene.Below(100);
    if (dice < 6 && scene.processes.size() < 4) {
      scene.Start();
    } else if (dice < 8 && !scene.processes.empty()) {
      Process& any = *scene.processes[scene.Below(scene.processes.size())];
      scene.group.Expire(any.source());
    } else if (dice < 9 && failover && !scene.processes.empty()) {
      scene.Crash(*scene.processes[scene.Below(scene.processes.size())]);
    } else {
      scene.Happen();
    }
  }
  if (scene.processes.empty()) scene.Start();
  scene.Run(30'000);
  if (looks_once) return scene.most_active;
  EXPECT_NE(scene.Active(), nullptr) << "seed " << seed << ": nobody is active";
  for (const auto& process : scene.processes) {
    if (process->IsActive()) {
      EXPECT_EQ(process->owned(), static_cast<size_t>(kPartitions)) << "seed " << seed;
    } else if (failover) {
      EXPECT_EQ(process->place, GroupPlace::kStandby) << "seed " << seed;
    } else {
      EXPECT_TRUE(process->refused) << "seed " << seed;
    }
  }
  return scene.most_active;
}

/// SLUICE_HISTORIES=N plays more of them.
uint64_t Histories() {
  const char* wanted = std::getenv("SLUICE_HISTORIES");
  return wanted == nullptr ? 100 : std::strtoull(wanted, nullptr, 10);
}

TEST(Sole, WhateverHappensOneIsActiveInTheEndAndNeverTwoAreMembers) {
  for (uint64_t seed = 1; seed <= Histories(); ++seed) {
    for (const ConsumptionMode mode : {ConsumptionMode::kExclusive, ConsumptionMode::kFailover})
      ASSERT_LE(PlayRandomly(mode, seed, false), 1) << "seed " << seed;
  }
}

TEST(Sole, WithoutTheSecondLookTwoAreActive) {
  std::ptrdiff_t most = 0;
  for (uint64_t seed = 1; seed <= Histories() && most < 2; ++seed)
    most = std::max(most, PlayRandomly(ConsumptionMode::kFailover, seed, true));
  EXPECT_GT(most, 1);
}

}  // namespace
}  // namespace sluice::testing
