// A truncate is told in each partition of its stream, all with one version, and the database
// forgets it only when every copy is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/relay_replay.h"
#include "tests/component/relay_rig.h"

namespace sluice::testing {
namespace {

std::vector<PublishedRecord> Truncates(const RelayRig& rig) {
  std::vector<PublishedRecord> found;
  for (const PublishedRecord& record : rig.publisher.log())
    if (!record.key) found.push_back(record);
  return found;
}

TEST(RelayTruncate, IsToldInEachPartitionWithOneVersion) {
  RelayRig rig;
  rig.publisher.SetPartitions(3);
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Truncate(), rig.log.Insert("1", "b")});
  rig.Start();
  rig.RunFor(20);
  const auto told = Truncates(rig);
  ASSERT_EQ(told.size(), 3U);
  for (uint32_t partition = 0; partition < 3; ++partition) {
    EXPECT_EQ(told[partition].partition, partition);
    EXPECT_EQ(HeaderOf(told[partition]).version, HeaderOf(told[0]).version);
  }
  const auto& log = rig.publisher.log();
  ASSERT_EQ(log.size(), 5U);
  EXPECT_LT(HeaderOf(log.front()).version, HeaderOf(told[0]).version);
  EXPECT_LT(HeaderOf(told[0]).version, HeaderOf(log.back()).version);
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(RelayTruncate, OfAStreamWithOnePartitionIsOneRecord) {
  RelayRig rig;
  rig.log.Commit({rig.log.Truncate()});
  rig.Start();
  rig.RunFor(20);
  ASSERT_EQ(Truncates(rig).size(), 1U);
  EXPECT_EQ(Truncates(rig)[0].partition, std::nullopt);
}

TEST(RelayTruncate, OfACompatibleTableIsOneRecordAsDebeziums) {
  RelayRig rig;
  rig.publisher.SetPartitions(3);
  rig.tells_truncates_once = [](const Table&) { return true; };
  rig.log.Commit({rig.log.Truncate()});
  rig.Start();
  rig.RunFor(20);
  ASSERT_EQ(Truncates(rig).size(), 1U);
  EXPECT_EQ(Truncates(rig)[0].partition, std::nullopt);
}

TEST(RelayTruncate, NothingIsToldBeforeThePartitionsAreKnown) {
  RelayRig rig;
  rig.publisher.SetPartitions(0);
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Truncate(), rig.log.Insert("2", "b")});
  rig.Start();
  rig.RunFor(50);
  EXPECT_EQ(rig.publisher.log().size(), 1U) << "order is kept";
  rig.publisher.SetPartitions(2);
  rig.RunFor(50);
  EXPECT_EQ(rig.publisher.log().size(), 4U);
}

// A transaction that is told again under another setting has its versions all the same: the index
// takes an equal version for the same record.
TEST(RelayTruncate, WhatIsSkippedHasItsRank) {
  std::vector<int64_t> versions;  // of the last two rows, once with every operation
  for (const bool skipped : {false, true}) {
    RelayRig rig;
    rig.settings.skipped[static_cast<size_t>(CountedChange::kTruncate)] = skipped;
    rig.settings.skipped[static_cast<size_t>(CountedChange::kDelete)] = skipped;
    rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Delete("1"), rig.log.Truncate(),
                    rig.log.Insert("1", "b"), rig.log.Insert("2", "c")});
    rig.Start();
    rig.RunFor(20);
    const auto& log = rig.publisher.log();
    ASSERT_EQ(log.size(), skipped ? 3U : 6U);
    for (size_t i = log.size() - 2; i < log.size(); ++i)
      versions.push_back(HeaderOf(log[i]).version);
  }
  EXPECT_EQ(versions[0], versions[2]);
  EXPECT_EQ(versions[1], versions[3]);
}

TEST(RelayTruncate, IsNeverLeftOutInSilence) {
  for (const bool skipped : {false, true}) {
    RelayRig rig;
    rig.settings.skipped[static_cast<size_t>(CountedChange::kTruncate)] = skipped;
    rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Truncate()});
    rig.Start();
    rig.RunFor(20);
    const std::vector<std::string> told = {"public.t"};
    EXPECT_EQ(rig.skipped_truncates, skipped ? told : std::vector<std::string>());
  }
}

// I9: with one copy missing the transaction is sent again as a whole.
TEST(RelayTruncate, IsForgottenOnlyWhenEveryCopyIsWritten) {
  RelayRig rig;
  rig.publisher.SetPartitions(3);
  rig.publisher.SetAcksPerPoll(0);
  rig.log.Commit({rig.log.Truncate()});
  rig.Start();
  rig.RunFor(20);
  EXPECT_LT(rig.source->flushed(), rig.log.end());
  const Lsn before = rig.source->flushed();
  rig.Crash(2);
  EXPECT_EQ(rig.slot, before);
  rig.publisher.SetAcksPerPoll(SIZE_MAX);
  rig.Start();
  rig.RunFor(20);
  const auto told = Truncates(rig);
  ASSERT_EQ(told.size(), 5U);
  EXPECT_EQ(HeaderOf(told[0]).version, HeaderOf(told[4]).version);
  EXPECT_LT(HeaderOf(told[0]).epoch, HeaderOf(told[4]).epoch);
  EXPECT_EQ(rig.source->flushed(), rig.log.end());
}

TEST(RelayTruncate, AFullQueueInTheMiddleLosesNoCopy) {
  RelayRig rig;
  rig.publisher.SetPartitions(5);
  rig.publisher.SetCapacity(2);
  rig.log.Commit({rig.log.Insert("1", "a"), rig.log.Truncate(), rig.log.Insert("2", "b")});
  rig.Start();
  rig.RunFor(50);
  EXPECT_EQ(Truncates(rig).size(), 5U);
  EXPECT_EQ(rig.publisher.log().size(), 7U);
}

}  // namespace
}  // namespace sluice::testing
