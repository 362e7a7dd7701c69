#include "tests/contract/record_source_contract.h"

#include <chrono>
#include <thread>

namespace sluice::testing {

using Kind = SourceEvent::Kind;

void RecordSourceContract::SetUp() {
  harness_ = GetParam()();
}

void RecordSourceContract::Turn() {
  RecordSource& source = harness_->source();
  std::vector<Record> records(consume_ ? 10 : 0);
  const size_t count = source.Poll(records);
  for (size_t i = 0; i < count; ++i) {
    read_[source.Name(records[i].partition)].emplace_back(records[i].offset.value,
                                                          std::string(*records[i].value));
    if (source.HeaderOf(records[i], "odd"))
      odd_[source.Name(records[i].partition)].push_back(records[i].offset.value);
    EXPECT_FALSE(source.HeaderOf(records[i], "od"));
    last_epoch_ = records[i].leader_epoch;
  }
  source.Release();
  SourceEvent event;
  while (source.NextEvent(event)) {
    if (event.kind == Kind::kEndOfPartition) {
      ends_[source.Name(event.slots[0])] = event.offset.value;
    }
    events_.push_back(event);
  }
}

bool RecordSourceContract::TurnUntil(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    Turn();
    harness_->Step();
  }
  return true;
}

void RecordSourceContract::AwaitAssignment() {
  harness_->GiveAll();
  ASSERT_TRUE(TurnUntil([&] { return Count(Kind::kAssigned) == 1; }));
  ASSERT_EQ(Last(Kind::kAssigned)->assigned.size(), 2U);
}

SourceEvent RecordSourceContract::CommitAndWait(int32_t partition, CommitPosition position) {
  const RecordSource::Position one{SlotOf(partition), position, "kept"};
  const size_t answers = Count(Kind::kCommitted) + Count(Kind::kCommitFailed);
  harness_->source().Commit(std::span(&one, 1));
  EXPECT_TRUE(
      TurnUntil([&] { return Count(Kind::kCommitted) + Count(Kind::kCommitFailed) > answers; }));
  for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
    if (it->kind == Kind::kCommitted || it->kind == Kind::kCommitFailed) return *it;
  }
  return {};
}

size_t RecordSourceContract::Count(Kind kind) const {
  size_t count = 0;
  for (const SourceEvent& event : events_) count += event.kind == kind ? 1 : 0;
  return count;
}

const SourceEvent* RecordSourceContract::Last(Kind kind) const {
  for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
    if (it->kind == kind) return &*it;
  }
  return nullptr;
}

PartitionSlot RecordSourceContract::SlotOf(int32_t partition) const {
  const TopicPartition stream = harness_->Stream(partition);
  for (const SourceEvent& event : events_) {
    for (const AssignedPartition& assigned : event.assigned) {
      if (assigned.name == stream) return assigned.slot;
    }
  }
  ADD_FAILURE() << "never assigned";
  return {};
}

namespace {

std::vector<std::pair<int64_t, std::string>> Numbers(int from, int count) {
  std::vector<std::pair<int64_t, std::string>> numbers;
  for (int i = from; i < from + count; ++i) numbers.emplace_back(i, std::to_string(i));
  return numbers;
}

TEST_P(RecordSourceContract, DeliversNothingBeforeStartReadingAndThenAllInOrder) {
  harness_->Append(0, 0, 25);
  harness_->Append(1, 0, 25);
  AwaitAssignment();
  Turn();
  EXPECT_TRUE(read_.empty());
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return ends_.size() == 2; }));
  EXPECT_EQ(read_[harness_->Stream(0)], Numbers(0, 25));
  EXPECT_EQ(read_[harness_->Stream(1)], Numbers(0, 25));
  EXPECT_EQ(ends_[harness_->Stream(0)], 25);
}

TEST_P(RecordSourceContract, KnowsWhichRecordsCarryAHeader) {
  harness_->Append(0, 0, 5);
  harness_->Append(1, 0, 2);
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return ends_.size() == 2; }));
  EXPECT_EQ(odd_[harness_->Stream(0)], (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(odd_[harness_->Stream(1)], (std::vector<int64_t>{1}));
}

TEST_P(RecordSourceContract, TellsTheHeadersOfTheRecordsInHand) {
  AwaitAssignment();
  harness_->AppendWithHeaders(0, {});
  harness_->AppendWithHeaders(0, {{"other", "x"}, {"wanted", "old"}, {"wanted", "new"}});
  harness_->AppendWithHeaders(0, {{"wanted", std::nullopt}});
  harness_->AppendWithHeaders(0, {{"wanted", ""}});
  harness_->source().StartReading();
  std::vector<std::optional<std::string>> told;
  consume_ = false;
  ASSERT_TRUE(TurnUntil([&] {
    std::vector<Record> records(10);
    const size_t count = harness_->source().Poll(records);
    for (size_t i = count; i > 0; --i) {  // in any order, and as often as wanted
      static_cast<void>(harness_->source().HeaderOf(records[i - 1], "wanted"));
    }
    for (size_t i = 0; i < count; ++i) {
      const auto header = harness_->source().HeaderOf(records[i], "wanted");
      told.push_back(header ? std::optional<std::string>(*header) : std::nullopt);
    }
    harness_->source().Release();
    return told.size() == 4;
  }));
  EXPECT_EQ(told, (std::vector<std::optional<std::string>>{std::nullopt, "new", std::nullopt, ""}));
}

TEST_P(RecordSourceContract, AnAssignmentNamesItsPartitionsAndTheirStarts) {
  harness_->Append(0, 0, 3);
  AwaitAssignment();
  std::set<TopicPartition> names;
  for (const AssignedPartition& partition : Last(Kind::kAssigned)->assigned) {
    names.insert(partition.name);
    EXPECT_FALSE(partition.committed);
    EXPECT_EQ(partition.start.next, Offset{0});
    EXPECT_EQ(harness_->source().Name(partition.slot), partition.name);
  }
  EXPECT_EQ(names, (std::set<TopicPartition>{harness_->Stream(0), harness_->Stream(1)}));
}

TEST_P(RecordSourceContract, TellsTheEndAgainWhenItMoved) {
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return ends_.size() == 2; }));
  harness_->Append(0, 0, 4);
  ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(0)] == 4; }));
  EXPECT_EQ(harness_->source().EndOffset(SlotOf(0)), 4);
  EXPECT_EQ(read_[harness_->Stream(0)], Numbers(0, 4));
}

TEST_P(RecordSourceContract, ACommitIsAnsweredOnceAndRemembered) {
  harness_->Append(0, 0, 5);
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(0)] == 5; }));
  EXPECT_EQ(CommitAndWait(0, {Offset{3}, last_epoch_}).kind, Kind::kCommitted);
  Turn();
  EXPECT_EQ(Count(Kind::kCommitted), 1U);
  EXPECT_EQ(harness_->Committed()[harness_->Stream(0)], (CommitPosition{Offset{3}, last_epoch_}));
}

TEST_P(RecordSourceContract, TellsWhatTheBrokersSayAboutAWholeTopic) {
  harness_->Append(0, 0, 5);
  harness_->Append(1, 0, 3);
  AwaitAssignment();
  CommitAndWait(0, {Offset{4}, -1});
  harness_->source().AskStream(harness_->Stream(0).topic);
  ASSERT_TRUE(TurnUntil([&] { return Count(Kind::kStreamFacts) == 1; }));
  const StreamFacts stream = Last(Kind::kStreamFacts)->stream;
  EXPECT_EQ(stream.topic, harness_->Stream(0).topic);
  EXPECT_NE(stream.cluster_id, "");
  EXPECT_NE(stream.topic_id, "");
  ASSERT_EQ(stream.partitions.size(), 2U);
  EXPECT_EQ(stream.partitions[0].beginning, 0);
  EXPECT_EQ(stream.partitions[0].end, 5);
  EXPECT_EQ(stream.partitions[0].committed, 4);
  EXPECT_EQ(stream.partitions[1].end, 3);
  EXPECT_EQ(stream.partitions[1].committed, -1) << "none";
  harness_->source().AskStream(harness_->Stream(0).topic);
  ASSERT_TRUE(TurnUntil([&] { return Count(Kind::kStreamFacts) == 2; }));
}

TEST_P(RecordSourceContract, EventsAreServedWithoutReadingRecords) {
  harness_->Append(0, 0, 100);
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return !read_.empty(); }));
  consume_ = false;
  const auto before = read_;
  EXPECT_EQ(CommitAndWait(0, {Offset{1}, last_epoch_}).kind, Kind::kCommitted);
  EXPECT_EQ(read_, before);
}

TEST_P(RecordSourceContract, PausedNothingIsDeliveredAndResumedNothingIsMissing) {
  harness_->Append(0, 0, 30);
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return !read_.empty(); }));
  harness_->source().PauseFetching();
  Turn();
  const auto before = read_;
  harness_->Append(0, 30, 10);
  for (int i = 0; i < 50; ++i) {
    Turn();
    harness_->Step();
  }
  EXPECT_EQ(read_, before);
  harness_->source().ResumeFetching();
  ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(0)] == 40; }));
  EXPECT_EQ(read_[harness_->Stream(0)], Numbers(0, 40));
}

TEST_P(RecordSourceContract, OfWhatIsKeptBackNothingIsDeliveredAndAfterwardsNothingIsMissing) {
  constexpr int kMany = 3'000;  // more than one Poll() takes, and one fetch
  harness_->Append(0, 0, kMany);
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return !read_.empty(); }));
  const PartitionSlot kept = SlotOf(0);
  harness_->source().KeepBack(std::span(&kept, 1));
  const auto before = read_[harness_->Stream(0)];
  harness_->Append(0, kMany, 10);
  harness_->Append(1, 0, 30);
  ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(1)] == 30; }));
  EXPECT_EQ(read_[harness_->Stream(1)], Numbers(0, 30)) << "the others go on";
  for (int i = 0; i < 50; ++i) {
    Turn();
    harness_->Step();
  }
  EXPECT_EQ(read_[harness_->Stream(0)], before);
  // Starting and resuming do not undo it.
  harness_->source().PauseFetching();
  harness_->source().ResumeFetching();
  harness_->Append(1, 30, 1);
  ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(1)] == 31; }));
  EXPECT_EQ(read_[harness_->Stream(0)], before);
  harness_->source().KeepBack({});
  ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(0)] == kMany + 10; }));
  EXPECT_EQ(read_[harness_->Stream(0)], Numbers(0, kMany + 10));
}

TEST_P(RecordSourceContract, APartitionThatIsHeldComesAgainFromWhereItsReaderSays) {
  harness_->Append(0, 0, 30);
  AwaitAssignment();
  harness_->source().StartReading();
  const TopicPartition held = harness_->Stream(0);
  ASSERT_TRUE(TurnUntil([&] { return ends_[held] == 30; }));
  harness_->source().Hold(SlotOf(0), Offset{10});
  read_.clear();
  ends_.clear();
  harness_->Append(0, 30, 5);
  harness_->Append(1, 0, 5);
  ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(1)] == 5; })) << "the other goes on";
  for (int i = 0; i < 20; ++i) {
    Turn();
    harness_->Step();
  }
  EXPECT_FALSE(read_.contains(held));
  EXPECT_FALSE(ends_.contains(held)) << "its end is not told while records are to come again";
  harness_->source().GoOn(SlotOf(0));
  ASSERT_TRUE(TurnUntil([&] { return ends_[held] == 35; })) << "and is told when they have come";
  EXPECT_EQ(read_[held], Numbers(10, 25));
}

TEST_P(RecordSourceContract, WhatIsHeldAndKeptBackIsReadWhenItIsNeither) {
  harness_->Append(0, 0, 20);
  AwaitAssignment();
  harness_->source().StartReading();
  const TopicPartition both = harness_->Stream(0);
  ASSERT_TRUE(TurnUntil([&] { return ends_[both] == 20; }));
  const PartitionSlot slot = SlotOf(0);
  int others = 0;
  // Until the other partition has been read, so that this one could have been.
  const auto expect_nothing = [&] {
    harness_->Append(1, others, 5);
    others += 5;
    ASSERT_TRUE(TurnUntil([&] { return ends_[harness_->Stream(1)] == others; }));
    for (int i = 0; i < 20; ++i) {
      Turn();
      harness_->Step();
    }
    EXPECT_FALSE(read_.contains(both));
    EXPECT_FALSE(ends_.contains(both));
  };
  for (const bool goes_on_first : {true, false}) {
    harness_->source().Hold(slot, Offset{10});
    read_.clear();
    ends_.clear();
    harness_->source().KeepBack(std::span(&slot, 1));
    expect_nothing();
    goes_on_first ? harness_->source().GoOn(slot) : harness_->source().KeepBack({});
    expect_nothing();
    harness_->source().PauseFetching();
    harness_->source().ResumeFetching();
    expect_nothing();
    goes_on_first ? harness_->source().KeepBack({}) : harness_->source().GoOn(slot);
    ASSERT_TRUE(TurnUntil([&] { return ends_[both] == 20; }));
    EXPECT_EQ(read_[both], Numbers(10, 10));
  }
}

TEST_P(RecordSourceContract, WhatIsTakenBackMayStillBeCommittedUntilTheAnswer) {
  harness_->Append(0, 0, 5);
  harness_->Append(1, 0, 5);
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return ends_.size() == 2; }));
  harness_->TakeSome();
  ASSERT_TRUE(TurnUntil([&] { return Count(Kind::kRevoking) == 1; }));
  const PartitionSlot slot = Last(Kind::kRevoking)->slots.at(0);
  const TopicPartition stream = harness_->source().Name(slot);
  const auto before = read_[stream];
  harness_->Append(stream.partition, 5, 5);
  EXPECT_EQ(CommitAndWait(stream.partition, {Offset{5}, last_epoch_}).kind, Kind::kCommitted);
  EXPECT_EQ(read_[stream], before);
  harness_->source().CompleteRevoke();
  EXPECT_EQ(harness_->Committed()[stream].next, Offset{5});
}

TEST_P(RecordSourceContract, ClosingTakesEverythingBackAndThenTellsSo) {
  harness_->Append(0, 0, 5);
  AwaitAssignment();
  harness_->source().StartReading();
  ASSERT_TRUE(TurnUntil([&] { return ends_.size() == 2; }));
  harness_->source().Close();
  ASSERT_TRUE(TurnUntil([&] { return Count(Kind::kRevoking) == 1; }));
  EXPECT_EQ(Last(Kind::kRevoking)->slots.size(), 2U);
  EXPECT_EQ(Count(Kind::kClosed), 0U);
  harness_->source().CompleteRevoke();
  ASSERT_TRUE(TurnUntil([&] { return Count(Kind::kClosed) == 1; }));
  EXPECT_TRUE(harness_->Committed().empty());
}

}  // namespace
}  // namespace sluice::testing
