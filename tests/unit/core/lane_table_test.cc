#include "core/operations/lane_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <unordered_map>
#include <vector>

namespace sluice {
namespace {

/// The table is keyed by hash and a question to the caller; here the operation is the identity.
Lane* FindOp(LaneTable& table, uint64_t hash, OpIndex op) {
  return table.Find(hash, [op](const Lane& lane) { return lane.sent == op; });
}

TEST(LaneTable, IsEmptyAtFirst) {
  LaneTable table;
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(FindOp(table, 1, 1), nullptr);
}

TEST(LaneTable, TellsEqualHashesApartByTheirIds) {
  LaneTable table;
  table.Insert({77, 1, kNoOp});
  table.Insert({77, 2, kNoOp});
  ASSERT_NE(FindOp(table, 77, 1), nullptr);
  ASSERT_NE(FindOp(table, 77, 2), nullptr);
  EXPECT_EQ(FindOp(table, 77, 3), nullptr);
  table.Erase(FindOp(table, 77, 1));
  EXPECT_EQ(FindOp(table, 77, 1), nullptr);
  ASSERT_NE(FindOp(table, 77, 2), nullptr) << "closing the gap must not lose the one behind it";
}

TEST(LaneTable, IsAValue) {
  LaneTable table;
  table.Insert({5, 1, kNoOp});
  LaneTable copy = table;
  copy.Erase(FindOp(copy, 5, 1));
  EXPECT_NE(FindOp(table, 5, 1), nullptr);
}

// Random insert and erase against std::unordered_map. Few distinct hashes, some at the table's end,
// so that runs are long, collide and wrap around.
TEST(LaneTable, AgreesWithAMapOverRandomHistories) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    LaneTable table;
    std::unordered_map<OpIndex, uint64_t> model;
    std::vector<OpIndex> present;
    OpIndex next = 0;
    const size_t most = seed % 2 == 0 ? 3'000 : 400;  // the larger ones make the table grow
    for (int step = 0; step < 6'000; ++step) {
      if (present.empty() || (present.size() < most && random() % 5 < 3)) {
        const uint64_t hash = seed % 3 == 0 ? random() : 1'000 + random() % 40;
        table.Insert({hash, next, kNoOp});
        model.emplace(next, hash);
        present.push_back(next++);
      } else {
        const size_t at = random() % present.size();
        const OpIndex op = present[at];
        Lane* lane = FindOp(table, model.at(op), op);
        ASSERT_NE(lane, nullptr) << "operation " << op << " step " << step;
        table.Erase(lane);
        model.erase(op);
        present[at] = present.back();
        present.pop_back();
      }
      ASSERT_EQ(table.size(), model.size());
    }
    for (const auto& [op, hash] : model) ASSERT_NE(FindOp(table, hash, op), nullptr) << op;
    for (OpIndex op = 0; op < next; ++op) {
      if (model.contains(op)) continue;
      ASSERT_EQ(FindOp(table, 1'000 + op % 40, op), nullptr) << op;
    }
  }
}

}  // namespace
}  // namespace sluice
