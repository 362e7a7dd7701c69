// What a relay writes, and how far it lets the database forget.
#include "core/operations/source/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/component/relay_replay.h"
#include "tests/component/relay_rig.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Relay, WritesTheRecordsOfATransactionAndThenLetsTheDatabaseForgetIt) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Update("1", "1", "b"), rig.log.Delete("1")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(),
              ElementsAre("1=c - | id=1 v=a", "1=u - | id=1 v=b", "1=d id=1 v=null | -", "1=null"));
  EXPECT_EQ(rig.publisher.log()[0].stream, "p.public.t");
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
  EXPECT_EQ(rig.positions.stored().flushed, rig.log.end());
  EXPECT_EQ(rig.last.transactions, 1U);
  EXPECT_EQ(rig.last.tables.at(0).changes[static_cast<size_t>(CountedChange::kDelete)], 1U);
}

TEST(Relay, VersionsRiseWithinAKeyAndWithEachCommit) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Update("1", "1", "b"), rig.log.Delete("1")});
  rig.log.Commit({rig.log.Insert("1", "c")});
  rig.Start();
  rig.RunFor(10);
  std::vector<int64_t> versions;
  for (const PublishedRecord& record : rig.publisher.log()) {
    versions.push_back(HeaderOf(record).version);
  }
  EXPECT_LT(versions[0], versions[1]);
  EXPECT_LT(versions[1], versions[2]);
  EXPECT_EQ(versions[2], versions[3]) << "a tombstone repeats its delete's version";
  EXPECT_LT(versions[3], versions[4]);
  EXPECT_EQ(HeaderOf(rig.publisher.log()[0]).epoch, 1);
}

TEST(Relay, AChangedKeyIsADeleteItsTombstoneAndACreation) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.log.Commit({rig.log.Update("1", "2", "a")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(),
              ElementsAre("1=c - | id=1 v=a", "1=d id=1 v=null | -", "1=null", "2=c - | id=2 v=a"));
  EXPECT_EQ(rig.publisher.log()[1].headers.at("__debezium.newkey"), "2");
  EXPECT_EQ(rig.publisher.log()[2].headers.at("__debezium.newkey"), "2");
  EXPECT_EQ(rig.publisher.log()[3].headers.at("__debezium.oldkey"), "1");
}

TEST(Relay, CountsWhatTheEncoderDidNotTellAsItIs) {
  RelayRig rig;
  rig.Start();
  rig.encoder.altered = {{{"public.t", "v"}, {1, 0, 0, 0}}};
  rig.RunFor(200);
  rig.encoder.altered = {{{"public.t", "v"}, {2, 0, 0, 0}}};
  rig.RunFor(200);
  EXPECT_EQ(rig.last.altered, (AlteredValues{{{"public.t", "v"}, {3, 0, 0, 0}}}));
}

TEST(Relay, TellsTransactionsWhereThatIsWanted) {
  RelayRig rig;
  rig.settings.transaction_stream = "p.transaction";
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Insert("2", "b")});
  rig.log.Commit({});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(), ElementsAre("700=BEGIN 700", "1=c - | id=1 v=a #1",
                                         "2=c - | id=2 v=b #2", "700=END 700 t:2"));
}

TEST(Relay, HaltsBeforeASecondTableWritesToAStream) {
  RelayRig rig;
  rig.names = StreamNames("p", ".", [](const std::string&) { return std::string("all"); });
  Table other = rig.log.table();
  other.number = 1;
  other.id = 77;
  other.name = "u";
  StoredChange late = rig.log.Insert("2", "b");
  late.table = &other;
  rig.log.Commit({rig.log.Insert("1", "a"), late});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(), ::testing::Not(::testing::Contains(HasSubstr("id=2"))));
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->failure().verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(rig.relay->failure().detail,
              HasSubstr("\"public\".\"t\" and \"public\".\"u\" would both write to the topic all"));
  EXPECT_LT(rig.source->flushed(), rig.log.end());
}

TEST(Relay, HaltsBeforeAKeyThatDoesNotTellItsRowFromOthers) {
  for (const std::string inexact : {"2", "3"}) {
    RelayRig rig;
    rig.encoder.inexact_key = inexact;
    rig.log.Commit({rig.log.Insert("1", "a")});
    rig.log.Commit({rig.log.Insert("3", "b"), rig.log.Insert("4", "c")});
    const Lsn before = rig.log.end();
    rig.log.Commit({rig.log.Update("1", "2", "d"), rig.log.Delete("4")});
    rig.Start();
    rig.RunFor(2'000);
    ASSERT_TRUE(rig.relay->ended());
    EXPECT_EQ(rig.relay->failure().verdict.disposition, Disposition::kHalt);
    EXPECT_THAT(rig.relay->failure().detail, HasSubstr("the key " + inexact));
    EXPECT_THAT(rig.Written(), ::testing::Not(::testing::Contains(HasSubstr("id=" + inexact))));
    EXPECT_THAT(rig.Written(), ::testing::Not(::testing::Contains(HasSubstr("4=d"))));
    EXPECT_LE(rig.source->flushed(), before);
  }
}

TEST(Relay, HaltsBeforeADeleteWhoseKeyIsNotTold) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a")});
  const Lsn before = rig.log.end();
  rig.Start();
  rig.RunFor(10);
  rig.encoder.inexact_key = "1";
  rig.log.Commit({rig.log.Delete("1")});
  rig.RunFor(2'000);
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->failure().verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(rig.Written(), ElementsAre("1=c - | id=1 v=a"));
  EXPECT_LE(rig.source->flushed(), before);
}

TEST(Relay, HaltsForATableThatOnlyTheStartHasSeen) {
  RelayRig rig;
  EXPECT_EQ(rig.owners.Claim({77, "public", "silent"}, "p.public.t").verdict.disposition,
            Disposition::kDone);
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(), IsEmpty());
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->failure().verdict.disposition, Disposition::kHalt);
}

TEST(Relay, CarriesMessagesInAndOutsideTransactions) {
  RelayRig rig;
  rig.settings.message_stream = "p.message";
  StoredChange message{ChangeKind::kMessage, nullptr, std::nullopt, std::nullopt, true, "app", "x"};
  rig.log.Commit({message});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(), ElementsAre("app=m x in"));
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(Relay, EachEventOfATransactionHasAPlaceOfItsOwn) {
  RelayRig rig;
  rig.settings.transaction_stream = "p.transaction";
  rig.settings.message_stream = "p.message";
  StoredChange message{ChangeKind::kMessage, nullptr, std::nullopt, std::nullopt, true, "app", "x"};
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Update("1", "2", "a"), message, message});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(),
              ElementsAre("700=BEGIN 700", "1=c - | id=1 v=a #1", "1=d id=1 v=null | - #2",
                          "1=null", "2=c - | id=2 v=a #3", "app=m x in #4", "app=m x in #5",
                          "700=END 700 t:3 message:1 message:1"))
      << "a changed key is two events, a tombstone none, each message a collection";
}

TEST(Relay, PassesOverTheMessagesOfOtherSources) {
  RelayRig rig;
  rig.settings.message_stream = "p.message";
  rig.settings.reserved_prefix = "sluice.";
  rig.log.Commit({rig.log.Message("sluice.watermark.other", "1-1 low")});
  rig.log.Commit({rig.log.Message("mine", "hello")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(), ElementsAre("mine=m hello in"));
}

TEST(Relay, PassesOverWhatIsNotToBeCaptured) {
  RelayRig rig;
  rig.settings.skipped[static_cast<size_t>(CountedChange::kUpdate)] = true;
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Update("1", "1", "b")});
  rig.Start();
  rig.RunFor(10);
  EXPECT_THAT(rig.Written(), ElementsAre("1=c - | id=1 v=a"));
  EXPECT_EQ(rig.last.skipped, 1U);
}

TEST(Relay, HoldsTheDatabaseUntilEveryRecordIsAcknowledged) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Insert("2", "b")});
  rig.log.Commit({rig.log.Insert("3", "c")});
  rig.publisher.SetAcksPerPoll(0);
  rig.Start();
  rig.RunFor(5'000);
  EXPECT_EQ(rig.source->flushed(), Lsn{0});
  EXPECT_EQ(rig.last.open_transactions, 2U);
  EXPECT_EQ(rig.last.server, rig.log.end());
  rig.publisher.SetAcksPerPoll(1);
  rig.relay->Turn();
  EXPECT_EQ(rig.last.safe, Lsn{0}) << "one of two records of the first transaction";
  rig.RunFor(2'000);
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(Relay, SaysWhyWhenNothingIsAcknowledged) {
  RelayRig rig;
  rig.publisher.SetAcksPerPoll(0);
  rig.log.Commit({rig.log.Insert("0", "a")});
  rig.clock.AdvanceMs(60'000);
  rig.Start();
  rig.RunFor(1'000);
  EXPECT_EQ(rig.last.hold_reason, "") << "it has only just begun";
  rig.publisher.SetAcksPerPoll(1);
  rig.RunFor(20'000);
  EXPECT_EQ(rig.last.hold_reason, "") << "nothing waits";
  rig.publisher.SetAcksPerPoll(0);
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.RunFor(4'000);
  EXPECT_EQ(rig.last.hold_reason, "");
  rig.RunFor(2'000);
  EXPECT_THAT(rig.last.hold_reason, ::testing::HasSubstr("acknowledged nothing for "));
  rig.publisher.SetTrouble(
      {{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated}, "", "b:1"});
  rig.RunFor(200);
  EXPECT_EQ(rig.last.hold_reason, "b:1");
  rig.publisher.SetAcksPerPoll(1);
  rig.RunFor(200);
  EXPECT_EQ(rig.last.hold_reason, "");
}

TEST(Relay, TellsTheDatabaseOnlyWhatItHasRecorded) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.positions.Hold(true);
  rig.Start();
  rig.RunFor(3'000);
  EXPECT_EQ(rig.last.safe, rig.log.end());
  EXPECT_EQ(rig.source->flushed(), Lsn{0});
  rig.positions.Hold(false);
  rig.RunFor(3'000);
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(Relay, AFullPublisherDelaysAndLosesNothing) {
  RelayRig rig;
  rig.publisher.SetCapacity(1);
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Update("1", "2", "a")});
  rig.Start();
  rig.RunFor(100);
  EXPECT_THAT(rig.Written(),
              ElementsAre("1=c - | id=1 v=a", "1=d id=1 v=null | -", "1=null", "2=c - | id=2 v=a"));
  EXPECT_EQ(rig.relay->stats().records_published, 4U);
}

TEST(Relay, EndsAtTheFirstRecordThatIsNotWritten) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.publisher.FailNext(
      {{Disposition::kHold, FailureReason::kBrokerUnreachable, WriteResult::kCreated}, "", "away"});
  rig.Start();
  rig.RunFor(100);
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->end(), RelayEnd::kFailed);
  EXPECT_EQ(rig.relay->failure().detail, "away");
  EXPECT_EQ(rig.source->flushed(), Lsn{0});
}

TEST(Relay, AnIdleDatabaseMayForgetWhatIsNotOurs) {
  RelayRig rig;
  rig.Start();
  rig.RunFor(2'000);
  EXPECT_THAT(rig.Written(), IsEmpty());
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(Relay, StopsWhenWhatItPublishedIsAcknowledged) {
  RelayRig rig;
  rig.publisher.SetAcksPerPoll(0);
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.Start();
  rig.RunFor(10);
  rig.relay->Stop();
  rig.RunFor(100);
  EXPECT_FALSE(rig.relay->ended());
  rig.publisher.SetAcksPerPoll(1);
  rig.RunFor(100);
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->end(), RelayEnd::kStopped);
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(Relay, AStopDoesNotWaitForEver) {
  RelayRig rig;
  rig.publisher.SetAcksPerPoll(0);
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.Start();
  rig.RunFor(10);
  rig.relay->Stop();
  rig.RunFor(40'000);
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->end(), RelayEnd::kTimedOut);
}

TEST(Relay, EndsAtTheWantedPosition) {
  RelayRig rig;
  rig.log.Commit({rig.log.Insert("1", "a")});
  rig.settings.stop_at = rig.log.end();
  rig.Start();
  rig.RunFor(1'000);
  ASSERT_TRUE(rig.relay->ended());
  EXPECT_EQ(rig.relay->end(), RelayEnd::kStopped);
  EXPECT_THAT(rig.Written(), ElementsAre("1=c - | id=1 v=a"));
}

TEST(Relay, BeatsWhileNothingHappens) {
  RelayRig rig;
  rig.settings.heartbeat_stream = "hb.p";
  rig.settings.heartbeat_interval_us = 1'000'000;
  rig.Start();
  rig.RunFor(3'500);
  EXPECT_EQ(rig.publisher.log().size(), 4U);
  EXPECT_GT(rig.source->keep_alives(), 100U);
}

// ---- Random histories --------------------------------------------------------------------------

TEST(Relay, AfterAnyCrashesTheLogEndsAsTheTable) {
  const char* given = std::getenv("SLUICE_SEED");
  const uint32_t first = given != nullptr ? static_cast<uint32_t>(std::stoul(given)) : 1;
  const uint32_t last = given != nullptr ? first : 300;
  for (uint32_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    RelayRig rig;
    rig.publisher.SetCapacity(1 + random() % 20);
    for (int run = 0; run < 6; ++run) {
      rig.Start();
      for (int step = 0; step < 30; ++step) {
        if (random() % 2 == 0) CommitSomething(rig.log, random);
        rig.publisher.SetAcksPerPoll(random() % 4);
        rig.positions.Hold(random() % 3 == 0);
        rig.RunFor(static_cast<int64_t>(random() % 400));
        ASSERT_LE(rig.source->flushed(), rig.positions.stored().flushed);
      }
      rig.Crash(random() % 10);
    }
    rig.publisher.SetAcksPerPoll(1'000);
    rig.positions.Hold(false);
    rig.Start();
    rig.RunFor(3'000);
    ASSERT_EQ(Replay(rig.publisher.log()), rig.log.rows());
    ASSERT_EQ(ReplayByVersion(rig.publisher.log(), random), rig.log.rows());
    ASSERT_EQ(rig.source->flushed(), rig.log.end());
  }
}

}  // namespace
}  // namespace sluice::testing
