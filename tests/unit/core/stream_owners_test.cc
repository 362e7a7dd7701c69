#include "core/operations/source/stream_owners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(StreamOwners, OneStreamTakesTheRowsOfOneTable) {
  StreamOwners owners;
  EXPECT_EQ(owners.Claim({1, "public", "a$b"}, "p.public.a_b").verdict.disposition,
            Disposition::kDone);
  EXPECT_EQ(owners.Claim({2, "public", "users"}, "p.public.users").verdict.disposition,
            Disposition::kDone);
  const Failure failure = owners.Claim({3, "public", "a_b"}, "p.public.a_b");
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(failure.detail,
              AllOf(HasSubstr("\"public\".\"a$b\" and \"public\".\"a_b\""),
                    HasSubstr("topic p.public.a_b"), HasSubstr("topic.routing.regex"),
                    HasSubstr("table.include.list, or add it to table.exclude.list")));
}

TEST(StreamOwners, ATableStaysItselfByItsNameOrItsNumber) {
  StreamOwners owners;
  EXPECT_EQ(owners.Claim({1, "public", "a_b"}, "p.a_b").verdict.disposition, Disposition::kDone);
  EXPECT_EQ(owners.Claim({1, "public", "a_b"}, "p.a_b").verdict.disposition, Disposition::kDone);
  EXPECT_EQ(owners.Claim({9, "public", "a_b"}, "p.a_b").verdict.disposition, Disposition::kDone)
      << "created anew";
  EXPECT_EQ(owners.Claim({1, "public", "a$b"}, "p.a_b").verdict.disposition, Disposition::kDone)
      << "renamed";
}

TEST(StreamOwners, TwoTablesWithOneTextAreRefusedWhateverTheirStreams) {
  StreamOwners owners;
  EXPECT_EQ(owners.Claim({1, "s", "x.t"}, "p_s_x.t").verdict.disposition, Disposition::kDone);
  const Failure failure = owners.Claim({2, "s.x", "t"}, "p_s.x_t");
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(failure.detail,
              AllOf(HasSubstr("\"s\".\"x.t\" and \"s.x\".\"t\""), HasSubstr("both told as s.x.t")));
}

}  // namespace
}  // namespace sluice
