#include "core/operations/change_version.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ChangeVersion, OrdersCommitsFirstAndRanksWithinThem) {
  EXPECT_EQ(ChangeVersion(Lsn{8}, 0, 1), 1025);
  EXPECT_LT(ChangeVersion(Lsn{8}, 0, kRankMost), ChangeVersion(Lsn{16}, 0, kRankOfSnapshot));
  EXPECT_EQ(ChangeVersion(Lsn{8}, 8, 0), ChangeVersion(Lsn{16}, 0, 0));
}

TEST(ChangeVersion, FitsBelowTwoToThe56) {
  const uint64_t limit = uint64_t{1} << 56;
  EXPECT_TRUE(VersionFits(Lsn{limit - 8}, 0));
  EXPECT_GT(ChangeVersion(Lsn{limit - 8}, 0, kRankMost), 0);
  EXPECT_FALSE(VersionFits(Lsn{limit - 8}, 8));
  EXPECT_FALSE(VersionFits(Lsn{16}, UINT64_MAX)) << "the sum wraps";
}

// A transaction that is sent again must get the ranks it had, also from a later version of this
// program. These values are part of the delivery contract: they must never change.
TEST(ChangeVersion, KeysHaveTheHashTheyAlwaysHad) {
  EXPECT_EQ(StableHash("", 0), 6616734375322343211U);
  EXPECT_EQ(StableHash("public", 0), 10032030093770133564U);
  EXPECT_EQ(StableHash("a text of more than eight bytes", 7), 8234751695131820271U);
}

TEST(ChangeVersion, AKeysHashIsOfItsColumnsAlone) {
  Table table;
  table.columns.resize(3);
  table.key = {2, 0};
  const auto text = [](std::string_view value) {
    return ColumnValue{ColumnValue::Kind::kText, value};
  };
  const std::vector<ColumnValue> row = {text("a"), text("b"), text("c")};
  const std::vector<ColumnValue> same_key = {text("a"), text("x"), text("c")};
  const std::vector<ColumnValue> other_key = {text("c"), text("b"), text("a")};
  const std::vector<ColumnValue> null_key = {text("a"), text("b"), {ColumnValue::Kind::kNull, {}}};
  EXPECT_EQ(StableKeyHash(1, table, row), StableKeyHash(1, table, same_key));
  EXPECT_NE(StableKeyHash(1, table, row), StableKeyHash(1, table, other_key));
  EXPECT_NE(StableKeyHash(1, table, row), StableKeyHash(1, table, null_key));
  EXPECT_NE(StableKeyHash(1, table, row), StableKeyHash(2, table, row));
}

TEST(RankCounter, CountsEachKeyFromOneInEachTransaction) {
  RankCounter ranks;
  EXPECT_EQ(ranks.Next(5), 1U);
  EXPECT_EQ(ranks.Next(5), 2U);
  EXPECT_EQ(ranks.Next(6), 1U);
  ranks.Reset();
  EXPECT_EQ(ranks.Next(5), 1U);
}

TEST(RankCounter, StaysAtTheHighest) {
  RankCounter ranks;
  for (uint32_t i = 0; i < kRankMost + 5; ++i) {
    EXPECT_EQ(ranks.Next(5), std::min(i + 1, kRankMost));
  }
}

TEST(RankCounter, AChangeOfAllKeysIsBetweenWhatWasAndWhatComes) {
  RankCounter ranks;
  const uint32_t before = std::max(ranks.Next(1), ranks.Next(1));
  const uint32_t all = ranks.NextOfAll();
  EXPECT_GT(all, before);
  EXPECT_GT(ranks.Next(2), all);
  EXPECT_GT(ranks.Next(1), all);
  ranks.Reset();
  EXPECT_EQ(ranks.Next(2), 1U);
}

TEST(RankCounter, ForgetsAlsoWhatItTouchedTooMuchOfToList) {
  RankCounter ranks;
  for (uint64_t key = 0; key < 100'000; ++key) EXPECT_EQ(ranks.Next(key), 1U);
  ranks.Reset();
  for (uint64_t key = 0; key < 100'000; ++key) EXPECT_EQ(ranks.Next(key), 1U);
}

// A table beside the counters must not show: neither in which keys share one nor in any rank.
TEST(RankCounter, CountsOnWhenATransactionGrowsLarge) {
  constexpr uint64_t kSharesWithSeven = 7 + (uint64_t{1} << 20);
  RankCounter ranks;
  for (int transaction = 0; transaction < 3; ++transaction) {
    EXPECT_EQ(ranks.Next(7), 1U);
    EXPECT_EQ(ranks.Next(kSharesWithSeven), 2U);
    for (uint64_t key = 0; key < 5'000; ++key) EXPECT_EQ(ranks.Next(key), key == 7 ? 3U : 1U);
    for (uint64_t key = 0; key < 5'000; ++key) EXPECT_EQ(ranks.Next(key), key == 7 ? 4U : 2U);
    EXPECT_EQ(ranks.Next(kSharesWithSeven), 5U);
    ranks.Reset();
    EXPECT_EQ(ranks.Next(7), 1U);
    EXPECT_EQ(ranks.Next(4'096 + 7), 1U);  // the same place of the small table
    EXPECT_EQ(ranks.Next(7), 2U);
    ranks.Reset();
  }
}

TEST(RankCounter, AChangeOfAllKeysCountsForThoseThatMoveToo) {
  RankCounter ranks;
  EXPECT_EQ(ranks.Next(1), 1U);
  EXPECT_EQ(ranks.NextOfAll(), 2U);
  for (uint64_t key = 2; key < 5'000; ++key) EXPECT_EQ(ranks.Next(key), 3U);
  EXPECT_EQ(ranks.Next(1), 3U);
}

TEST(ChangeVersion, TellsWhereRanksCountNoFurther) {
  EXPECT_TRUE(RankIsFull(ChangeVersion(Lsn{800}, 0, kRankMost)));
  EXPECT_FALSE(RankIsFull(ChangeVersion(Lsn{800}, 0, kRankMost - 1)));
  EXPECT_FALSE(RankIsFull(ChangeVersion(Lsn{800}, 0, kRankOfSnapshot)));
}

}  // namespace
}  // namespace sluice
