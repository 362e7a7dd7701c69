#include "adapters/postgres/publication_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::postgres {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kCreate = {
    R"(CREATE PUBLICATION "p" FOR TABLE "s"."a" WITH (publish_via_partition_root = true))"};

PublicationSettings Settings(PublicationMode mode) {
  PublicationSettings settings;
  settings.name = "p";
  settings.mode = mode;
  return settings;
}

PublicationRights Owner() {
  PublicationRights rights;
  rights.user = "u";
  rights.database = "shop";
  rights.may_create = true;
  return rights;
}

std::optional<Finding> Judge(const PublicationRights& rights, bool exists = false,
                             PublicationMode mode = PublicationMode::kFiltered,
                             const std::vector<std::string>& statements = kCreate) {
  return JudgePublicationRights(rights, Settings(mode), exists, statements);
}

TEST(PublicationRights, WhoOwnsTheTablesAndMayCreateNeedsNobody) {
  EXPECT_FALSE(Judge(Owner()));
  EXPECT_FALSE(Judge(Owner(), false, PublicationMode::kNoTables));
  PublicationRights reader;
  EXPECT_FALSE(Judge(reader, false, PublicationMode::kDisabled, {})) << "there is nothing to do";
}

TEST(PublicationRights, WhatIsLackingIsNamedWithTheWholeStatement) {
  PublicationRights rights = Owner();
  rights.may_create = false;
  auto found = Judge(rights);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->weight, Finding::Weight::kBlocks);
  EXPECT_EQ(found->reason, FailureReason::kUnauthorized);
  EXPECT_THAT(found->what,
              AllOf(HasSubstr("no CREATE on the database shop"), Not(HasSubstr("does not own"))));
  EXPECT_THAT(found->cure, AllOf(HasSubstr(kCreate.front() + ";"),
                                 HasSubstr(R"(GRANT CREATE ON DATABASE "shop" TO "u")")));

  rights.foreign = {"s.a", "s.b", "s.c", "s.d", "s.e", "s.f"};
  found = Judge(rights);
  EXPECT_THAT(found->what, HasSubstr("and does not own s.a, s.b, s.c, s.d, s.e and 1 more"));
  EXPECT_THAT(found->cure, AllOf(HasSubstr(kCreate.front()), Not(HasSubstr("GRANT"))));
}

TEST(PublicationRights, ATableIsAddedByWhoOwnsBoth) {
  PublicationRights rights = Owner();
  EXPECT_THAT(Judge(rights, true)->what, HasSubstr("may not change the publication p: it does "
                                                   "not own it"));
  rights.owns_publication = true;
  EXPECT_FALSE(Judge(rights, true));
  rights.may_create = false;
  EXPECT_FALSE(Judge(rights, true)) << "CREATE is for a new one";
  rights.foreign = {"s.a"};
  EXPECT_THAT(Judge(rights, true)->what, HasSubstr("does not own s.a"));
}

TEST(PublicationRights, AllTablesAreForSuperusers) {
  PublicationRights rights = Owner();
  const auto found = Judge(rights, false, PublicationMode::kAllTables);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->cure, HasSubstr("publication.autocreate.mode=filtered"));
  rights.superuser = true;
  EXPECT_FALSE(Judge(rights, false, PublicationMode::kAllTables));
}

}  // namespace
}  // namespace sluice::postgres
