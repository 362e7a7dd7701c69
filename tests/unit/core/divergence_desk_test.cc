#include "core/operations/index/divergence_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_divergence_store.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;
using Kind = DivergenceDesk::News::Kind;

class DivergenceDeskTest : public ::testing::Test {
 protected:
  void Load() {
    desk_.Load(kIndex, "t");
    ASSERT_EQ(Poll().size(), 1U);
  }
  std::vector<DivergenceDesk::News> Poll() {
    std::vector<DivergenceDesk::News> news;
    desk_.Poll(now_us_, news);
    return news;
  }
  uint64_t Note(int64_t version, DivergenceReason reason = DivergenceReason::kRefused,
                const std::string& id = "a") {
    Divergence entry;
    entry.id = id;
    entry.reason = reason;
    entry.stream = {"t", 3};
    entry.offset = Offset{version - 1};
    entry.version = version;
    return desk_.Note(kIndex, std::move(entry));
  }
  [[nodiscard]] bool Known() const { return desk_.Bars(kIndex, "a", INT64_MIN, INT64_MAX); }

  static constexpr IndexSlot kIndex{1};
  int64_t now_us_ = 0;
  FakeDivergenceIndex stored_;
  FakeDivergenceStore store_{stored_};
  DivergenceDesk desk_{store_, 3};
};

TEST_F(DivergenceDeskTest, ANoteCountsAtOnceAndIsSafeWhenItIsStored) {
  Load();
  EXPECT_FALSE(desk_.any(kIndex));
  store_.Hold(true);
  const uint64_t ticket = Note(5);
  EXPECT_TRUE(desk_.any(kIndex));
  EXPECT_TRUE(desk_.Bars(kIndex, "a", 0, 6));
  EXPECT_FALSE(desk_.Bars(kIndex, "b", 0, 6));
  EXPECT_FALSE(desk_.Safe(ticket));
  store_.Hold(false);
  Poll();
  EXPECT_TRUE(desk_.Safe(ticket));
  ASSERT_NE(stored_.Find("t", "a"), nullptr);
  EXPECT_EQ(stored_.Find("t", "a")->version, 5);
  EXPECT_EQ(desk_.count(kIndex, 3), 1U);
  EXPECT_EQ(desk_.count(kIndex, 0), 0U);
}

TEST_F(DivergenceDeskTest, BarsOnlyValuesFromBeforeACauseForRecordsBehindIt) {
  Load();
  Note(5);
  EXPECT_FALSE(desk_.Bars(kIndex, "a", 0, 4)) << "a record before the cause";
  EXPECT_FALSE(desk_.Bars(kIndex, "a", 0, 5)) << "the cause itself, read again";
  EXPECT_FALSE(desk_.Bars(kIndex, "a", 6, 7)) << "a state from behind the cause";
  EXPECT_TRUE(desk_.Bars(kIndex, "a", 4, 6));
  Note(9);
  EXPECT_FALSE(desk_.Bars(kIndex, "a", 6, 7)) << "between two causes: it would be one itself";
  EXPECT_TRUE(desk_.Bars(kIndex, "a", 6, 10));
  Note(3);
  EXPECT_TRUE(desk_.Bars(kIndex, "a", 0, 4));
  Poll();
  EXPECT_EQ(stored_.Find("t", "a")->version, 9);
  EXPECT_EQ(stored_.Find("t", "a")->since, 3);
}

TEST_F(DivergenceDeskTest, AWholeWriteAboveTheCauseHeals) {
  Load();
  Note(5);
  Poll();
  desk_.Applied(kIndex, "a", 4, true, true);
  EXPECT_TRUE(Known()) << "an older one";
  desk_.Applied(kIndex, "a", 6, false, false);
  EXPECT_TRUE(Known()) << "it was there already, and its record did not carry every column";
  desk_.Applied(kIndex, "a", 6, true, false);
  EXPECT_FALSE(Known());
  EXPECT_FALSE(desk_.any(kIndex));
  EXPECT_EQ(desk_.count(kIndex, 3), 0U);
  Poll();
  EXPECT_EQ(stored_.Find("t", "a"), nullptr);
}

TEST_F(DivergenceDeskTest, ARefusedRecordHealsItselfWhenItIsAcceptedAndARowWithoutAValueDoesNot) {
  Load();
  Note(5);
  desk_.Applied(kIndex, "a", 5, false, true);
  EXPECT_FALSE(Known());
  Note(7, DivergenceReason::kValueMissing);
  desk_.Applied(kIndex, "a", 7, false, true);
  EXPECT_TRUE(Known()) << "it is what was written without the value";
}

TEST_F(DivergenceDeskTest, AnEntryThatIsRemovedLateDoesNotTakeANewerOneAlong) {
  Load();
  Note(5);
  desk_.Applied(kIndex, "a", 6, true, true);
  Note(8);
  Poll();
  ASSERT_NE(stored_.Find("t", "a"), nullptr);
  stored_.Remove("t", "a", 6);  // a copy of the removal
  EXPECT_NE(stored_.Find("t", "a"), nullptr);
}

TEST_F(DivergenceDeskTest, LoadsWhatOthersStoredAndForgetsWhatTheyHealed) {
  Load();
  Note(5);
  Poll();
  Divergence other;
  other.index = "t";
  other.id = "b";
  other.version = other.since = 2;
  stored_.Put(other);
  stored_.Remove("t", "a", 6);
  desk_.Load(kIndex, "t");
  Note(7, DivergenceReason::kRefused, "c");
  Poll();
  EXPECT_FALSE(Known());
  EXPECT_TRUE(desk_.Bars(kIndex, "b", 0, 9));
  EXPECT_TRUE(desk_.Bars(kIndex, "c", 0, 9)) << "it was noted since";
}

TEST_F(DivergenceDeskTest, LooksAgainAfterAWhileForWhatAnOperatorHealed) {
  Load();
  Note(5);
  Poll();
  stored_.Remove("t", "a", 5);
  now_us_ += DivergenceDesk::kLookAgainUs - 1;
  Poll();
  EXPECT_TRUE(Known());
  now_us_ += 1;
  Poll();
  EXPECT_FALSE(Known());
}

TEST_F(DivergenceDeskTest, KeepsWhatIsNotStoredYetThroughALoad) {
  Load();
  store_.Hold(true);
  const uint64_t ticket = Note(5);
  desk_.Load(kIndex, "t");
  store_.Hold(false);
  Poll();
  EXPECT_TRUE(desk_.Safe(ticket));
  EXPECT_TRUE(Known());
}

TEST_F(DivergenceDeskTest, HaltsForMoreIdsThanItMayKeep) {
  Load();
  for (const char* id : {"a", "b", "c"}) Note(5, DivergenceReason::kRefused, id);
  EXPECT_TRUE(Poll().empty());
  Note(5, DivergenceReason::kRefused, "d");
  const auto news = Poll();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].kind, Kind::kHalted);
  EXPECT_EQ(news[0].failure.verdict.reason, FailureReason::kTooManyDivergent);
  EXPECT_THAT(news[0].failure.detail, HasSubstr("divergent.max.ids"));
}

TEST_F(DivergenceDeskTest, HaltsForMoreStoredIdsThanItMayKeep) {
  for (int i = 0; i < 4; ++i) {
    Divergence entry;
    entry.index = "t";
    entry.id = std::to_string(i);
    entry.version = entry.since = 2;
    stored_.Put(entry);
  }
  desk_.Load(kIndex, "t");
  const auto news = Poll();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].kind, Kind::kHalted);
}

TEST_F(DivergenceDeskTest, SaysWhyItIsHeld) {
  desk_.Load(kIndex, "t");
  store_.HoldOnce({{Disposition::kHold, FailureReason::kUnreachable, {}}, "", "why"});
  const auto news = Poll();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].kind, Kind::kHeld);
  EXPECT_EQ(news[0].index, kIndex);
}

}  // namespace
}  // namespace sluice::testing
