#include "core/operations/group/ownership_lease.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr int64_t kLengthUs = 1'000;

TEST(OwnershipLease, CountsFromTheSendingOfTheCommit) {
  OwnershipLease lease(kLengthUs);
  EXPECT_EQ(lease.until_us(), INT64_MIN) << "nothing is proven yet";
  lease.CommitSent(50, true);
  EXPECT_FALSE(lease.proven()) << "it was not accepted yet";
  lease.CommitAccepted();
  EXPECT_EQ(lease.until_us(), 1'050) << "whenever the answer came";
}

TEST(OwnershipLease, IsNotProvenByACommitForSomePartitionsOnly) {
  OwnershipLease lease(kLengthUs);
  lease.CommitSent(50, true);
  lease.CommitAccepted();
  lease.CommitSent(900, false);
  lease.CommitAccepted();
  EXPECT_EQ(lease.until_us(), 1'050);
}

TEST(OwnershipLease, OnceEndedIsNotProvenByACommitFromBefore) {
  OwnershipLease lease(kLengthUs);
  lease.CommitSent(50, true);
  lease.End();
  lease.CommitAccepted();
  EXPECT_FALSE(lease.proven());
}

}  // namespace
}  // namespace sluice
