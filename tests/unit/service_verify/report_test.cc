#include "service/verify/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using verify::Difference;
using verify::RenderJson;
using verify::RenderText;
using verify::TableReport;

TableReport Unequal() {
  TableReport report;
  report.table = "public.users";
  report.index = "cdc.public.users";
  report.took_us = 1'500'000;
  report.result.rows = 10;
  report.result.ranges = 1;
  report.result.ranges_unequal = 1;
  report.result.ids = 10;
  report.result.suspects = 3;
  report.result.missing = 1;
  report.result.different = 2;
  report.result.changing = 1;
  report.result.changing_ids = {"9"};
  report.result.differences = {
      {Difference::Kind::kMissing, {"1", ""}, {"1"}, 0, {}},
      {Difference::Kind::kDifferent, {"2\n", ""}, {"2"}, 44, {{"email", "\"a\"", std::nullopt}}},
      {Difference::Kind::kDifferent, {"3", ""}, {"3"}, 45, {}},
  };
  return report;
}

TEST(VerifyReport, TextListsWhatDiffersWithoutValues) {
  EXPECT_EQ(RenderText(Unequal(), {.listed = 2, .values = false}),
            "public.users: 10 rows against cdc.public.users in 1.5 s: 1 missing, 0 extra, 2 "
            "different, 1 still changing: whether they differ is not known\n"
            "  missing     1\n"
            "  different   2?  v44  email\n"
            "  … and 1 more\n");
}

TEST(VerifyReport, RowsOfBeforeAColumnCameHaveTheirCure) {
  TableReport report = Unequal();
  report.result.unwritten = 2;
  EXPECT_THAT(
      RenderText(report, {}),
      ::testing::HasSubstr("  2 of them only lack fields that are null, as rows do that were "
                           "not written since a column was added: `sluice capture signal "
                           "execute-snapshot public.users`"));
}

TEST(VerifyReport, ValuesAreToldWhereTheyAreAskedFor) {
  EXPECT_THAT(RenderText(Unequal(), {.listed = 2, .values = true}),
              ::testing::HasSubstr("email is missing, to be \"a\"\n"));
}

TEST(VerifyReport, EqualIsOneLine) {
  TableReport report;
  report.table = "public.users";
  report.index = "cdc.public.users";
  report.result.rows = 10;
  EXPECT_EQ(RenderText(report, {}),
            "public.users: 10 rows against cdc.public.users in 0.0 s: equal\n");
  report.error = "the group is behind";
  EXPECT_EQ(RenderText(report, {}),
            "public.users: 10 rows against cdc.public.users in 0.0 s: no difference so far\n"
            "  not compared to the end: the group is behind\n");
}

TEST(VerifyReport, JsonTellsEverythingAndWhetherAllIsEqual) {
  EXPECT_EQ(
      RenderJson({Unequal()}, {.listed = 2, .values = true}),
      R"({"schema":"sluice.verify/1","equal":false,"tables":[{"table":"public.users",)"
      R"("index":"cdc.public.users","rows":10,"ranges":1,"ranges_unequal":1,"ids":10,"suspects":3,)"
      R"("missing":1,"extra":0,"different":2,"different_by_new_columns":0,"shared":0,"still_changing":1,)"
      R"("repaired":false,"healed":0,"obstacles":[],"differences":[{"kind":"missing","id":"1","version":null,"fields":[]},)"
      R"({"kind":"different","id":"2\n","version":44,"fields":[{"name":"email",)"
      R"("expected":"\"a\"","stored":null}]}],"still_changing_ids":["9"],"error":null,)"
      R"("skipped":null,"seconds":1.5}]})"
      "\n");
}

TEST(VerifyReport, WhatWasNotComparedIsNotEqual) {
  TableReport report;
  EXPECT_THAT(RenderJson({report}, {}), ::testing::HasSubstr("\"equal\":true"));
  report.error = "the group is behind";
  EXPECT_THAT(RenderJson({report}, {}), ::testing::HasSubstr("\"equal\":false"));
}

TEST(VerifyReport, WhatIsNotKnownIsNotEqual) {
  TableReport report;
  report.table = "public.users";
  report.result.changing = 2;
  EXPECT_THAT(RenderJson({report}, {}), ::testing::HasSubstr("\"equal\":false"));
  EXPECT_THAT(
      RenderText(report, {}),
      ::testing::HasSubstr(": no difference so far, 2 still changing: whether they differ"));
}

TEST(VerifyReport, NothingComparedIsNotEqual) {
  TableReport skipped;
  skipped.skipped = "it has no primary key";
  EXPECT_THAT(RenderJson({skipped}, {}), ::testing::HasSubstr(R"("equal":false)"));
  EXPECT_THAT(RenderJson({}, {}), ::testing::HasSubstr(R"("equal":false)"));
}

TEST(VerifyReport, OfASharedDocumentBothRowsAreNamed) {
  TableReport report;
  report.table = "public.times";
  report.index = "cdc.public.times";
  report.result.rows = 2;
  report.result.shared = 1;
  report.result.differences = {
      {Difference::Kind::kShared, {"0", ""}, {"a", "1.0001"}, 0, {}, {"a", "1.0002"}}};
  EXPECT_EQ(RenderText(report, {}),
            "public.times: 2 rows against cdc.public.times in 0.0 s: 0 missing, 0 extra, 0 "
            "different, 1 shared\n"
            "  shared      0  is the document of the rows (a, 1.0001) and (a, 1.0002)\n");
  EXPECT_THAT(RenderJson({report}, {}),
              ::testing::HasSubstr(R"("kind":"shared","id":"0","version":null,)"
                                   R"("keys":[["a","1.0001"],["a","1.0002"]])"));
}

}  // namespace
}  // namespace sluice::testing
