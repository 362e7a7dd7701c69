#include "tests/contract/control_store_contract.h"

#include <chrono>

namespace sluice::testing {

using Kind = ControlAnswer::Kind;

ControlAnswer ControlStoreContract::Await() {
  std::vector<ControlAnswer> answers;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < end) {
    answers.clear();
    harness_->store().Poll(answers);
    for (ControlAnswer& answer : answers)
      if (answer.kind != Kind::kHeld) return std::move(answer);
    harness_->Step();
  }
  ADD_FAILURE() << "no answer";
  return {};
}

ControlAnswer ControlStoreContract::Look(const std::string& index) {
  harness_->store().Look(index);
  return Await();
}

ControlRecord ControlStoreContract::RecordOf(const std::string& index) {
  ControlRecord record;
  record.index = index;
  record.destination = {true, index + "-000001", "uuid", "history", {"0:a", "1:b"}, 7};
  record.group = "a \"group\"";
  record.cluster_id = "cluster";
  record.topic = "Topic";
  record.topic_id = "id";
  record.partitions = 2;
  record.key_encoding = KeyWithSchema("{}");
  record.incarnation = 5;
  record.starts = {0, int64_t{1} << 40};
  record.floors = {3, 4};
  OtherIndex other;
  other.facts = {true, index + "-000002", "uuid-2", "", {"0:c"}, 8};
  other.next = true;
  other.offsets = {5, 6};
  other.floors = {1, 2};
  other.hides_stubs = true;
  other.moved_ms = 9;
  other.keep_until_ms = 10;
  record.other = other;
  record.refill = Refill{Refill::From::kSource, int64_t{1} << 50, true, "0123abcd"};
  return record;
}

TEST_P(ControlStoreContract, FindsNothingBeforeTheFirstRecord) {
  const std::string index = harness_->NewIndex();
  const ControlAnswer answer = Look(index);
  EXPECT_EQ(answer.kind, Kind::kFound);
  EXPECT_EQ(answer.index, index);
  EXPECT_FALSE(answer.record);
  EXPECT_TRUE(answer.destination.exists);
  EXPECT_NE(answer.destination.backing, "");
  EXPECT_NE(answer.destination.uuid, "");
  EXPECT_EQ(answer.destination.history_uuid, "");
  EXPECT_FALSE(answer.destination.primaries.empty());
  EXPECT_EQ(answer.destination.operations, 0);
}

TEST_P(ControlStoreContract, GivesBackWhatWasStored) {
  const std::string index = harness_->NewIndex();
  const ControlRecord stored = RecordOf(index);
  harness_->store().Create(stored);
  ASSERT_EQ(Await().kind, Kind::kWritten);
  const ControlAnswer answer = Look(index);
  ASSERT_TRUE(answer.record);
  const ControlRecord& found = *answer.record;
  EXPECT_EQ(found.index, stored.index);
  EXPECT_EQ(found.destination.backing, stored.destination.backing);
  EXPECT_EQ(found.destination.uuid, stored.destination.uuid);
  EXPECT_EQ(found.destination.history_uuid, stored.destination.history_uuid);
  EXPECT_EQ(found.destination.primaries, stored.destination.primaries);
  EXPECT_EQ(found.destination.operations, stored.destination.operations);
  EXPECT_EQ(found.group, stored.group);
  EXPECT_EQ(found.cluster_id, stored.cluster_id);
  EXPECT_EQ(found.topic, stored.topic);
  EXPECT_EQ(found.topic_id, stored.topic_id);
  EXPECT_EQ(found.partitions, stored.partitions);
  EXPECT_EQ(found.key_encoding, stored.key_encoding);
  EXPECT_EQ(found.version_mode, stored.version_mode);
  EXPECT_EQ(found.incarnation, stored.incarnation);
  EXPECT_EQ(found.starts, stored.starts);
  EXPECT_EQ(found.floors, stored.floors);
  EXPECT_EQ(found.other, stored.other);
  EXPECT_EQ(found.refill, stored.refill);
}

TEST_P(ControlStoreContract, TheFirstRecordIsMadeOnce) {
  const std::string index = harness_->NewIndex();
  harness_->store().Create(RecordOf(index));
  ASSERT_EQ(Await().kind, Kind::kWritten);
  ControlRecord late = RecordOf(index);
  late.incarnation = 9;
  harness_->store().Create(late);
  EXPECT_EQ(Await().kind, Kind::kRefused);
  EXPECT_EQ(Look(index).record->incarnation, 5);
}

TEST_P(ControlStoreContract, AChangeNeedsTheRecordThatItWasMadeOf) {
  const std::string index = harness_->NewIndex();
  harness_->store().Create(RecordOf(index));
  const ControlTicket first = Await().ticket;
  ControlRecord changed = RecordOf(index);
  changed.incarnation = 6;
  harness_->store().Replace(changed, first);
  const ControlAnswer written = Await();
  ASSERT_EQ(written.kind, Kind::kWritten);
  changed.incarnation = 7;
  harness_->store().Replace(changed, first);
  EXPECT_EQ(Await().kind, Kind::kRefused) << "an old ticket";
  EXPECT_EQ(Look(index).record->incarnation, 6);
  harness_->store().Replace(changed, written.ticket);
  EXPECT_EQ(Await().kind, Kind::kWritten);
  EXPECT_EQ(Look(index).record->incarnation, 7);
}

TEST_P(ControlStoreContract, CountsWhatTheIndexHasTaken) {
  const std::string index = harness_->NewIndex();
  harness_->WriteTo(index);
  EXPECT_EQ(Look(index).destination.operations, 1);
}

TEST_P(ControlStoreContract, AnIndexThatIsMadeAgainIsAnotherOne) {
  const std::string index = harness_->NewIndex();
  const IndexFacts before = Look(index).destination;
  EXPECT_EQ(Look(index).destination.uuid, before.uuid);
  EXPECT_EQ(Look(index).destination.primaries, before.primaries);
  harness_->MakeAgain(index);
  const IndexFacts after = Look(index).destination;
  EXPECT_NE(after.uuid, before.uuid);
  EXPECT_NE(after.primaries, before.primaries);
}

}  // namespace sluice::testing
