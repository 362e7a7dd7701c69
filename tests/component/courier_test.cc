// The courier on fakes: one claim a test.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "tests/component/courier_rig.h"

namespace sluice::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kSecond = 1'000'000;
constexpr DestinationSlot kFast{0};
constexpr DestinationSlot kSlow{1};

Failure Say(Disposition disposition, FailureReason reason) {
  return {{disposition, reason, WriteResult::kCreated}, "said", "words"};
}

/// Bodies that a destination has taken, in their order.
std::vector<std::string> AcceptedBy(const CourierWorld& world, DestinationSlot destination) {
  std::vector<std::string> bodies;
  for (const ArrivedDelivery& arrived : world.arrived) {
    if (arrived.destination == destination && arrived.answered == Disposition::kDone)
      bodies.push_back(arrived.body);
  }
  return bodies;
}

int64_t Committed(const CourierWorld& world, const std::string& topic) {
  const auto committed = world.log.Committed({topic, 0});
  return committed ? committed->next.value : -1;
}

class CourierTest : public ::testing::Test {
 protected:
  CourierWorld world_{{"fast", "slow"}, 1};
  DeliverySettings settings_ = world_.Settings();
};

TEST_F(CourierTest, EachStatusGoesToItsCustomerAndIsCommitted) {
  world_.Append(1, "fast", "a");
  world_.Append(2, "slow", "b");
  world_.Append(1, "fast", "c");
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond, 3);
  EXPECT_THAT(AcceptedBy(world_, kFast), ElementsAre("a", "c"));
  EXPECT_THAT(AcceptedBy(world_, kSlow), ElementsAre("b"));
  EXPECT_EQ(Committed(world_, kStream), 3);
  EXPECT_EQ(member.stats(0).accepted, 2U);
  EXPECT_EQ(member.stats(0).parked + member.stats(1).parked, 0U) << "nobody was too slow";
}

TEST_F(CourierTest, TheKeyOfARepeatIsTheRecords) {
  world_.Append(1, "fast", "a");
  int attempts = 0;
  world_.reply = [&attempts](const ArrivedDelivery&) {
    return FakeDestinations::Reply{
        ++attempts < 3 ? Say(Disposition::kInDoubt, FailureReason::kTimeout) : Failure{}, 0, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond, 10);
  ASSERT_THAT(world_.arrived, SizeIs(3));
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(world_.arrived[i].idempotency_key, "status-0-0");
    EXPECT_EQ(world_.arrived[i].attempt, i + 1);
  }
  EXPECT_EQ(member.stats(0).failures[static_cast<size_t>(FailureReason::kTimeout)], 2U);
}

TEST_F(CourierTest, ASlowCustomerIsParkedAndHoldsUpNeitherTheOthersNorTheOffsets) {
  constexpr int kEach = 50;
  settings_.window_max = kEach;
  for (int i = 0; i < kEach; ++i) {
    world_.Append(2 * i, "fast", "f" + std::to_string(i));
    world_.Append(2 * i + 1, "slow", "s" + std::to_string(i));
  }
  world_.reply = [](const ArrivedDelivery& arrived) {
    return FakeDestinations::Reply{{}, arrived.destination == kSlow ? 30 * kSecond : 0, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond, 4);
  EXPECT_THAT(AcceptedBy(world_, kFast), SizeIs(kEach)) << "none waits for the slow one";
  EXPECT_EQ(Committed(world_, kStream), 2 * kEach) << "what waits stands in the parked topic";
  EXPECT_EQ(world_.log.End({"parked.slow", 0}).value, kEach) << "with copies of the window";
  EXPECT_EQ(world_.log.End({"parked.fast", 0}).value, 0);
  EXPECT_LE(member.customers().under_way(kSlow), settings_.concurrency);
  EXPECT_GT(member.stats(1).parked_records, 0U);
  member.Run(10 * kSecond, 60);
  EXPECT_EQ(world_.arrived.size(), 2U * kEach) << "each once, copies known as such";
  EXPECT_EQ(Committed(world_, "parked.slow"), kEach);
  EXPECT_EQ(member.stats(1).parked_records, 0U);
}

TEST_F(CourierTest, MemoryIsBoundedByTheWindow) {
  for (int i = 0; i < 500; ++i) world_.Append(i, "slow", "s");
  world_.reply = [](const ArrivedDelivery&) {
    return FakeDestinations::Reply{{}, 3600 * kSecond, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  for (int turn = 0; turn < 2'000; ++turn) {
    member.courier().Turn();
    ASSERT_LE(member.stats(1).waiting + member.stats(1).under_way, settings_.window_max);
    if (turn % 10 == 0) world_.clock.AdvanceUs(kSecond / 10);
  }
  EXPECT_EQ(Committed(world_, kStream), 500);
}

TEST_F(CourierTest, APackageIsInOrderWhileItsParkedRecordsAreDrained) {
  settings_.concurrency = 3;
  std::map<std::string, std::string> package_of;
  for (int i = 0; i < 90; ++i) {
    const std::string body = "s" + std::to_string(i);
    package_of[body] = std::to_string(i % 3);
    world_.Append(i % 3, "slow", body);
  }
  world_.reply = [](const ArrivedDelivery&) { return FakeDestinations::Reply{{}, kSecond, 0}; };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond / 2, 100);
  std::map<std::string, int> last;
  for (const std::string& body : AcceptedBy(world_, kSlow)) {
    const int number = std::stoi(body.substr(1));
    const auto [at, first] = last.try_emplace(package_of[body], number);
    EXPECT_TRUE(first || number > at->second) << body << " after s" << at->second;
    at->second = number;
  }
  EXPECT_THAT(AcceptedBy(world_, kSlow), SizeIs(90));
}

TEST_F(CourierTest, PackagesThatCannotBeDeliveredDoNotKeepOthersOut) {
  settings_.breaker.failures = 1'000'000;
  constexpr int kStuck = 7;  // of a window of ten
  for (int i = 0; i < 100; ++i) world_.Append(i, "slow", i < kStuck ? "stuck" : "s");
  world_.reply = [](const ArrivedDelivery& arrived) {
    return FakeDestinations::Reply{arrived.body == "stuck"
                                       ? Say(Disposition::kInDoubt, FailureReason::kServerError)
                                       : Failure{},
                                   kSecond / 10, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond / 10, 600);
  EXPECT_THAT(AcceptedBy(world_, kSlow), SizeIs(100 - kStuck));
  EXPECT_EQ(Committed(world_, kStream), 100);
}

TEST_F(CourierTest, ACustomerThatFailsIsLeftAloneAndThenAskedOnce) {
  bool works = false;
  world_.reply = [&works](const ArrivedDelivery& arrived) {
    const bool fails = arrived.destination == kSlow && !works;
    return FakeDestinations::Reply{
        fails ? Say(Disposition::kInDoubt, FailureReason::kServerError) : Failure{}, 0, 0};
  };
  for (int i = 0; i < 40; ++i) world_.Append(i, "slow", "s");
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond / 10, 20);
  EXPECT_TRUE(member.stats(1).breaker_open);
  EXPECT_EQ(member.stats(1).openings, 1U);
  ASSERT_THAT(member.observer().destinations(), SizeIs(1));
  EXPECT_THAT(member.observer().destinations()[0].sentence, HasSubstr("words"));
  EXPECT_THAT(member.observer().holds(), IsEmpty()) << "the process is ready: others are served";
  const size_t asked = world_.arrived.size();
  member.Run(10 * kSecond, 60);
  EXPECT_LE(world_.arrived.size() - asked, 25U) << "one probe in 30 s";
  EXPECT_EQ(Committed(world_, kStream), 40);
  works = true;
  member.Run(10 * kSecond, 10);
  EXPECT_FALSE(member.stats(1).breaker_open);
  EXPECT_THAT(AcceptedBy(world_, kSlow), SizeIs(40));
  EXPECT_THAT(member.observer().destinations(), SizeIs(2));
}

TEST_F(CourierTest, WhatIsRefusedIsADeadLetterAndItsPackageGoesOn) {
  world_.Append(1, "fast", "a");
  world_.Append(1, "fast", "bad");
  world_.Append(1, "fast", "c");
  world_.reply = [](const ArrivedDelivery& arrived) {
    return FakeDestinations::Reply{
        arrived.body == "bad" ? Say(Disposition::kReject, FailureReason::kBadRequest) : Failure{},
        0, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond, 3);
  EXPECT_THAT(AcceptedBy(world_, kFast), ElementsAre("a", "c"));
  ASSERT_THAT(member.letters().stored(), SizeIs(1));
  const StoredDeadLetter& letter = member.letters().stored()[0];
  EXPECT_EQ(letter.reason, RejectReason::kDeliveryRefused);
  EXPECT_EQ(letter.destination, "fast");
  EXPECT_EQ(letter.value, "fast bad");
  EXPECT_EQ(letter.stage, "deliver");
  EXPECT_EQ(letter.id, "status-0-1");
  EXPECT_EQ(Committed(world_, kStream), 3);
  EXPECT_EQ(member.stats(0).refused, 1U);
}

TEST_F(CourierTest, BadInputHasItsOutcomeAndIsCommitted) {
  world_.log.Append({kStream, 0}, "1", std::nullopt);
  world_.log.Append({kStream, 0}, "1", "?");
  world_.Append(1, "nobody", "x");
  world_.Append(1, "fast", "good");
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond, 3);
  EXPECT_THAT(AcceptedBy(world_, kFast), ElementsAre("good"));
  ASSERT_THAT(member.letters().stored(), SizeIs(2));
  std::map<RejectReason, StoredDeadLetter> letters;
  for (const StoredDeadLetter& letter : member.letters().stored()) letters[letter.reason] = letter;
  EXPECT_EQ(letters[RejectReason::kBadJson].value, "?");
  EXPECT_EQ(letters[RejectReason::kUnknownDestination].destination, "nobody");
  const PipelineStats& stats = member.courier().stats();
  EXPECT_EQ(stats.skipped[static_cast<size_t>(SkipRule::kTombstone)], 1U);
  EXPECT_EQ(Committed(world_, kStream), 4);
  uint64_t fates = 0;
  for (const uint64_t fate : stats.partitions[0].fates) fates += fate;
  EXPECT_EQ(fates, stats.partitions[0].records) << "I7";
}

TEST_F(CourierTest, ATopicOfNoDeliveriesDoesNotDrainIntoTheDeadLetters) {
  settings_.rejected_max_ppm = 300;  // three of the last 10,000
  for (int i = 0; i < 5; ++i) world_.Append(1, "nobody", std::to_string(i));
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(1'000'000, 5);
  ASSERT_TRUE(member.observer().halt());
  EXPECT_THAT(member.observer().halt()->sentence,
              AllOf(HasSubstr("offset 3: unknown_destination, nobody"),
                    HasSubstr("deliver.destination.field")));
  EXPECT_LE(Committed(world_, kStream), 3) << "the one that was too much is passed over";
}

TEST_F(CourierTest, PartitionsThatAreNotGivenTogetherHalt) {
  CourierMember member(world_, settings_);
  member.source().Assign({{settings_.destinations[0].parked, 0}});
  member.Settle();
  ASSERT_TRUE(member.observer().halt());
  EXPECT_THAT(member.observer().halt()->sentence,
              HasSubstr("partition 0, without " + std::string(kStream) + ", partition 0"));
}

TEST_F(CourierTest, AttemptsEndWhereTheyAreLimited) {
  settings_.attempts_max = 3;
  world_.Append(1, "fast", "never");
  world_.Append(1, "fast", "then");
  world_.reply = [](const ArrivedDelivery& arrived) {
    return FakeDestinations::Reply{
        arrived.body == "never" ? Say(Disposition::kInDoubt, FailureReason::kTimeout) : Failure{},
        0, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Run(kSecond, 30);
  ASSERT_THAT(member.letters().stored(), SizeIs(1));
  EXPECT_EQ(member.letters().stored()[0].reason, RejectReason::kAttemptsExhausted);
  EXPECT_EQ(member.letters().stored()[0].attempts, 3U);
  EXPECT_THAT(AcceptedBy(world_, kFast), ElementsAre("then"));
}

TEST_F(CourierTest, WhatCannotBeParkedHalts) {
  settings_.window_max = 1;
  for (int i = 0; i < 5; ++i) world_.Append(i, "slow", "s");
  world_.reply = [](const ArrivedDelivery&) {
    return FakeDestinations::Reply{{}, 3600 * kSecond, 0};
  };
  CourierMember member(world_, settings_);
  member.parking().FailNext(Say(Disposition::kHold, FailureReason::kBrokerUnauthorized));
  member.AssignAll();
  member.Run(kSecond, 3);
  ASSERT_TRUE(member.observer().halt());
  EXPECT_THAT(member.observer().halt()->sentence, HasSubstr("cannot be parked"));
  EXPECT_THAT(member.observer().halt()->sentence, HasSubstr("start it again"));
  EXPECT_LE(Committed(world_, kStream), 0);
}

TEST_F(CourierTest, ARecordThatIsTooLargeToBeParkedIsADeadLetter) {
  settings_.window_max = 1;
  for (int i = 0; i < 3; ++i) world_.Append(i, "slow", "s" + std::to_string(i));
  world_.reply = [](const ArrivedDelivery&) { return FakeDestinations::Reply{{}, kSecond, 0}; };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.parking().Hold(true);
  member.Settle();
  member.parking().Hold(false);
  // The copy of the first is refused: its original is still in the window.
  member.parking().FailNext(Say(Disposition::kReject, FailureReason::kRecordTooLarge));
  member.Run(kSecond, 10);
  EXPECT_THAT(AcceptedBy(world_, kSlow), ElementsAre("s0", "s1", "s2"));
  EXPECT_THAT(member.letters().stored(), IsEmpty());
  EXPECT_EQ(Committed(world_, kStream), 3);
}

TEST_F(CourierTest, PartitionsThatDoNotBelongTogetherHalt) {
  CourierMember member(world_, settings_);
  member.source().Assign({{kStream, 0}, {"parked.fast", 0}});
  member.Settle();
  ASSERT_TRUE(member.observer().halt());
  EXPECT_THAT(member.observer().halt()->sentence, HasSubstr("parked.slow, partition 0"));
}

TEST_F(CourierTest, ARebalanceDoesNotWaitForASlowCustomer) {
  for (int i = 0; i < 5; ++i) world_.Append(i, "slow", "s" + std::to_string(i));
  world_.Append(9, "fast", "f");
  world_.reply = [](const ArrivedDelivery& arrived) {
    return FakeDestinations::Reply{{}, arrived.destination == kSlow ? 600 * kSecond : 0, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Settle();
  member.source().RevokeAll();
  member.Run(kSecond, 4);
  EXPECT_FALSE(member.source().revoke_pending());
  EXPECT_EQ(member.customers().under_way(), 0U);
  world_.reply = nullptr;
  member.AssignAll();
  member.Run(kSecond, 5);
  EXPECT_THAT(AcceptedBy(world_, kSlow), SizeIs(9)) << "four were begun, and are sent again";
  EXPECT_EQ(Committed(world_, kStream), 6);
}

TEST_F(CourierTest, AStopCommitsAndLeaves) {
  for (int i = 0; i < 5; ++i) world_.Append(i, "fast", "f");
  CourierMember member(world_, settings_);
  member.AssignAll();
  member.Settle();
  member.courier().Stop();
  member.Run(kSecond, 3);
  EXPECT_TRUE(member.courier().ended());
  EXPECT_EQ(member.courier().end(), PipelineEnd::kDrained);
  EXPECT_EQ(Committed(world_, kStream), 5);
}

TEST_F(CourierTest, ItSleepsWhileACustomerIsLeftAlone) {
  for (int i = 0; i < 40; ++i) world_.Append(i, "slow", "s");
  world_.reply = [](const ArrivedDelivery&) {
    return FakeDestinations::Reply{Say(Disposition::kInDoubt, FailureReason::kServerError), 0, 0};
  };
  CourierMember member(world_, settings_);
  member.AssignAll();
  const std::stop_source stop;
  int waits = 0;
  std::stop_source asked;
  member.waiter().on_wait = [&] {
    if (++waits == 2'000) asked.request_stop();
  };
  const int64_t began_us = world_.clock.NowUs();
  EXPECT_EQ(member.courier().Run(asked.get_token()), PipelineEnd::kDrained);
  EXPECT_GT(world_.clock.NowUs() - began_us, 300 * kSecond) << "a loop that spins sleeps less";
  EXPECT_LT(member.waiter().idle_waits(), 20U);
}

}  // namespace
}  // namespace sluice::testing
