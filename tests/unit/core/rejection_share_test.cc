#include "core/operations/group/rejection_share.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr int64_t kTenth = RejectionShare::kMillion / 10;

TEST(RejectionShare, AllowsItsShareOfTheLastTenThousand) {
  RejectionShare share(kTenth);
  share.Read(50'000);
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(share.Refuse()) << i;
  EXPECT_FALSE(share.Refuse());
  EXPECT_EQ(share.refused(), 1'001U);
}

TEST(RejectionShare, CountsRecordsThatWereNotReadYetAsGood) {
  RejectionShare share(kTenth);
  for (int i = 0; i < 1'000; ++i) {
    share.Read(1);
    ASSERT_TRUE(share.Refuse()) << "record " << i << " of a start";
  }
  share.Read(1);
  EXPECT_FALSE(share.Refuse()) << "whatever comes, they are more than a tenth";
}

TEST(RejectionShare, ForgetsWhatLiesFurtherBack) {
  RejectionShare share(kTenth);
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(share.Refuse());
  share.Read(9'999);
  EXPECT_FALSE(share.Refuse());
  share.Read(1);
  EXPECT_TRUE(share.Refuse());
  EXPECT_EQ(share.refused(), 2U);
}

TEST(RejectionShare, AlternatesForEverBelowItsShare) {
  RejectionShare share(kTenth);
  for (int i = 0; i < 5'000; ++i) {
    share.Read(10);
    ASSERT_TRUE(share.Refuse()) << i;
  }
}

TEST(RejectionShare, NoneAndAll) {
  RejectionShare none(0);
  none.Read(100'000);
  EXPECT_FALSE(none.Refuse());
  RejectionShare all(RejectionShare::kMillion);
  for (int i = 0; i < 20'000; ++i) {
    all.Read(1);
    ASSERT_TRUE(all.Refuse());
  }
  EXPECT_EQ(all.refused(), 0U) << "nothing is kept";
}

}  // namespace
}  // namespace sluice
