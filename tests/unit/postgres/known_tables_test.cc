#include "adapters/postgres/known_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::postgres {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr uint32_t kPublication = 50;

KnownTable Had(std::set<uint32_t> entries) {
  return {7, Membership{kPublication, std::move(entries)}};
}

Membership Now(std::set<uint32_t> entries, uint32_t publication = kPublication) {
  return {publication, std::move(entries)};
}

TEST(WasAway, IfThePublicationHasItNoMoreOrOnlyByOtherEntries) {
  EXPECT_FALSE(WasAway(Had({1}), Now({1})));
  EXPECT_TRUE(WasAway(Had({1}), std::nullopt));
  EXPECT_TRUE(WasAway(Had({}), std::nullopt));
  EXPECT_TRUE(WasAway(Had({1}), Now({2})));
  EXPECT_TRUE(WasAway(Had({1, 2}), Now({3, 4})));
}

TEST(WasAway, NotWhereOneOfItsEntriesStayed) {
  EXPECT_FALSE(WasAway(Had({1}), Now({1, 2})));
  EXPECT_FALSE(WasAway(Had({1, 2}), Now({2, 3}))) << "a partition that left the table above it";
}

TEST(WasAway, NotByASchemaOrAllTablesBeforeOrNow) {
  EXPECT_FALSE(WasAway(Had({}), Now({1})));
  EXPECT_FALSE(WasAway(Had({1}), Now({})));
  EXPECT_FALSE(WasAway(Had({}), Now({})));
}

TEST(WasAway, IfThePublicationIsAnotherOne) {
  EXPECT_TRUE(WasAway(Had({}), Now({}, kPublication + 1))) << "all tables";
  EXPECT_TRUE(WasAway(Had({1}), Now({1}, kPublication + 1)));
}

TEST(WasAway, NotWhereItIsNotKnownByWhatItWasPublished) {
  EXPECT_FALSE(WasAway({7, std::nullopt}, Now({1})));
  EXPECT_TRUE(WasAway({7, std::nullopt}, std::nullopt)) << "it was captured, and is not now";
}

KnownTable HadBySchemas(std::set<uint32_t> entries, std::set<uint32_t> schemas) {
  return {7, Membership{kPublication, std::move(entries), std::move(schemas)}};
}

Membership NowBySchemas(std::set<uint32_t> entries, std::set<uint32_t> schemas) {
  return {kPublication, std::move(entries), std::move(schemas)};
}

TEST(WasAway, IfItsSchemaWasTakenOutAndPutBack) {
  EXPECT_FALSE(WasAway(HadBySchemas({}, {1}), NowBySchemas({}, {1})));
  EXPECT_TRUE(WasAway(HadBySchemas({}, {1}), NowBySchemas({}, {2})));
  EXPECT_TRUE(WasAway(HadBySchemas({}, {1}), NowBySchemas({3}, {})));
  EXPECT_TRUE(WasAway(HadBySchemas({3}, {}), NowBySchemas({}, {1}))) << "in which order?";
  EXPECT_FALSE(WasAway(HadBySchemas({3}, {1}), NowBySchemas({}, {1})));
  EXPECT_FALSE(WasAway(HadBySchemas({3}, {1}), NowBySchemas({3}, {2})));
  EXPECT_FALSE(WasAway(HadBySchemas({}, {}), NowBySchemas({}, {}))) << "all tables";
}

TEST(WasAway, NotWhereARecordDidNotTellSchemas) {
  EXPECT_FALSE(WasAway(Had({}), NowBySchemas({}, {1})));
  EXPECT_FALSE(WasAway(Had({3}), NowBySchemas({}, {1})));
  EXPECT_TRUE(WasAway(Had({3}), NowBySchemas({4}, {1})));
}

TEST(WasAway, IfThePublicationWasAlteredUnlessItsOwnerExplainsIt) {
  const auto with = [](Membership one, uint32_t written_by, uint32_t owner) {
    one.written_by = written_by;
    one.owner = owner;
    return one;
  };
  const KnownTable known{7, with(NowBySchemas({1}, {}), 700, 10)};
  EXPECT_FALSE(WasAway(known, with(NowBySchemas({1}, {}), 700, 10)));
  EXPECT_TRUE(WasAway(known, with(NowBySchemas({1}, {}), 701, 10)));
  EXPECT_FALSE(WasAway(known, with(NowBySchemas({1}, {}), 701, 11)));
  EXPECT_FALSE(WasAway(Had({1}), with(NowBySchemas({1}, {}), 701, 10))) << "not recorded";
}

TEST(WasAway, IfItWasElsewhereForAWhile) {
  const auto at = [](std::string name, uint32_t written_by, uint32_t owner = 10,
                     std::string attached_by = "") {
    Membership one = Now({1});
    one.place = {std::move(name), written_by, owner, std::move(attached_by)};
    return one;
  };
  const KnownTable known{7, at("public.t", 700, 10, "650")};
  EXPECT_FALSE(WasAway(known, at("public.t", 700, 10, "650")));
  EXPECT_TRUE(WasAway(known, at("public.t", 701, 10, "650"))) << "renamed and back";
  EXPECT_FALSE(WasAway(known, at("public.u", 701, 10, "650"))) << "its changes come under that";
  EXPECT_FALSE(WasAway(known, at("public.t", 701, 11, "650"))) << "the owner explains it";
  EXPECT_TRUE(WasAway(known, at("public.t", 700, 10, "651"))) << "detached and back";
  EXPECT_FALSE(WasAway(known, at("public.t", 700)));
  EXPECT_FALSE(WasAway(Had({1}), at("public.t", 701))) << "not recorded";
}

class Tables : public ::testing::Test {
 protected:
  Tables() {
    settings_.name = "p";
    coverage_.publication = PublicationState{"p", false, false, true, true, true, true};
    coverage_.publication_id = kPublication;
    for (const uint32_t id : {1U, 2U, 3U}) {
      CatalogueTable& table = tables_.emplace_back();
      table.id = id;
      table.schema = "public";
      table.name = "t" + std::to_string(id);
      coverage_.entries[id] = {100 + id};
    }
    for (const CatalogueTable& table : tables_) list_.push_back(&table);
    Look();
  }
  void Look() { Remember(list_, coverage_, filter_, known_); }
  void TakeOut(uint32_t id) {
    coverage_.uncovered.insert(id);
    coverage_.entries.erase(id);
  }
  [[nodiscard]] std::vector<std::string> Away() const {
    std::vector<std::string> names;
    for (const CatalogueTable* table : TablesAway(list_, coverage_, known_)) {
      names.push_back(table->name);
    }
    return names;
  }
  [[nodiscard]] std::string Sentence() const {
    return LostTables(settings_, coverage_, known_, TablesAway(list_, coverage_, known_)).detail;
  }

  const TableFilter filter_ = *TableFilter::Make({});
  PublicationSettings settings_;
  std::vector<CatalogueTable> tables_;
  TableList list_;
  Coverage coverage_;
  KnownTables known_;
};

TEST_F(Tables, ThatWereAwayStayAsTheyWereKnown) {
  EXPECT_THAT(Away(), IsEmpty());
  const KnownTables before = known_;
  coverage_.entries[1] = {900};
  TakeOut(2);
  coverage_.entries[3].insert(901);
  for (int look = 0; look < 2; ++look) {
    EXPECT_THAT(Away(), ::testing::ElementsAre("t1", "t2"));
    Look();
  }
  EXPECT_EQ(known_.at("public.t1"), before.at("public.t1"));
  EXPECT_EQ(known_.at("public.t2"), before.at("public.t2"));
  EXPECT_EQ(known_.at("public.t3"),
            (KnownTable{3, Membership{kPublication, {103, 901}, std::set<uint32_t>()}}));
}

TEST_F(Tables, OfARecordThatDidNotTellTheirEntriesGetThemAtTheNextLook) {
  known_["public.t1"].had.reset();
  coverage_.entries[1] = {900};
  EXPECT_THAT(Away(), IsEmpty());
  Look();
  coverage_.entries[1] = {901};
  EXPECT_THAT(Away(), ::testing::ElementsAre("t1"));
}

TEST_F(Tables, ThatAreNotPublishedYetAreNotKnown) {
  known_.clear();
  TakeOut(1);
  Look();
  EXPECT_FALSE(known_.contains("public.t1"));
  EXPECT_THAT(Away(), IsEmpty());
}

TEST_F(Tables, AreKnownByTheirNumberWhateverTheyAreCalled) {
  tables_[0].name = "renamed";
  coverage_.entries[1] = {900};
  EXPECT_THAT(Away(), ::testing::ElementsAre("renamed"));
  Look();
  EXPECT_EQ(TakeGone(list_, known_).size(), 1U);
  EXPECT_THAT(Away(), ::testing::ElementsAre("renamed"));
  tables_[1].id = 9;  // another one under its name
  coverage_.entries[9] = {109};
  EXPECT_TRUE(IsAnother(tables_[1], known_));
  EXPECT_THAT(Away(), ::testing::ElementsAre("renamed"));
}

TEST_F(Tables, NewOnesAreToldOfAndThoseWithAFormersNameAsSuch) {
  EXPECT_THAT(NewTables(list_, known_), IsEmpty());
  EXPECT_THAT(NewTables(list_, {}), IsEmpty()) << "nothing is known";
  known_.erase("public.t1");
  tables_[1].id = 9;
  const auto findings = NewTables(list_, known_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[0].what, HasSubstr("public.t1 is captured from now on"));
  EXPECT_THAT(findings[1].what, HasSubstr("public.t2 is another one than before"));
  EXPECT_THAT(findings[1].cure, HasSubstr("verify --repair"));
}

TEST_F(Tables, TheSentenceNamesOnlyTheStatementsThatAreNeeded) {
  EXPECT_EQ(Sentence(), "");
  tables_[0].name = "it's one";
  coverage_.entries[1] = {900};
  EXPECT_THAT(Sentence(), AllOf(HasSubstr("was without \"public\".\"it's one\""),
                                HasSubstr("`sluice capture accept 'public.it'\\''s one' -c FILE`"),
                                HasSubstr("`sluice verify --repair`"), HasSubstr("slot.name"),
                                Not(HasSubstr("ALTER PUBLICATION"))));
  TakeOut(2);
  EXPECT_THAT(Sentence(), AllOf(HasSubstr("ADD TABLE \"public\".\"t2\"; `sluice"),
                                HasSubstr("'public.it'\\''s one' public.t2 -c FILE")));
}

TEST_F(Tables, TheSentenceTellsAPublicationThatIsGoneOrAnother) {
  coverage_.publication_id = kPublication + 1;
  EXPECT_THAT(Sentence(), AllOf(HasSubstr("was dropped and created anew"), HasSubstr("t1"),
                                HasSubstr("t3"), HasSubstr("capture accept")));
  coverage_ = {};
  coverage_.uncovered = {1, 2, 3};
  EXPECT_THAT(Sentence(), AllOf(HasSubstr("there is no publication"), HasSubstr("slot.name"),
                                Not(HasSubstr("capture accept"))));
}

}  // namespace
}  // namespace sluice::postgres
