#include "core/operations/index/divergence_causes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::ElementsAre;

DivergenceCauses Of(std::initializer_list<int64_t> versions) {
  DivergenceCauses causes;
  for (const int64_t version : versions) causes.Add(version);
  return causes;
}

TEST(DivergenceCauses, StatesBetweenTwoCausesFillEachOther) {
  const DivergenceCauses causes = Of({40, 10});
  EXPECT_TRUE(causes.Between(5, 11));
  EXPECT_FALSE(causes.Between(10, 40)) << "neither the state with a cause nor the record of one";
  EXPECT_FALSE(causes.Between(20, 30));
  EXPECT_TRUE(causes.Between(30, 41));
  EXPECT_TRUE(causes.Between(5, 50));
  EXPECT_FALSE(causes.Between(41, 50));
  EXPECT_FALSE(causes.Between(1, 10));
  EXPECT_FALSE(DivergenceCauses().Between(1, 100));
}

TEST(DivergenceCauses, WhatIsNotToldApartIsOneSpan) {
  Divergence entry;
  entry.since = 10;
  entry.version = 40;
  DivergenceCauses causes(entry);
  EXPECT_TRUE(causes.Between(20, 30));
  causes.Add(25);
  EXPECT_THAT(causes.versions(), ElementsAre(40)) << "it may be any in the span";
  causes.Add(5);
  EXPECT_EQ(causes.since(), 5);
  causes.Add(50);
  EXPECT_THAT(causes.versions(), ElementsAre(40, 50));
  EXPECT_FALSE(causes.Between(41, 49));
}

TEST(DivergenceCauses, TheOldestGiveWayAndAreNotForgotten) {
  DivergenceCauses causes;
  for (int64_t version = 10; version <= 120; version += 10) causes.Add(version);
  EXPECT_EQ(causes.versions().size(), DivergenceCauses::kMost);
  EXPECT_EQ(causes.since(), 10);
  EXPECT_TRUE(causes.Between(21, 29)) << "not told apart any more";
  EXPECT_FALSE(causes.Between(91, 99));
  EXPECT_EQ(causes.newest(), 120);
}

TEST(DivergenceCauses, OfTwoOwnersAddUp) {
  DivergenceCauses mine = Of({10, 40});
  mine.Add(Of({20, 50}));
  EXPECT_THAT(mine.versions(), ElementsAre(10, 20, 40, 50));
  Divergence older;
  older.since = 15;
  older.version = 45;
  mine.Add(DivergenceCauses(older));
  EXPECT_THAT(mine.versions(), ElementsAre(45, 50));
  EXPECT_EQ(mine.since(), 10);
  DivergenceCauses none;
  none.Add(mine);
  EXPECT_THAT(none.versions(), ElementsAre(45, 50));
  EXPECT_EQ(none.since(), 10);
}

TEST(DivergenceCauses, CoverWhatAnotherKnows) {
  EXPECT_TRUE(Of({10, 40}).Cover(Of({40})));
  EXPECT_FALSE(Of({10, 40}).Cover(Of({20})));
  Divergence span;
  span.since = 10;
  span.version = 30;
  EXPECT_TRUE(DivergenceCauses(span).Cover(Of({20, 30})));
  EXPECT_FALSE(Of({10, 30}).Cover(DivergenceCauses(span)));
  EXPECT_TRUE(Of({10}).Cover(DivergenceCauses()));
  EXPECT_FALSE(DivergenceCauses().Cover(Of({10})));
}

// Whatever is added in whatever order, no two states with a cause between them pass.
TEST(DivergenceCauses, NeverLoseOne) {
  uint64_t random = 7;
  const auto dice = [&random](uint64_t sides) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return static_cast<int64_t>((random >> 33) % sides);
  };
  for (int round = 0; round < 2'000; ++round) {
    DivergenceCauses causes;
    std::vector<int64_t> added;
    for (int64_t count = 1 + dice(20); count > 0; --count) {
      if (dice(5) == 0) {
        Divergence span;
        span.since = 1 + dice(50);
        span.version = span.since + dice(20);
        causes.Add(DivergenceCauses(span));
        added.insert(added.end(), {span.since, span.version});
      } else {
        added.push_back(1 + dice(70));
        causes.Add(added.back());
      }
      for (const int64_t cause : added)
        ASSERT_TRUE(causes.Between(cause - 1, cause + 1)) << round << ": " << cause;
      ASSERT_LE(causes.versions().size(), DivergenceCauses::kMost);
    }
  }
}

}  // namespace
}  // namespace sluice
