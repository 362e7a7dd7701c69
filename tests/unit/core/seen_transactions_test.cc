#include "core/operations/source/seen_transactions.h"

#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

TEST(SeenTransactions, NumbersThatWrapAreComparedWhole) {
  const uint64_t turn = uint64_t{1} << 32;
  EXPECT_FALSE(Invisible({turn + 5, {}}, 4));
  EXPECT_TRUE(Invisible({turn + 5, {}}, 5));
  EXPECT_FALSE(Invisible({turn + 5, {}}, 0xFFFFFFFF));  // just before the turn
  EXPECT_TRUE(Invisible({turn - 5, {}}, 3));            // just behind it
  EXPECT_TRUE(Invisible({turn + 5, {turn - 1}}, 0xFFFFFFFF));
  EXPECT_FALSE(Invisible({700, {}}, 699));
  EXPECT_TRUE(Invisible({700, {650}}, 650));
}

TEST(SeenTransactions, OnlyWhatWasToldBeforeTheWatermarkCounts) {
  SeenTransactions seen;
  EXPECT_FALSE(seen.Misses({600, {}}));
  seen.Add(700);
  seen.MarkLow();
  seen.Add(701);
  EXPECT_FALSE(seen.Misses({702, {701}}));
  seen.MarkLow();
  EXPECT_TRUE(seen.Misses({702, {701}})) << "it is before this watermark";
  seen.MarkLow();
  EXPECT_FALSE(seen.Misses({702, {}}));
  EXPECT_EQ(seen.size(), 0U) << "what was visible once stays visible";
}

TEST(SeenTransactions, WhatRunsAtTheBeginningMayHaveBeenToldBefore) {
  SeenTransactions seen;
  EXPECT_TRUE(seen.Misses({700, {650, 660}}));
  EXPECT_TRUE(seen.Misses({705, {660, 702}}));
  EXPECT_FALSE(seen.Misses({705, {702}})) << "702 began later, and was not told";
}

}  // namespace
}  // namespace sluice::testing
