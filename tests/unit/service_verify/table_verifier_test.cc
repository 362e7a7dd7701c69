#include "service/verify/table_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/unit/service_verify/verify_world.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using verify::Difference;
using verify::TableResult;
using Kind = Difference::Kind;

class TableVerifierTest : public ::testing::Test {
 protected:
  TableVerifierTest() {
    for (int i = 10; i < 20; ++i) world_.Write(std::to_string(i), Document(i, "as written"));
    world_.Apply();
    limits_.documents = 2;
    limits_.repair_batch = 2;
  }

  static std::string Document(int id, const std::string& text) {
    return "{\"id\":" + std::to_string(id) + ",\"text\":\"" + text + "\"}";
  }

  verify::TableVerifier Make() {
    return verify::TableVerifier(
        {world_, world_, world_, clock_,
         [this](std::chrono::milliseconds time) { clock_.AdvanceMs(time.count()); },
         [this](const TableResult&) { ++progress_; }},
        limits_);
  }
  TableResult Verify() {
    verify::TableVerifier verifier = Make();
    EXPECT_TRUE(verifier.Verify().ok());
    return verifier.result();
  }
  TableResult Repair() {
    verify::TableVerifier verifier = Make();
    EXPECT_TRUE(verifier.Verify().ok());
    EXPECT_TRUE(verifier.Repair(world_).ok());
    return verifier.result();
  }
  static std::vector<std::pair<Kind, std::string>> Told(const TableResult& result) {
    std::vector<std::pair<Kind, std::string>> told;
    for (const Difference& difference : result.differences) {
      told.emplace_back(difference.kind, difference.name.id);
    }
    return told;
  }

  VerifyWorld world_;
  FakeClock clock_;
  verify::VerifyLimits limits_;
  int progress_ = 0;
};

TEST_F(TableVerifierTest, WhatIsEqualIsEqualAndNothingIsWaitedFor) {
  const TableResult result = Verify();
  EXPECT_EQ(result.rows, 10U);
  EXPECT_EQ(result.ranges, 4U);
  EXPECT_EQ(result.ranges_unequal, 0U);
  EXPECT_EQ(result.ids, 10U);
  EXPECT_EQ(result.suspects, 0U);
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_EQ(world_.waits, 0U);
  EXPECT_GT(progress_, 4);
}

TEST_F(TableVerifierTest, ListsWhatIsMissingExtraAndDifferent) {
  world_.Put("11", "", 100);
  world_.Put("15", Document(15, "by hand"), 101);
  world_.Put("77", Document(77, "by hand"), 102);
  const TableResult result = Verify();
  EXPECT_THAT(Told(result),
              UnorderedElementsAre(Pair(Kind::kMissing, "11"), Pair(Kind::kDifferent, "15"),
                                   Pair(Kind::kExtra, "77")));
  EXPECT_EQ(result.ranges_unequal, 2U);
  EXPECT_EQ(result.suspects, 3U);
  for (const Difference& difference : result.differences) {
    if (difference.kind != Kind::kDifferent) continue;
    ASSERT_EQ(difference.fields.size(), 1U);
    EXPECT_EQ(difference.fields[0].name, "text");
    EXPECT_EQ(difference.version, 101);
  }
}

TEST_F(TableVerifierTest, RowsThatOnlyLackNullsOfNewColumnsAreCountedApart) {
  for (const char* id : {"11", "12", "13"}) {
    world_.Write(id, R"({"id":)" + std::string(id) + R"(,"text":"as written","added":null})");
  }
  world_.Apply();
  world_.Put("11", Document(11, "as written"), 100);
  world_.Put("12", Document(12, "by hand"), 100);
  const TableResult result = Verify();
  EXPECT_EQ(result.different, 2U);
  EXPECT_EQ(result.unwritten, 1U) << "12 differs in more than that";
  EXPECT_EQ(Repair().unwritten, 0U);
}

TEST_F(TableVerifierTest, TwoDocumentsThatHaveChangedPlacesAreFound) {
  world_.Put("10", Document(11, "as written"), 100);
  world_.Put("11", Document(10, "as written"), 101);
  EXPECT_EQ(Verify().different, 2U);
}

TEST_F(TableVerifierTest, WhatIsOnlyOnItsWayIsNoDifference) {
  world_.Write("12", Document(12, "new"));
  world_.Write("99", Document(99, "inserted"));
  world_.Delete("14");
  const TableResult result = Verify();
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_EQ(result.suspects, 2U);
  EXPECT_GE(world_.waits, 1U);
}

TEST_F(TableVerifierTest, ARowThatIsDeletedAndWhoseDocumentIsNotYetIsNoDifference) {
  world_.Delete("14");
  const TableResult result = Verify();
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_EQ(result.suspects, 1U);
}

TEST_F(TableVerifierTest, ARowThatChangesWhileItIsWaitedForIsLookedAtAgain) {
  world_.Put("12", Document(12, "by hand"), 50);
  int left = 2;
  world_.on_wait = [&] {
    if (left-- > 0) {
      world_.Write("12", Document(12, "change " + std::to_string(left)));
      world_.Apply();
      world_.Put("12", Document(12, "late"), 60 - left);
    }
  };
  const TableResult result = Verify();
  EXPECT_THAT(Told(result), ElementsAre(Pair(Kind::kDifferent, "12")));
  EXPECT_EQ(world_.waits, 3U);
}

TEST_F(TableVerifierTest, WhatNeverRestsIsToldAndIsNoDifference) {
  world_.Write("12", Document(12, "first"));
  int64_t change = 0;
  const auto changes = [&] {
    world_.Write("12", Document(12, "change " + std::to_string(++change)));
  };
  world_.on_wait = [&] {
    world_.Apply();
    // The document is of a later change than the row that was read, and of an earlier one than the
    // row that is read next.
    changes();
    world_.Apply();
    changes();
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_EQ(result.changing, 1U);
  EXPECT_THAT(result.changing_ids, ElementsAre("12"));
  EXPECT_EQ(world_.waits, limits_.rounds);
}

// Behind each wait the document is of a later change than the row.
TEST_F(TableVerifierTest, ARowThatChangesDuringEachWaitIsComparedWithTheDocumentOfThatMoment) {
  world_.Put("12", Document(12, "by hand"), 1'000'000);
  world_.Write("13", Document(13, "first"));
  int64_t change = 0;
  world_.on_wait = [&] {
    world_.Write("13", Document(13, "change " + std::to_string(++change)));
    world_.Apply();
  };
  const TableResult result = Verify();
  EXPECT_THAT(Told(result), ElementsAre(Pair(Kind::kDifferent, "12")));
  EXPECT_EQ(result.changing, 0U);
}

TEST_F(TableVerifierTest, WhatIsThereByNowIsNotWaitedFor) {
  world_.Write("12", Document(12, "new"));
  bool read = false;
  world_.on_renew = [&] {
    read = true;
    world_.Apply();
  };
  EXPECT_EQ(Verify().differing(), 0U);
  EXPECT_TRUE(read);
  EXPECT_EQ(world_.waits, 0U);
}

// Rows are known by a key of their own, documents perhaps by other columns.
TEST_F(TableVerifierTest, ADocumentThatIsOfAnotherRowByNowIsNotExtra) {
  world_.Write("30_1", Document(30, "of the first"));
  world_.Apply();
  world_.Put("30", Document(30, "by hand"), 1);
  bool moved = false;
  world_.on_renew = [&] {
    if (std::exchange(moved, true)) return;
    world_.Delete("30_1");
    world_.Write("30_2", Document(30, "of the second"));
    world_.Apply();
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_EQ(result.changing, 0U);
}

TEST_F(TableVerifierTest, ARowThatIsDeletedMeanwhileIsNotMissing) {
  world_.Write("55", Document(55, "short life"));
  world_.on_wait = [&] {
    world_.Delete("55");
    world_.Apply();
  };
  const TableResult result = Verify();
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_EQ(result.changing, 0U);
}

TEST_F(TableVerifierTest, WhatLagsEndsIt) {
  world_.Put("11", Document(11, "by hand"), 100);
  world_.wait_status = Error{"the group is 7 records behind", ""};
  verify::TableVerifier verifier = Make();
  const Status status = verifier.Verify();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().what, HasSubstr("7 records"));
  EXPECT_EQ(verifier.result().differing(), 0U);
}

TEST_F(TableVerifierTest, ManySuspectsAreSettledInBetween) {
  limits_.suspects = 4;
  for (int i = 10; i < 20; ++i) world_.Put(std::to_string(i), Document(i, "by hand"), 100 + i);
  EXPECT_EQ(Verify().different, 10U);
  EXPECT_GE(world_.waits, 2U);
}

TEST_F(TableVerifierTest, MoreDifferencesThanAreKeptAreCounted) {
  limits_.differences = 3;
  for (int i = 10; i < 20; ++i) world_.Put(std::to_string(i), Document(i, "by hand"), 100 + i);
  const TableResult result = Verify();
  EXPECT_EQ(result.different, 10U);
  EXPECT_EQ(result.differences.size(), 3U);
}

TEST_F(TableVerifierTest, RepairHealsAllThree) {
  for (int i = 0; i < 200; ++i) world_.Write("19", Document(19, "so that the log is ahead"));
  world_.Apply();
  world_.Put("11", "", 100);
  world_.Put("12", "", 100);
  world_.Put("15", Document(15, "by hand"), 101);
  world_.Put("77", Document(77, "by hand"), 102);
  const TableResult result = Repair();
  EXPECT_TRUE(result.repaired);
  EXPECT_EQ(result.healed, 4U);
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_THAT(result.obstacles, IsEmpty());
  EXPECT_EQ(world_.batch_most, 2U);
  EXPECT_EQ(Verify().differing(), 0U);
}

// The document's version is the one that the next record will have: the first attempt's record is
// refused, the second's is not.
TEST_F(TableVerifierTest, ADocumentAtTheLogsEndIsHealedByTheSecondAttempt) {
  world_.Put("15", Document(15, "by hand"), 11);
  const TableResult result = Repair();
  EXPECT_EQ(result.healed, 1U);
  EXPECT_EQ(result.differing(), 0U);
  EXPECT_EQ(world_.refreshed, 2U);
}

TEST_F(TableVerifierTest, ADocumentFarBeyondTheLogIsToldAsSuch) {
  world_.Put("15", Document(15, "by hand"), 1'000'000);
  const TableResult result = Repair();
  EXPECT_EQ(result.healed, 0U);
  EXPECT_THAT(Told(result), ElementsAre(Pair(Kind::kDifferent, "15")));
  EXPECT_THAT(result.obstacles, ElementsAre(HasSubstr("1 documents have versions")));
}

TEST_F(TableVerifierTest, WhatIsNotHealedIsWaitedForAsLongAsAllowedAndTold) {
  for (int i = 0; i < 200; ++i) world_.Write("19", Document(19, "so that the log is ahead"));
  world_.Apply();
  world_.Put("11", "", 100);
  world_.mends = false;
  const int64_t before_us = clock_.NowUs();
  const TableResult result = Repair();
  EXPECT_THAT(Told(result), ElementsAre(Pair(Kind::kMissing, "11")));
  EXPECT_EQ(result.healed, 0U);
  EXPECT_THAT(result.obstacles, ElementsAre(HasSubstr("1 were asked for and still differ")));
  EXPECT_GE(clock_.NowUs() - before_us, limits_.repair_wait_us);
}

TEST_F(TableVerifierTest, MoreDifferencesThanAreKeptNeedAnotherRepair) {
  limits_.differences = 3;
  for (int i = 0; i < 200; ++i) world_.Write("19", Document(19, "so that the log is ahead"));
  world_.Apply();
  for (int i = 10; i < 15; ++i) world_.Put(std::to_string(i), Document(i, "by hand"), 100 + i);
  const TableResult first = Repair();
  EXPECT_EQ(first.healed, 3U);
  EXPECT_EQ(first.different, 2U);
  EXPECT_THAT(first.obstacles, ElementsAre(HasSubstr("2 differences are beyond the 3")));
}

TEST_F(TableVerifierTest, WhatTheMenderRefusesIsToldAndTheRestIsHealed) {
  for (int i = 0; i < 200; ++i) world_.Write("19", Document(19, "so that the log is ahead"));
  world_.Apply();
  world_.Put("11", "", 100);
  world_.Put("77", Document(77, "by hand"), 102);
  world_.forget_refused = "not in this partition";
  const TableResult result = Repair();
  EXPECT_THAT(Told(result), ElementsAre(Pair(Kind::kExtra, "77")));
  EXPECT_EQ(result.healed, 1U);
  EXPECT_THAT(result.obstacles, ElementsAre(HasSubstr("not in this partition")));
}

TEST_F(TableVerifierTest, ABatchThatIsRefusedKeepsNoOtherFromBeingHealed) {
  for (int i = 0; i < 200; ++i) world_.Write("19", Document(19, "so that the log is ahead"));
  world_.Apply();
  for (const char* id : {"70", "71", "72", "73", "74"}) world_.Put(id, Document(7, "by hand"), 100);
  world_.never_forgotten = "71";
  const TableResult result = Repair();
  EXPECT_THAT(Told(result),
              UnorderedElementsAre(Pair(Kind::kExtra, "70"), Pair(Kind::kExtra, "71")));
  EXPECT_EQ(result.healed, 3U);
  EXPECT_THAT(result.obstacles, ElementsAre(HasSubstr("no key is told as 71")));
}

TEST_F(TableVerifierTest, WhatWasFoundStaysToldWhereARepairBreaksOff) {
  for (int i = 0; i < 200; ++i) world_.Write("19", Document(19, "so that the log is ahead"));
  world_.Write("11_9", Document(11, "the other row"));
  world_.Apply();
  world_.Put("12", "", 100);
  world_.Put("15", Document(15, "by hand"), 101);
  world_.Put("77", Document(77, "by hand"), 102);
  verify::TableVerifier verifier = Make();
  ASSERT_TRUE(verifier.Verify().ok());
  ASSERT_EQ(verifier.result().differing(), 4U);
  world_.wait_status = Error{"the group is 7 records behind", ""};
  EXPECT_FALSE(verifier.Repair(world_).ok());
  EXPECT_THAT(Told(verifier.result()),
              UnorderedElementsAre(Pair(Kind::kShared, "11"), Pair(Kind::kMissing, "12"),
                                   Pair(Kind::kDifferent, "15"), Pair(Kind::kExtra, "77")));
  EXPECT_EQ(verifier.result().differing(), 4U);
  EXPECT_EQ(verifier.result().healed, 0U);
}

TEST_F(TableVerifierTest, TwoRowsWithOneDocumentAreNamedBoth) {
  world_.Write("11_9", Document(11, "the other row"));
  world_.Write("30_1", Document(30, "alike"));
  world_.Write("30_2", Document(30, "alike"));
  world_.Apply();
  const TableResult result = Verify();
  EXPECT_THAT(Told(result), ElementsAre(Pair(Kind::kShared, "11"), Pair(Kind::kShared, "30")));
  EXPECT_EQ(result.shared, 2U);
  EXPECT_EQ(result.different, 0U) << "which of them is told last differs each time";
  EXPECT_THAT(result.differences[0].key, ElementsAre("11"));
  EXPECT_THAT(result.differences[0].other_key, ElementsAre("11_9"));
}

TEST_F(TableVerifierTest, WhatIsSharedIsNotRepaired) {
  world_.Write("11_9", Document(11, "the other row"));
  world_.Apply();
  world_.Put("15", Document(15, "wrong"), 6);
  const TableResult result = Repair();
  EXPECT_THAT(Told(result), ElementsAre(Pair(Kind::kShared, "11")));
  EXPECT_EQ(result.healed, 1U);
  EXPECT_EQ(world_.refreshed, 1U) << "neither of the two rows";
  EXPECT_THAT(result.obstacles, ElementsAre(HasSubstr("no repair can heal that")));
}

}  // namespace
}  // namespace sluice::testing
