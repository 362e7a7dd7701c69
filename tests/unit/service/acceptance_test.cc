#include "service/composition/acceptance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/composition/coverage.h"

namespace sluice::service {
namespace {

using postgres::KnownTables;
using postgres::Membership;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kPublication = 50;

class Accepting : public ::testing::Test {
 protected:
  Accepting() {
    settings_.name = "p";
    coverage_.publication = postgres::PublicationState{"p", false, false, true, true, true, true};
    coverage_.publication_id = kPublication;
    for (const uint32_t id : {1U, 2U}) {
      postgres::CatalogueTable& table = tables_.emplace_back();
      table.id = id;
      table.schema = "public";
      table.name = "t" + std::to_string(id);
      coverage_.entries[id] = {100 + id};
      known_["public." + table.name] = {id, Membership{kPublication, {100 + id}}};
    }
    for (const postgres::CatalogueTable& table : tables_) list_.push_back(&table);
  }
  [[nodiscard]] Acceptance Accept(const std::vector<std::string>& wanted) const {
    return AcceptTables(wanted, settings_, list_, coverage_, known_);
  }
  [[nodiscard]] std::string Halt(const KnownTables& known) const {
    return FindLostTables(settings_, list_, {}, coverage_, known).detail;
  }

  postgres::PublicationSettings settings_;
  std::vector<postgres::CatalogueTable> tables_;
  postgres::TableList list_;
  postgres::Coverage coverage_;
  KnownTables known_;
};

TEST_F(Accepting, RecordsHowTheTableIsPublishedNowAndAStartGoesOn) {
  coverage_.entries[1] = {900};
  EXPECT_THAT(Halt(known_), HasSubstr("capture accept public.t1 -c FILE"));
  const Acceptance acceptance = Accept({"public.t1"});
  EXPECT_THAT(acceptance.accepted, ElementsAre("public.t1"));
  EXPECT_THAT(acceptance.problems, IsEmpty());
  KnownTables expected = known_;
  expected["public.t1"].had = coverage_.Of(1);
  EXPECT_EQ(acceptance.tables, expected) << "nothing else";
  EXPECT_EQ(Halt(acceptance.tables), "");
}

TEST_F(Accepting, IsRefusedWhileThePublicationLacksAnOperation) {
  coverage_.publication->deletes = false;
  EXPECT_THAT(Halt(known_), HasSubstr("does not publish: delete"));
  const Acceptance acceptance = Accept({"public.t1"});
  EXPECT_THAT(acceptance.accepted, IsEmpty());
  ASSERT_EQ(acceptance.problems.size(), 1U);
  EXPECT_THAT(acceptance.problems[0].ToString(), HasSubstr("SET (publish ="));
}

TEST_F(Accepting, TakesAnAlterationOfThePublicationOver) {
  coverage_.written_by = 700;
  known_["public.t1"].had = coverage_.Of(1);
  EXPECT_EQ(Halt(known_), "");
  coverage_.written_by = 701;
  EXPECT_THAT(Halt(known_), HasSubstr("was altered"));
  const Acceptance acceptance = Accept({});
  EXPECT_THAT(acceptance.accepted, ElementsAre("public.t1"));
  EXPECT_EQ(Halt(acceptance.tables), "");
}

TEST_F(Accepting, OneTableLeavesTheOthersToBeAccepted) {
  coverage_.publication_id = kPublication + 1;  // made anew: all were away
  coverage_.entries = {{1, {900}}, {2, {901}}};
  const Acceptance one = Accept({"public.t2"});
  EXPECT_THAT(one.accepted, ElementsAre("public.t2"));
  EXPECT_THAT(Halt(one.tables), HasSubstr("capture accept public.t1 -c FILE"));
  const Acceptance all = Accept({});
  EXPECT_THAT(all.accepted, ElementsAre("public.t1", "public.t2"));
  EXPECT_EQ(Halt(all.tables), "");
}

TEST_F(Accepting, TwiceIsAsOnce) {
  coverage_.entries[1] = {900};
  known_ = Accept({"public.t1", "public.t1"}).tables;
  const Acceptance again = Accept({"public.t1"});
  EXPECT_THAT(again.accepted, IsEmpty());
  EXPECT_THAT(again.unchanged, ElementsAre("public.t1"));
  EXPECT_EQ(again.tables, known_);
  EXPECT_THAT(Accept({}).unchanged, IsEmpty());
}

TEST_F(Accepting, RefusesWhatIsNotCapturedOrNotPublished) {
  coverage_.uncovered = {2};
  coverage_.entries.erase(2);
  const Acceptance named = Accept({"public.t3", "public.t2", "public.t1"});
  ASSERT_EQ(named.problems.size(), 2U);
  EXPECT_THAT(named.problems[0].ToString(),
              AllOf(HasSubstr("public.t3 is not a captured table"), HasSubstr("did you mean")));
  EXPECT_THAT(named.problems[1].ToString(),
              HasSubstr("ALTER PUBLICATION \"p\" ADD TABLE \"public\".\"t2\""));
  EXPECT_EQ(Accept({}).problems.size(), 1U);
  coverage_ = {};
  coverage_.uncovered = {1, 2};
  ASSERT_EQ(Accept({}).problems.size(), 1U);
  EXPECT_THAT(Accept({"public.t1"}).problems[0].ToString(), HasSubstr("was dropped"));
}

TEST_F(Accepting, LeavesNewAndReplacedTablesToTheStart) {
  known_.erase("public.t1");
  known_["public.t2"].id = 9;
  const Acceptance acceptance = Accept({"public.t1", "public.t2"});
  EXPECT_THAT(acceptance.unchanged, ElementsAre("public.t1", "public.t2"));
  EXPECT_EQ(acceptance.tables, known_);
}

TEST_F(Accepting, FindsARenamedTableByItsNumber) {
  tables_[0].name = "renamed";
  coverage_.entries[1] = {900};
  const Acceptance acceptance = Accept({"public.renamed"});
  EXPECT_THAT(acceptance.accepted, ElementsAre("public.renamed"));
  EXPECT_EQ(Halt(acceptance.tables), "");
}

TEST_F(Accepting, AnotherTableInThePublicationGoesOnAndOutOfItHalts) {
  known_["public.t2"].id = 9;
  EXPECT_EQ(Halt(known_), "");
  coverage_.uncovered = {2};
  coverage_.entries.erase(2);
  EXPECT_THAT(Halt(known_), HasSubstr("dropped and created anew"));
}

}  // namespace
}  // namespace sluice::service
