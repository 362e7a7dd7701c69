#include "core/operations/index/told_versions.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ToldVersions, AnOlderRunIsPassedOver) {
  ToldVersions told;
  told.Start(0, 0);
  EXPECT_TRUE(told.Take(Offset{0}, 5, 100));
  EXPECT_TRUE(told.Take(Offset{1}, 6, 90)) << "a newer run tells again what it may";
  EXPECT_FALSE(told.Take(Offset{2}, 5, 200));
  EXPECT_EQ(told.version(), 100) << "what is passed over tells nothing";
  EXPECT_TRUE(told.Take(Offset{3}, 6, 200));
  EXPECT_EQ(told.version(), 200);
}

TEST(ToldVersions, AfterARestartTheFirstRecordIsJudged) {
  ToldVersions told;
  told.Start(6, 200);
  EXPECT_FALSE(told.Take(Offset{10}, 5, 300));
  EXPECT_EQ(told.version(), 200);
}

// What is read behind the committed offset is read again, and what of it was right stays right:
// a commit tells the epoch of the records below it, and not the newest that was read.
TEST(ToldVersions, ACommitTellsTheEpochBelowIt) {
  ToldVersions told;
  told.Start(4, 10);
  EXPECT_TRUE(told.Take(Offset{7}, 4, 11));
  EXPECT_TRUE(told.Take(Offset{8}, 5, 12));
  EXPECT_TRUE(told.Take(Offset{9}, 6, 13));
  EXPECT_EQ(told.EpochBelow(Offset{7}), 4);
  EXPECT_EQ(told.EpochBelow(Offset{8}), 4);
  EXPECT_EQ(told.EpochBelow(Offset{9}), 5);
  EXPECT_EQ(told.EpochBelow(Offset{9}), 5);
  EXPECT_EQ(told.EpochBelow(Offset{100}), 6);
  told.Start(0, 0);
  EXPECT_EQ(told.EpochBelow(Offset{100}), 0);
}

TEST(ToldVersions, WhatIsMetIsUntoldUntilItIsTold) {
  ToldVersions told;
  told.Start(1, 50);
  told.Meet(50);
  EXPECT_EQ(told.untold(), 0);
  told.Meet(60);
  told.Meet(55);
  EXPECT_EQ(told.untold(), 60);
  EXPECT_TRUE(told.Take(Offset{1}, 1, 55));
  EXPECT_EQ(told.untold(), 60);
  EXPECT_TRUE(told.Take(Offset{2}, 1, 61));
  EXPECT_EQ(told.untold(), 0);
}

}  // namespace
}  // namespace sluice
