#include "core/operations/index/lane_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <unordered_map>
#include <vector>

namespace sluice {
namespace {

/// The table is keyed by hash and a question to the caller; here the operation is the identity.
bool Has(const LaneTable& table, uint32_t hash, OpIndex op) {
  return table.Find(hash, [op](OpIndex found) { return found == op; }) == op;
}

TEST(LaneTable, IsEmptyAtFirst) {
  LaneTable table;
  EXPECT_EQ(table.size(), 0U);
  EXPECT_FALSE(Has(table, 1, 1));
}

TEST(LaneTable, TellsEqualHashesApartByTheirIds) {
  LaneTable table;
  table.Insert(77, 1);
  table.Insert(77, 2);
  EXPECT_TRUE(Has(table, 77, 1));
  EXPECT_TRUE(Has(table, 77, 2));
  EXPECT_FALSE(Has(table, 77, 3));
  table.Erase(77, 1);
  EXPECT_FALSE(Has(table, 77, 1));
  EXPECT_TRUE(Has(table, 77, 2)) << "closing the gap must not lose the one behind it";
}

TEST(LaneTable, ReplacesTheFirstOperationOfALane) {
  LaneTable table;
  table.Insert(77, 1);
  table.Insert(77, 2);
  table.Replace(77, 2, 3);
  EXPECT_TRUE(Has(table, 77, 1));
  EXPECT_FALSE(Has(table, 77, 2));
  EXPECT_TRUE(Has(table, 77, 3));
  EXPECT_EQ(table.size(), 2U);
}

TEST(LaneTable, IsAValue) {
  LaneTable table;
  table.Insert(5, 1);
  LaneTable copy = table;
  copy.Erase(5, 1);
  EXPECT_TRUE(Has(table, 5, 1));
}

// Random insert and erase against std::unordered_map. Few distinct hashes, some at the table's end,
// so that runs are long, collide and wrap around.
TEST(LaneTable, AgreesWithAMapOverRandomHistories) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    LaneTable table;
    std::unordered_map<OpIndex, uint32_t> model;
    std::vector<OpIndex> present;
    OpIndex next = 0;
    const size_t most = seed % 2 == 0 ? 3'000 : 400;  // the larger ones make the table grow
    for (int step = 0; step < 6'000; ++step) {
      if (present.empty() || (present.size() < most && random() % 5 < 3)) {
        const auto hash = static_cast<uint32_t>(seed % 3 == 0 ? random() : 1'000 + random() % 40);
        table.Insert(hash, next);
        model.emplace(next, hash);
        present.push_back(next++);
      } else {
        const size_t at = random() % present.size();
        const OpIndex op = present[at];
        ASSERT_TRUE(Has(table, model.at(op), op)) << "operation " << op << " step " << step;
        table.Erase(model.at(op), op);
        model.erase(op);
        present[at] = present.back();
        present.pop_back();
      }
      ASSERT_EQ(table.size(), model.size());
    }
    for (const auto& [op, hash] : model) ASSERT_TRUE(Has(table, hash, op)) << op;
    for (OpIndex op = 0; op < next; ++op) {
      if (model.contains(op)) continue;
      ASSERT_FALSE(Has(table, 1'000 + op % 40, op)) << op;
    }
  }
}

}  // namespace
}  // namespace sluice
