#include "adapters/postgres/untold_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::postgres {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Untold : public ::testing::Test {
 protected:
  Untold() {
    coverage_.publication_id = 50;
    coverage_.entries[1] = {101};
    table_.id = table_.root = 1;
    table_.schema = "public";
    table_.name = "t";
    table_.columns = {ColumnOf(1, "id"), ColumnOf(2, "body"), ColumnOf(3, "mood")};
    table_.primary_key = {1};
    table_.files[1] = {900, "public.t"};
    Look();
  }
  static CatalogueColumn ColumnOf(int32_t number, const std::string& name, uint32_t type = 25) {
    CatalogueColumn column;
    column.number = number;
    column.name = name;
    column.type = type;
    return column;
  }
  void Look() { Remember({&table_}, coverage_, filter_, known_); }
  [[nodiscard]] std::vector<std::string> Told() const {
    std::vector<std::string> sentences;
    for (const Finding& finding : UntoldChanges({&table_}, filter_, known_)) {
      EXPECT_EQ(finding.weight, Finding::Weight::kWarns);
      EXPECT_NE(finding.cure, "");
      sentences.push_back(finding.what);
    }
    return sentences;
  }
  [[nodiscard]] std::set<std::string> Moved() const { return known_.at("public.t").mark.moved; }

  TableFilter filter_ = *TableFilter::Make({});
  CatalogueTable table_;
  Coverage coverage_;
  KnownTables known_;
};

TEST_F(Untold, NothingWhereAllIsAsItWas) {
  EXPECT_THAT(Told(), IsEmpty());
  Look();
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_THAT(Moved(), IsEmpty());
}

TEST_F(Untold, NothingOfWhatARecordDidNotTell) {
  known_.at("public.t").mark = {};
  EXPECT_THAT(Told(), IsEmpty());
  Look();
  EXPECT_THAT(Moved(), IsEmpty());
}

TEST_F(Untold, NothingOfAnotherTableOfThatName) {
  table_.id = 7;
  table_.columns.pop_back();
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(Untold, ColumnsThatCameWentOrHaveAnotherTypeAreToldOnce) {
  table_.columns = {ColumnOf(1, "id"), ColumnOf(2, "body", 114), ColumnOf(4, "added")};
  EXPECT_THAT(Told(),
              ElementsAre(AllOf(HasSubstr("public.t"), HasSubstr("the type of body"),
                                HasSubstr("added was added"), HasSubstr("mood was dropped"))));
  Look();
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_THAT(Moved(), IsEmpty()) << "nobody has anything under a new name";
}

TEST_F(Untold, ColumnsThatAreNotToldAreNotToldOf) {
  FilterSettings settings;
  settings.column_exclude = "public[.]t[.](mood|added)";
  filter_ = *TableFilter::Make(settings);
  table_.columns = {ColumnOf(1, "id"), ColumnOf(2, "body"), ColumnOf(4, "added")};
  table_.columns.push_back(ColumnOf(5, "computed"));
  table_.columns.back().generated = true;
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(Untold, ANameThatMeansAnotherColumnIsRememberedForGood) {
  table_.columns = {ColumnOf(1, "id"), ColumnOf(3, "mood"), ColumnOf(4, "body2")};
  Look();
  EXPECT_THAT(Moved(), IsEmpty());
  table_.columns[2].name = "body";
  EXPECT_THAT(Told(), ElementsAre(HasSubstr("body2 was renamed to body")));
  Look();
  EXPECT_THAT(Moved(), ElementsAre("body"));
  Look();
  EXPECT_THAT(Moved(), ElementsAre("body"));
  table_.columns.pop_back();
  Look();
  EXPECT_THAT(Moved(), IsEmpty()) << "it is gone";
}

TEST_F(Untold, ADroppedColumnsNameThatCameBackInOneLookIsMoved) {
  table_.columns[1] = ColumnOf(4, "body");
  EXPECT_THAT(Told(),
              ElementsAre(AllOf(HasSubstr("body was added"), HasSubstr("body was dropped"))));
  Look();
  EXPECT_THAT(Moved(), ElementsAre("body"));
}

TEST_F(Untold, TwoColumnsThatSwappedNamesAreBothMoved) {
  std::swap(table_.columns[1].name, table_.columns[2].name);
  Look();
  EXPECT_THAT(Moved(), ElementsAre("body", "mood"));
}

TEST_F(Untold, AnotherKeyIsTold) {
  table_.primary_key = {2, 1};
  EXPECT_THAT(Told(), ElementsAre(HasSubstr("changed from (id) to (body, id)")));
  FilterSettings settings;
  settings.message_key_columns = "public[.]t:mood";
  filter_ = *TableFilter::Make(settings);
  EXPECT_THAT(Told(), ElementsAre(HasSubstr("changed from (id) to (mood)")));
  Look();
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(Untold, RowsThatWereWrittenAnewAreTold) {
  table_.files[1].number = 901;
  EXPECT_THAT(Told(), ElementsAre(AllOf(HasSubstr("public.t"), HasSubstr("UNLOGGED"),
                                        Not(HasSubstr("partition")))));
}

TEST_F(Untold, APartitionThatWasEmptiedOrWentIsTold) {
  table_.partitioned = true;
  table_.files = {{8, {800, "public.p8"}}, {9, {900, "public.p9"}}};
  Look();
  table_.files = {{9, {901, "public.p9"}}, {10, {1'000, "public.p10"}}};
  EXPECT_THAT(Told(), ElementsAre(AllOf(HasSubstr("public.p9, a partition of public.t"),
                                        HasSubstr("TRUNCATE of a partition"))));
  const auto since = PartitionsSince({&table_}, known_);
  ASSERT_EQ(since.size(), 2U);
  EXPECT_THAT(since[0].what, HasSubstr("1 partitions of public.t were dropped or detached"));
  EXPECT_THAT(since[1].what, HasSubstr("attached to public.t since: public.p10;"));
  EXPECT_TRUE(since[0].event && since[1].event);
  Look();
  EXPECT_THAT(PartitionsSince({&table_}, known_), IsEmpty());
  table_.files[11] = {1'100, "public.p11", "950", /*made_attached=*/true};
  EXPECT_THAT(PartitionsSince({&table_}, known_), IsEmpty()) << "it held no rows before";
}

TEST_F(Untold, APartitionThatWasDetachedAndIsBackIsTold) {
  table_.partitioned = true;
  table_.files = {{8, {800, "public.p8", "700"}}, {9, {900, "public.p9"}}};
  Look();
  table_.files[8].attached_by = "701";
  table_.files[9].attached_by = "702";
  EXPECT_THAT(Told(), ElementsAre(AllOf(HasSubstr("public.p8 of public.t was detached"))))
      << "of p9 nothing was recorded";
}

TEST_F(Untold, AnotherFormOfValuesIsToldAndOfKeysWithAnotherCure) {
  constexpr uint32_t kTimestamp = 1114;
  constexpr uint32_t kVarchar = 1043;
  table_.columns = {ColumnOf(1, "id", kTimestamp), ColumnOf(2, "at", kTimestamp),
                    ColumnOf(3, "text", kVarchar)};
  for (CatalogueColumn& column : table_.columns) column.modifier = 3;
  Look();
  table_.columns[2].modifier = 30;
  EXPECT_THAT(Told(), IsEmpty()) << "a longer text is the same text";
  table_.columns[1].modifier = 6;
  EXPECT_THAT(Told(), ElementsAre(HasSubstr("the type of at changed")));
  table_.columns[0].modifier = 6;
  EXPECT_THAT(Told(), ElementsAre(HasSubstr("the type of id changed"),
                                  HasSubstr("keys of public.t may be told in another form")));
  for (auto& [name, column] : known_.at("public.t").mark.columns) {
    column.modifier = ColumnMark::kUnknown;
  }
  EXPECT_THAT(Told(), IsEmpty()) << "a former record did not tell it";
}

TEST_F(Untold, AColumnThatIsComputedNoMoreIsTold) {
  table_.columns[1].generated = true;
  Look();
  EXPECT_THAT(Told(), IsEmpty());
  table_.columns[1].generated = false;
  EXPECT_THAT(Told(), ElementsAre(HasSubstr("body is computed no more")));
}

TEST_F(Untold, ACapturedTableThatIsNotLoggedHalts) {
  CatalogueTable other = table_;
  other.id = 2;
  EXPECT_EQ(UnloggedTables({}, known_).verdict.disposition, Disposition::kDone);
  EXPECT_EQ(UnloggedTables({&other}, known_).verdict.disposition, Disposition::kDone)
      << "it never was captured";
  const Failure failure = UnloggedTables({&table_, &other}, known_);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(failure.detail, HasSubstr("ALTER TABLE \"public\".\"t\" SET LOGGED"));
}

TEST_F(Untold, ARenamedLabelIsToldOnce) {
  table_.enums[60] = {"mood", {{61, "sad"}, {63, "glad"}}};
  EXPECT_THAT(UntoldChanges({&table_}, filter_, known_), IsEmpty()) << "nothing is known of it yet";
  Look();
  table_.enums[60].labels.emplace_back(65, "so so");
  table_.enums[70] = {"size", {{71, "s"}}};
  EXPECT_THAT(UntoldChanges({&table_}, filter_, known_), IsEmpty()) << "added";
  table_.enums[60].labels[1].second = "happy";
  const auto told = UntoldChanges({&table_}, filter_, known_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0].what, AllOf(HasSubstr("mood"), HasSubstr("public.t")));
  EXPECT_THAT(told[0].cure, HasSubstr("execute-snapshot public.t"));
  table_.enums.erase(60);
  EXPECT_THAT(UntoldChanges({&table_}, filter_, known_), IsEmpty()) << "no column has it any more";
  table_.enums[60] = {"mood", {{61, "sad"}, {63, "happy"}}};
  Look();
  EXPECT_THAT(UntoldChanges({&table_}, filter_, known_), IsEmpty());
}

}  // namespace
}  // namespace sluice::postgres
