#include "tests/contract/event_publisher_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;

constexpr int kTurnsMax = 30'000;
constexpr int kTurnsMore = 20;

size_t CountOf(const std::vector<PublishAck>& acks) {
  size_t count = 0;
  for (const PublishAck& ack : acks) count += ack.count;
  return count;
}

std::vector<std::string> TextsOf(const std::vector<Header>& headers) {
  std::vector<std::string> texts;
  for (const Header& header : headers) {
    texts.push_back(header.name + (header.value ? "=" + *header.value : " is null"));
  }
  return texts;
}

bool IsDone(const PublishAck& ack) {
  return ack.failure.verdict.disposition == Disposition::kDone;
}

OutgoingEvent Event(StreamSlot stream, std::string_view key, std::string_view value,
                    uint64_t token = 1) {
  OutgoingEvent event;
  event.stream = stream;
  event.key = key;
  event.value = value;
  event.token = token;
  return event;
}

}  // namespace

void EventPublisherContract::Publish(const OutgoingEvent& event) {
  for (int turn = 0; turn < kTurnsMax; ++turn) {
    if (publisher().Publish(event)) return;
    publisher().Poll(acks_);
    harness_->Step();
  }
  FAIL() << "there was never room";
}

void EventPublisherContract::AwaitAcks(EventPublisher& publisher, size_t count) {
  for (int turn = 0; turn < kTurnsMax && CountOf(acks_) < count; ++turn) {
    publisher.Poll(acks_);
    harness_->Step();
  }
  for (int turn = 0; turn < kTurnsMore; ++turn) {
    publisher.Poll(acks_);
    harness_->Step();
  }
  ASSERT_EQ(CountOf(acks_), count);
}

uint32_t EventPublisherContract::CountPartitions(StreamSlot stream) {
  for (int turn = 0; turn < kTurnsMax; ++turn) {
    if (const uint32_t count = publisher().CountPartitions(stream)) return count;
    publisher().Poll(acks_);
    harness_->Step();
  }
  ADD_FAILURE() << "nobody knows how many partitions there are";
  return 0;
}

TEST_P(EventPublisherContract, AStreamHasOneSlotAndAnotherAnother) {
  const std::string one = harness_->NewStream();
  const std::string two = harness_->NewStream();
  const StreamSlot slot = publisher().Open(one);
  EXPECT_NE(publisher().Open(two), slot);
  EXPECT_EQ(publisher().Open(one), slot);
}

TEST_P(EventPublisherContract, RecordsOfAKeyLieInOrderOnceEachInOnePartition) {
  const std::string stream = harness_->NewStream();
  const StreamSlot slot = publisher().Open(stream);
  constexpr int kKeys = 7;
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    for (int key = 0; key < kKeys; ++key) {
      Publish(Event(slot, std::to_string(key), std::to_string(round)));
    }
  }
  AwaitAcks(publisher(), size_t{kKeys} * kRounds);
  std::map<std::string, std::vector<FoundEvent>> by_key;
  for (FoundEvent& event : harness_->Find(stream)) {
    by_key[event.key.value_or("-")].push_back(std::move(event));
  }
  ASSERT_EQ(by_key.size(), size_t{kKeys});
  for (const auto& [key, events] : by_key) {
    ASSERT_EQ(events.size(), size_t{kRounds}) << key;
    for (int round = 0; round < kRounds; ++round) {
      EXPECT_EQ(events[static_cast<size_t>(round)].value, std::to_string(round)) << key;
      EXPECT_EQ(events[static_cast<size_t>(round)].partition, events[0].partition) << key;
    }
  }
}

TEST_P(EventPublisherContract, EachTokenIsAcknowledgedAsOftenAsItWasGiven) {
  const StreamSlot one = publisher().Open(harness_->NewStream());
  const StreamSlot two = publisher().Open(harness_->NewStream());
  for (uint64_t token = 1; token <= 5; ++token) {
    for (uint64_t i = 0; i < token; ++i) {
      Publish(Event(i % 2 == 0 ? one : two, std::to_string(i), "v", token));
    }
  }
  AwaitAcks(publisher(), 15);
  std::map<uint64_t, uint64_t> counts;
  for (const PublishAck& ack : acks_) {
    EXPECT_TRUE(IsDone(ack)) << ack.failure.detail;
    counts[ack.token] += ack.count;
  }
  EXPECT_EQ(counts, (std::map<uint64_t, uint64_t>{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}));
  EXPECT_EQ(publisher().queued_records(), 0U);
  EXPECT_EQ(publisher().queued_bytes(), 0U);
}

TEST_P(EventPublisherContract, AnAcknowledgementSaysWhereItsLastRecordStands) {
  const StreamSlot slot = publisher().Open(harness_->NewStream());
  for (uint64_t token = 1; token <= 3; ++token) {
    OutgoingEvent event = Event(slot, "k", "v", token);
    event.partition = 1;
    Publish(event);
  }
  AwaitAcks(publisher(), 3);
  ASSERT_EQ(acks_.size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(acks_[i].offset, static_cast<int64_t>(i));
}

TEST_P(EventPublisherContract, ARecordHasTheTimeThatItWasGiven) {
  const std::string stream = harness_->NewStream();
  OutgoingEvent event = Event(publisher().Open(stream), "k", "v");
  event.timestamp_ms = 1'700'000'000'123;
  Publish(event);
  AwaitAcks(publisher(), 1);
  const std::vector<FoundEvent> found = harness_->Find(stream);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].timestamp_ms, 1'700'000'000'123);
}

TEST_P(EventPublisherContract, ARecordArrivesAsItWasGiven) {
  const std::string stream = harness_->NewStream();
  const StreamSlot slot = publisher().Open(stream);
  {
    std::string key("k\0k", 3);
    std::string value = "v";
    std::string name = "h";
    std::string text = "t";
    const std::vector<HeaderView> headers = {{name, text}, {name, ""}, {"none", std::nullopt}};
    OutgoingEvent event = Event(slot, key, value);
    event.headers = headers;
    event.partition = 2;
    Publish(event);
    key = value = name = text = "overwritten";  // what was passed was copied
  }
  OutgoingEvent tombstone;
  tombstone.stream = slot;
  tombstone.key = "";
  tombstone.partition = 2;
  Publish(tombstone);
  OutgoingEvent keyless;
  keyless.stream = slot;
  keyless.value = "";
  keyless.partition = 2;
  Publish(keyless);
  AwaitAcks(publisher(), 3);
  const auto found = harness_->Find(stream);
  ASSERT_EQ(found.size(), 3U);
  for (const FoundEvent& event : found) EXPECT_EQ(event.partition, 2U);
  EXPECT_EQ(found[0].key, std::string("k\0k", 3));
  EXPECT_EQ(found[0].value, "v");
  EXPECT_THAT(TextsOf(found[0].headers), ElementsAre("h=t", "h=", "none is null"));
  EXPECT_EQ(found[1].key, "");
  EXPECT_EQ(found[1].value, std::nullopt);
  EXPECT_EQ(found[2].key, std::nullopt);
  EXPECT_EQ(found[2].value, "");
}

TEST_P(EventPublisherContract, PartitionsAreAskedForEachTime) {
  const StreamSlot slot = publisher().Open(harness_->NewStream());
  EXPECT_EQ(publisher().CountPartitions(slot), 0U) << "the log has to be asked";
  EXPECT_EQ(CountPartitions(slot), EventPublisherHarness::kPartitions);
  EXPECT_EQ(publisher().CountPartitions(slot), 0U) << "there may be more by now";
  EXPECT_EQ(CountPartitions(slot), EventPublisherHarness::kPartitions);
}

TEST_P(EventPublisherContract, AFullQueueTakesNothingAndALogThatIsAwayFails) {
  EventPublisher& away = harness_->cut_off();
  const StreamSlot slot = away.Open("away");
  size_t taken = 0;
  while (taken <= EventPublisherHarness::kQueueMax && away.Publish(Event(slot, "k", "v", 9))) {
    ++taken;
  }
  EXPECT_EQ(taken, EventPublisherHarness::kQueueMax);
  EXPECT_EQ(away.queued_records(), taken);
  EXPECT_GT(away.queued_bytes(), 0U);
  for (int turn = 0; turn < kTurnsMax && acks_.empty(); ++turn) {
    away.Poll(acks_);
    harness_->Step();
  }
  ASSERT_FALSE(acks_.empty());
  EXPECT_EQ(acks_[0].token, 9U);
  EXPECT_FALSE(IsDone(acks_[0]));
  EXPECT_EQ(acks_[0].failure.verdict.disposition, Disposition::kHold);
  EXPECT_LT(away.queued_records(), taken);
}

}  // namespace sluice::testing
