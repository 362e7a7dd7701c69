// Whole indices and their aliases, on the real server (FINDINGS F110, F111).
#include <gtest/gtest.h>

#include <string>

#include "adapters/elasticsearch/index_mover.h"
#include "tests/integration/elasticsearch/live.h"

namespace sluice::elasticsearch {
namespace {

class Mover : public LiveTest {
 protected:
  Mover() : mover(LiveSettings(), clock), first(name + "-000001"), second(name + "-000002") {
    PrepareHere();
    EXPECT_TRUE(mover.Create(second, name + ".rebuild"));
  }
  ~Mover() override { raw.Ask("DELETE", "/" + second); }

  [[nodiscard]] AliasMove Move(const std::string& token) const {
    return {name, first, second, name + ".rebuild", token};
  }
  [[nodiscard]] std::string Behind() {
    const auto behind = mover.BehindAlias(name);
    return behind && behind->size() == 1 ? behind->front() : "?";
  }

  RealClock clock;
  IndexMover mover;
  const std::string first;
  const std::string second;
};

TEST_F(Mover, WritersWaitForAFrozenIndexAndGoOnBehindTheMovedAlias) {
  ASSERT_EQ(live.One(Index("1", 5)).disposition, Disposition::kDone);
  const auto before = mover.OperationsOf(first);
  ASSERT_TRUE(before) << before.error().ToString();
  EXPECT_EQ(*before, 1);
  ASSERT_TRUE(mover.Freeze(first, name + ".frozen-1"));
  EXPECT_TRUE((*mover.Inspect(first))->writes_blocked);
  EXPECT_EQ(live.One(Index("1", 6)).disposition, Disposition::kHold) << "not refused, not halted";
  EXPECT_EQ(live.One(Delete("1", 7)).disposition, Disposition::kHold);
  EXPECT_EQ(live.Read(slot, "1").version, 5) << "it is read as before";
  EXPECT_EQ(*mover.OperationsOf(first), 1);
  const auto moved = mover.Move(Move(name + ".frozen-1"));
  ASSERT_TRUE(moved) << moved.error().ToString();
  EXPECT_TRUE(*moved);
  EXPECT_EQ(Behind(), second);
  EXPECT_EQ(live.One(Index("1", 6)).result, WriteResult::kCreated) << "the same writer goes on";
  EXPECT_TRUE(*mover.Move(Move(name + ".frozen-1"))) << "a try whose answer was lost";
  EXPECT_TRUE((*mover.Inspect(first))->aliases.empty());
  EXPECT_TRUE((*mover.Inspect(first))->writes_blocked);
}

TEST_F(Mover, AMoveThatComesLateMovesNothing) {
  ASSERT_TRUE(mover.Freeze(first, name + ".frozen-1"));
  ASSERT_TRUE(mover.Thaw(first, name + ".frozen-"));
  EXPECT_FALSE((*mover.Inspect(first))->writes_blocked);
  ASSERT_TRUE(mover.Freeze(first, name + ".frozen-2"));
  const auto late = mover.Move(Move(name + ".frozen-1"));
  ASSERT_TRUE(late) << late.error().ToString();
  EXPECT_FALSE(*late);
  EXPECT_EQ(Behind(), first);
  EXPECT_EQ(*mover.BehindAlias(name + ".rebuild"), (std::vector<std::string>{second}))
      << "no other part of the request was carried out";
  EXPECT_TRUE(*mover.Move(Move(name + ".frozen-2")));
}

TEST_F(Mover, AnIndexThatIsFrozenAlreadyDoesNotSayThatNoWriteIsUnderWay) {
  ASSERT_TRUE(mover.Freeze(first, name + ".frozen-1"));
  EXPECT_FALSE(mover.Freeze(first, name + ".frozen-2"));
  ASSERT_TRUE(mover.Thaw(first, name + ".frozen-"));
  EXPECT_TRUE(mover.Freeze(first, name + ".frozen-3"));
  EXPECT_TRUE(mover.Block(first)) << "where only the block counts";
}

TEST_F(Mover, EachStepMayBeRepeated) {
  EXPECT_TRUE(mover.Create(second, name + ".rebuild"));
  EXPECT_FALSE(mover.Create(second, name + ".other")) << "somebody else's";
  EXPECT_TRUE(mover.AddAlias(first, name + ".rebuild2"));
  EXPECT_TRUE(mover.AddAlias(first, name + ".rebuild2"));
  EXPECT_TRUE(mover.RemoveAlias(first, name + ".rebuild2"));
  EXPECT_TRUE(mover.RemoveAlias(first, name + ".rebuild2"));
  EXPECT_TRUE(mover.Thaw(first, name + ".frozen-"));
  EXPECT_TRUE(mover.Delete(second));
  EXPECT_TRUE(mover.Delete(second));
  EXPECT_FALSE(*mover.Inspect(second));
  EXPECT_TRUE(mover.BehindAlias(name + ".rebuild")->empty());
  EXPECT_TRUE(mover.Thaw(second, name + ".frozen-"));
  EXPECT_FALSE(*mover.HidesStubs(name));
}

}  // namespace
}  // namespace sluice::elasticsearch
