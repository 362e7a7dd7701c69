// Why an alias moves only onto an index that has passed everything that its writer has settled, and
// only when nobody else writes there any more (docs/adr/0009-rebuild-behind-a-frozen-index.md).
#include <gtest/gtest.h>

#include "core/operations/index/plan_write.h"
#include "tests/component/rig.h"

namespace sluice::testing {
namespace {

const std::string kShadow = "t.rebuild";

/// A writer that runs on behind the name `t`, and a shadow that a group of its own fills.
class Rebuild : public ::testing::Test {
 protected:
  /// What the shadow's group makes of the record at that offset: the version is the writer's too.
  void Fill(WriteAction action, const std::string& id, int64_t offset, const std::string& document,
            const std::string& name = kShadow) {
    rig_.world.cluster.Land({action, name, id, OffsetVersion(1, Offset{offset}), document});
  }
  void Move() { rig_.world.cluster.Exchange("t", kShadow); }
  void Forget() {
    while (rig_.world.cluster.ForgetDeleted(0)) {
    }
  }
  void Settle() {
    rig_.member.RunFor(1'000);
    ASSERT_FALSE(rig_.member.pipeline.ended());
  }

  Rig rig_;
};

TEST_F(Rebuild, AWriterFillsRightlyFromAnIndexThatHasPassedWhatItSettled) {
  rig_.Start();
  rig_.Append("a", R"(c{"v":"1","big":"A"})");
  rig_.Append("a", R"(u{"v":"2","big":"B"})");
  Settle();
  Fill(WriteAction::kIndex, "a", 0, R"({"v":"1","big":"A"})");
  Fill(WriteAction::kIndex, "a", 1, R"({"v":"2","big":"B"})");
  Move();
  rig_.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  Settle();
  EXPECT_EQ(rig_.Document("a"), R"({"v":"3","big":"B"})");
}

TEST_F(Rebuild, OneRecordBehindAWriterFillsWronglyAndNoVersionTells) {
  rig_.Start();
  rig_.Append("a", R"(c{"v":"1","big":"A"})");
  rig_.Append("a", R"(u{"v":"2","big":"B"})");
  Settle();
  Fill(WriteAction::kIndex, "a", 0, R"({"v":"1","big":"A"})");
  Move();
  rig_.Append("a", R"(u{"v":"3","big":"__unchanged"})");
  Settle();
  Fill(WriteAction::kIndex, "a", 1, R"({"v":"2","big":"B"})", "t");
  EXPECT_EQ(rig_.Document("a"), R"({"v":"3","big":"A"})") << "the row has B";
}

TEST_F(Rebuild, WhoFillsOnAfterTheMoveBringsDeletedRowsBack) {
  rig_.Start();
  rig_.Append("a", R"(c{"v":"1"})");
  Settle();
  Move();
  rig_.Append("a", "d");
  Settle();
  EXPECT_EQ(rig_.Document("a"), "");
  Forget();
  Fill(WriteAction::kIndex, "a", 0, R"({"v":"1"})", "t");
  EXPECT_NE(rig_.Document("a"), "") << "and the delete is not read by it";
}

/// A writer that lags behind the shadow reads everything from its offset on, as after a crash.
TEST_F(Rebuild, AWriterThatLagsEndsInTheSameDocuments) {
  rig_.Append("a", R"(c{"v":"1"})");
  rig_.Append("b", R"(c{"v":"1"})");
  rig_.Append("a", "d");
  rig_.Append("b", R"(u{"v":"2"})");
  Fill(WriteAction::kIndex, "a", 0, R"({"v":"1"})");
  Fill(WriteAction::kDelete, "a", 2, "");
  Fill(WriteAction::kIndex, "b", 3, R"({"v":"2"})");
  Forget();
  Move();
  rig_.Start();
  Settle();
  EXPECT_EQ(rig_.Document("a"), "");
  EXPECT_EQ(rig_.Document("b"), R"({"v":"2"})");
  EXPECT_EQ(rig_.Committed(), 4);
}

}  // namespace
}  // namespace sluice::testing
