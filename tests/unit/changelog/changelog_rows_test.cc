#include "core/operations/changelog/changelog_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/operations/changelog/row_text.h"

namespace sluice {
namespace {

using Kind = ColumnState::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kCommitMs = 1'764'419'480'123;  // 2025-11-29T12:31:20.123Z

ColumnState Text(std::string_view text) {
  return {Kind::kText, text};
}
ColumnState Number(std::string_view text) {
  return {Kind::kLiteral, text};
}
ColumnState Null() {
  return {Kind::kNull, {}};
}
ColumnState Missing() {
  return {Kind::kMissing, {}};
}
ColumnState Unchanged() {
  return {Kind::kUnchanged, {}};
}

/// The ten columns of the exercise, by name and in its order.
ChangelogSpec Spec() {
  ChangelogSpec spec;
  spec.fields = {"holding_stock", "holding_quantity"};
  spec.columns = {{"holding_id", RowPart::kColumn, "holding_id"},
                  {"user_id", RowPart::kColumn, "user_id"},
                  {"change_field", RowPart::kField, {}},
                  {"old_value", RowPart::kOld, {}},
                  {"new_value", RowPart::kNew, {}},
                  {"datetime_created", RowPart::kCreated, {}},
                  {"datetime_updated", RowPart::kUpdated, {}},
                  {"datetime_deleted", RowPart::kDeleted, {}},
                  {"datetime_inserted", RowPart::kInserted, {}},
                  {"crud_type", RowPart::kOperation, {}}};
  return spec;
}

class Rows : public ::testing::Test {
 protected:
  /// Columns are stock, quantity, holding_id, user_id: the fields first.
  RowPlan Plan(EventKind kind, std::vector<ColumnState> before, std::vector<ColumnState> after) {
    before_ = std::move(before);
    after_ = std::move(after);
    RowChange change;
    change.kind = kind;
    change.before = before_;
    change.after = after_;
    change.commit_ms = kCommitMs;
    change.source_position = position_;
    change.row = row_;
    wanted_ = WantedColumns(spec_);  // a refusal names one of them
    return PlanChangelogRows(spec_, wanted_, change,
                             {stream_, Offset{42}, kCommitMs + 1'000, has_key_}, rows_);
  }

  std::vector<std::string> Csv() const {
    std::vector<std::string> lines;
    for (const ChangelogRow& row : rows_) AppendRowCsv(row, lines.emplace_back());
    return lines;
  }

  std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    ids.reserve(rows_.size());
    for (const ChangelogRow& row : rows_) ids.push_back(row.id);
    return ids;
  }

  ChangelogSpec spec_ = Spec();
  std::vector<std::string> wanted_;
  bool has_key_ = true;
  std::string position_;
  std::string row_ = R"({"holding_id":1})";
  const TopicPartition stream_{"bank.bank.holding", 3};
  std::vector<ColumnState> before_;
  std::vector<ColumnState> after_;
  std::vector<ChangelogRow> rows_;
};

TEST_F(Rows, AnInsertHasNewValuesAndTheTimeOfItsCommitAsCreated) {
  Plan(EventKind::kCreate, {}, {Text("VFIAX"), Number("10"), Number("1000"), Number("1")});
  EXPECT_THAT(Csv(), ElementsAre("1000,1,holding_stock,,VFIAX,2025-11-29T12:31:20.123Z,,,"
                                 "2025-11-29T12:31:21.123Z,c\n",
                                 "1000,1,holding_quantity,,10,2025-11-29T12:31:20.123Z,,,"
                                 "2025-11-29T12:31:21.123Z,c\n"));
}

TEST_F(Rows, AnUpdateHasBothValuesInTheirColumnsAndOnlyTheFieldsThatItTouched) {
  Plan(EventKind::kUpdate, {Text("VFIAX"), Number("10"), Number("1000"), Number("1")},
       {Text("VFIAX"), Number("100"), Number("1000"), Number("1")});
  EXPECT_THAT(Csv(), ElementsAre("1000,1,holding_quantity,10,100,,2025-11-29T12:31:20.123Z,,"
                                 "2025-11-29T12:31:21.123Z,u\n"));
}

TEST_F(Rows, AnUpdateTellsUntouchedFieldsToWhereThatIsWanted) {
  spec_.unchanged = true;
  Plan(EventKind::kUpdate, {Text("VFIAX"), Number("10"), Number("1000"), Number("1")},
       {Text("VFIAX"), Number("100"), Number("1000"), Number("1")});
  ASSERT_EQ(rows_.size(), 2U);
  EXPECT_EQ(rows_[0].values[3].text, "VFIAX");
  EXPECT_EQ(rows_[0].values[4].text, "VFIAX");
}

TEST_F(Rows, ADeleteHasOldValuesTheTimeOfItsCommitAsDeletedAndTenColumns) {
  Plan(EventKind::kDelete, {Text("SP500"), Number("1"), Number("1001"), Number("2")}, {});
  EXPECT_THAT(Csv(), ElementsAre("1001,2,holding_stock,SP500,,,,2025-11-29T12:31:20.123Z,"
                                 "2025-11-29T12:31:21.123Z,d\n",
                                 "1001,2,holding_quantity,1,,,,2025-11-29T12:31:20.123Z,"
                                 "2025-11-29T12:31:21.123Z,d\n"));
}

TEST_F(Rows, TellNothingOfRecordsThatAreNoChange) {
  for (const EventKind kind :
       {EventKind::kRead, EventKind::kTombstone, EventKind::kTruncate, EventKind::kSkip}) {
    EXPECT_EQ(Plan(kind, {}, {Text("X"), Number("1"), Number("1"), Number("1")}).result,
              RowPlan::Result::kNoChange);
    EXPECT_THAT(rows_, IsEmpty());
  }
}

TEST_F(Rows, NullIsAValueAndMissingIsNone) {
  Plan(EventKind::kUpdate, {Null(), Number("1"), Number("1"), Number("1")},
       {Text(""), Number("1"), Number("1"), Number("1")});
  ASSERT_EQ(rows_.size(), 1U);
  EXPECT_EQ(rows_[0].values[3].kind, RowValue::Kind::kNull);
  EXPECT_EQ(rows_[0].values[4].kind, RowValue::Kind::kText);
  // A null that stays null was not touched.
  Plan(EventKind::kUpdate, {Null(), Number("1"), Number("1"), Number("1")},
       {Null(), Number("1"), Number("1"), Number("1")});
  EXPECT_THAT(rows_, IsEmpty());
  const RowPlan plan = Plan(EventKind::kUpdate, {Missing(), Number("1"), Number("1"), Number("1")},
                            {Missing(), Number("2"), Number("1"), Number("1")});
  EXPECT_EQ(plan.reject, RejectReason::kMissingColumn);
  EXPECT_EQ(plan.column, "holding_stock");
  EXPECT_THAT(rows_, IsEmpty());
}

TEST_F(Rows, ANumberAndATextOfTheSameDigitsAreTwoValues) {
  Plan(EventKind::kUpdate, {Text("1"), Number("1"), Number("1"), Number("1")},
       {Number("1"), Number("1"), Number("1"), Number("1")});
  EXPECT_EQ(rows_.size(), 1U);
}

TEST_F(Rows, AColumnThatWasNotSentIsWhatItWas) {
  Plan(EventKind::kUpdate, {Text("LONG"), Number("1"), Number("7"), Number("8")},
       {Unchanged(), Number("2"), Unchanged(), Number("8")});
  EXPECT_THAT(Ids(), ElementsAre("bank.bank.holding-3-42-holding_quantity"));
  EXPECT_EQ(rows_[0].values[0].text, "7");
  spec_.unchanged = true;
  Plan(EventKind::kUpdate, {Text("LONG"), Number("1"), Number("7"), Number("8")},
       {Unchanged(), Number("2"), Number("7"), Number("8")});
  EXPECT_EQ(rows_[0].values[4].text, "LONG");
}

TEST_F(Rows, WhatWasNotToldIsRefusedAndNotGuessed) {
  const std::vector<ColumnState> row = {Text("X"), Number("1"), Number("1"), Number("1")};
  EXPECT_EQ(Plan(EventKind::kUpdate, {}, row).reject, RejectReason::kMissingBefore);
  EXPECT_EQ(Plan(EventKind::kDelete, {}, {}).reject, RejectReason::kMissingBefore);
  EXPECT_EQ(Plan(EventKind::kCreate, {}, {}).reject, RejectReason::kMissingAfter);
  const RowPlan plan =
      Plan(EventKind::kCreate, {}, {Unchanged(), Number("1"), Number("1"), Number("1")});
  EXPECT_EQ(plan.result, RowPlan::Result::kReject);
  EXPECT_EQ(plan.reject, RejectReason::kMissingBefore);
}

TEST_F(Rows, IdsAreOfTheRecordOrOfTheSourcesLog) {
  position_ = "26739816";
  Plan(EventKind::kDelete, {Text("S"), Number("1"), Number("1"), Number("1")}, {});
  EXPECT_THAT(Ids(), ElementsAre("bank.bank.holding-3-42-holding_stock",
                                 "bank.bank.holding-3-42-holding_quantity"));
  spec_.identity = RowIdentity::kSource;
  Plan(EventKind::kDelete, {Text("S"), Number("1"), Number("1"), Number("1")}, {});
  const std::string id = Ids().front();
  EXPECT_EQ(id.substr(0, 43), "bank.bank.holding-26739816-1764419480123-d-");
  EXPECT_EQ(id.substr(43 + 16), "-holding_stock");
  Plan(EventKind::kDelete, {Text("S"), Number("1"), Number("1"), Number("1")}, {});
  EXPECT_EQ(Ids().front(), id) << "the copy is another";
  // COPY puts many rows at one position of the log.
  row_ = R"({"holding_id":2})";
  Plan(EventKind::kDelete, {Text("S"), Number("1"), Number("1"), Number("1")}, {});
  EXPECT_NE(Ids().front(), id) << "another row";
  has_key_ = false;  // nothing tells two rows apart that are equal
  Plan(EventKind::kDelete, {Text("S"), Number("1"), Number("1"), Number("1")}, {});
  EXPECT_EQ(Ids().front(), "bank.bank.holding-3-42-holding_stock");
  has_key_ = true;
  position_.clear();  // not told
  Plan(EventKind::kDelete, {Text("S"), Number("1"), Number("1"), Number("1")}, {});
  EXPECT_EQ(Ids().front(), "bank.bank.holding-3-42-holding_stock");
}

/// PostgreSQL logs the rows of a COPY many at a time, all of them at one place.
TEST_F(Rows, RowsOfOnePlaceInTheSourcesLogHaveIdsOfTheirOwn) {
  position_ = "26739816";
  spec_.identity = RowIdentity::kSource;
  std::set<std::string> ids;
  for (int copy = 0; copy < 100; ++copy) {
    row_ = R"({"holding_id":)" + std::to_string(copy) + "}";
    Plan(EventKind::kCreate, {}, {Text("S"), Number("1"), Number("1"), Number("1")});
    for (const std::string& id : Ids()) ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 200U);
}

TEST_F(Rows, ChangedIsWhatSqlsUnequalSays) {
  spec_.unchanged = true;
  spec_.columns = {{"field", RowPart::kField, {}}, {"changed", RowPart::kChanged, {}}};
  Plan(EventKind::kUpdate, {Text("A"), Number("1"), Number("1"), Number("1")},
       {Text("A"), Number("2"), Number("1"), Number("1")});
  EXPECT_THAT(Csv(), ElementsAre("holding_stock,false\n", "holding_quantity,true\n"));
  Plan(EventKind::kUpdate, {Null(), Number("1"), Number("1"), Number("1")},
       {Text("A"), Null(), Number("1"), Number("1")});
  EXPECT_THAT(Csv(), ElementsAre("holding_stock,false\n", "holding_quantity,false\n"));
  Plan(EventKind::kDelete, {Text("A"), Number("1"), Number("1"), Number("1")}, {});
  EXPECT_THAT(Csv(), ElementsAre("holding_stock,false\n", "holding_quantity,false\n"));
}

TEST_F(Rows, NamesAreWhateverTheConfigurationSays) {
  spec_.fields = {"stock"};
  spec_.columns = {{"changed_at", RowPart::kColumn, "datatime_updated"},
                   {"what", RowPart::kField, {}},
                   {"key", RowPart::kId, {}}};
  EXPECT_THAT(WantedColumns(spec_), ElementsAre("stock", "datatime_updated"));
  Plan(EventKind::kCreate, {}, {Text("X"), Text("2025-01-01T00:00:00Z")});
  std::string json;
  AppendRowJson(spec_.columns, rows_.front(), json);
  EXPECT_EQ(json, R"({"changed_at":"2025-01-01T00:00:00Z","what":"stock",)"
                  R"("key":"bank.bank.holding-3-42-stock"})");
}

TEST(RowText, CsvIsAsCopyReadsIt) {
  ChangelogRow row;
  const auto add = [&row](RowValue::Kind kind, std::string text) {
    row.values.push_back({kind, std::move(text)});
  };
  add(RowValue::Kind::kNull, "");
  add(RowValue::Kind::kText, "");
  add(RowValue::Kind::kText, "a,b");
  add(RowValue::Kind::kText, "say \"hi\"");
  add(RowValue::Kind::kText, "two\nlines");
  add(RowValue::Kind::kText, " blank");
  add(RowValue::Kind::kText, "\\.");
  add(RowValue::Kind::kText, "Z\u00fcrich");
  std::string line;
  AppendRowCsv(row, line);
  EXPECT_EQ(line,
            ",\"\",\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" blank\",\"\\.\",Z\u00fcrich\n");
}

TEST(RowText, JsonEscapesTextsAndKeepsNumbersAsTheyStand) {
  ChangelogRow row;
  row.values = {{RowValue::Kind::kText, "a\"b\\c\nd"},
                {RowValue::Kind::kVerbatim, "12.50"},
                {RowValue::Kind::kNull, ""}};
  std::string json;
  AppendRowJson({{"t", RowPart::kOld, {}}, {"n", RowPart::kNew, {}}, {"z", RowPart::kId, {}}}, row,
                json);
  EXPECT_EQ(json, R"({"t":"a\"b\\c\u000ad","n":12.50,"z":null})");
}

}  // namespace
}  // namespace sluice
