#include "core/operations/changelog/told_changes.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "core/operations/changelog/log_positions.h"

namespace sluice {
namespace {

/// A change as its record tells it; `number` says which one it is.
struct Sent {
  int64_t commit = 0;
  int64_t rank = 1;
  int64_t ms = 0;
  int number = 0;
};

int64_t VersionOf(const Sent& sent) {
  return (sent.commit << kRankBits) + sent.rank;
}

TEST(ToldChanges, PassOverWhatARunTellsAgainAndNothingElse) {
  ToldChanges told;
  EXPECT_TRUE(told.Take(1, 5 << kRankBits | 1, 100));
  EXPECT_TRUE(told.Take(1, 6 << kRankBits | 1, 110));
  EXPECT_TRUE(told.Take(1, 6 << kRankBits | 1, 110));  // another key of the same transaction
  // The source starts again before the last transaction had been told as a whole.
  EXPECT_FALSE(told.Take(2, 5 << kRankBits | 1, 100));
  EXPECT_FALSE(told.Take(2, 6 << kRankBits | 1, 110));
  EXPECT_FALSE(told.Take(2, 6 << kRankBits | 1, 110));
  EXPECT_TRUE(told.Take(2, 6 << kRankBits | 2, 110));
  EXPECT_TRUE(told.Take(2, 7 << kRankBits | 1, 120));
}

TEST(ToldChanges, PassOverWhatAFormerRunSendsLate) {
  ToldChanges told;
  EXPECT_TRUE(told.Take(2, 5 << kRankBits | 1, 100));
  EXPECT_FALSE(told.Take(1, 9 << kRankBits | 1, 130));
  EXPECT_TRUE(told.Take(2, 9 << kRankBits | 1, 130));
}

TEST(ToldChanges, TakeALogThatHasGoneBackForNewOnes) {
  ToldChanges told;
  EXPECT_TRUE(told.Take(1, 900 << kRankBits | 1, 100));
  // A restored database: lower positions, at a later time.
  EXPECT_TRUE(told.Take(2, 400 << kRankBits | 1, 200));
  EXPECT_TRUE(told.Take(2, 401 << kRankBits | 1, 201));
}

TEST(ToldChanges, KeepEachChangeOnceWhateverIsSentAgain) {
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&random](size_t end) { return static_cast<size_t>(random() % end); };
    std::vector<std::vector<Sent>> transactions;
    int number = 0;
    for (int64_t commit = 1; commit <= 20; ++commit) {
      std::vector<Sent>& changes = transactions.emplace_back();
      for (size_t i = below(4) + 1; i > 0; --i)
        changes.push_back({commit * 3, static_cast<int64_t>(below(3)) + 1, commit * 10, number++});
    }
    ToldChanges told;
    std::vector<int> kept;
    size_t from = 0;
    for (int64_t epoch = 1; from < transactions.size(); ++epoch) {
      // A run sends whole transactions from where the last one was acknowledged, and dies.
      const bool last = epoch > 30;
      size_t left = last ? SIZE_MAX : below(12);
      for (size_t i = from; i < transactions.size() && left > 0; ++i) {
        for (const Sent& sent : transactions[i]) {
          if (left == 0) break;
          --left;
          if (told.Take(epoch, VersionOf(sent), sent.ms)) kept.push_back(sent.number);
        }
        if (left > 0 && below(2) == 0) from = i + 1;
      }
      if (last) from = transactions.size();
      // So does the change log, which goes on with what it has kept.
      const LogPositions positions = {{{"t", 0}, {"id", Offset{1}, {{"s", told}}}}};
      told = ParseLogPositions(RenderLogPositions(positions))->at({"t", 0}).told.at("s");
    }
    std::vector<int> all(static_cast<size_t>(number));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
    EXPECT_EQ(kept, all);
  }
}

TEST(LogPositions, AreReadAsTheyWereWritten) {
  const LogPositions positions = {
      {{"bank.bank.holding", 0},
       {"hYl3pQ", Offset{12}, {{"a1", {1'764'000'000, 99, 2, 1, 77}}, {"b2", {5, 4, 3, 2, 1}}}}},
      {{"bank.bank.holding", 11}, {"", Offset{0}, {}}}};
  const std::string text = RenderLogPositions(positions);
  EXPECT_EQ(text,
            "bank.bank.holding 0 hYl3pQ 12 1764000000 99 2 1 77 a1\n"
            "bank.bank.holding 0 hYl3pQ 12 5 4 3 2 1 b2\n"
            "bank.bank.holding 11 - 0 0 0 0 0 0 -\n");
  EXPECT_EQ(ParseLogPositions(text), positions);
  EXPECT_EQ(ParseLogPositions(""), LogPositions());
}

TEST(LogPositions, RefuseWhatIsNotOfTheirGrammar) {
  const std::string good = RenderLogPositions({{{"t", 0}, {"id", Offset{5}, {}}}});
  for (size_t size = 1; size < good.size(); ++size)
    EXPECT_FALSE(ParseLogPositions(good.substr(0, size))) << size;
  EXPECT_FALSE(ParseLogPositions(good + good));
  EXPECT_FALSE(ParseLogPositions("t 0 id -5 0 0 0 0 0 -\n"));
  EXPECT_FALSE(ParseLogPositions("t x id 5 0 0 0 0 0 -\n"));
  EXPECT_FALSE(ParseLogPositions("t 0 id 5 0 0 0 0 0 0 -\n"));
  EXPECT_FALSE(ParseLogPositions("t 0  5 0 0 0 0 0 -\n"));
  EXPECT_FALSE(ParseLogPositions("t 0 id 5 1 1 1 1 1 -\n"));
  const std::string one = "t 0 id 5 1 1 1 1 1 a\n";
  EXPECT_TRUE(ParseLogPositions(one + "t 0 id 5 1 1 1 1 1 b\n"));
  EXPECT_FALSE(ParseLogPositions(one + one));
  EXPECT_FALSE(ParseLogPositions(one + "t 0 id 6 1 1 1 1 1 b\n"));
  EXPECT_FALSE(ParseLogPositions(one + "t 0 other 5 1 1 1 1 1 b\n"));
  EXPECT_FALSE(ParseLogPositions(one + good));
  EXPECT_FALSE(ParseLogPositions("t 0 id 5 0 0 0 0 0 -\n" + one));
}

TEST(LogPositions, RememberSoManySourcesAndForgetTheOneThatHasToldNothingForLongest) {
  LogPosition position;
  for (int i = 0; i < static_cast<int>(kSourcesMost) + 1; ++i)
    ToldOf(position, std::to_string(i)).commit_ms = 1'000 + (i == 7 ? -5 : i);
  EXPECT_EQ(position.told.size(), kSourcesMost);
  EXPECT_FALSE(position.told.contains("7"));
  EXPECT_EQ(ToldOf(position, "8").commit_ms, 1'008);
}

}  // namespace
}  // namespace sluice
