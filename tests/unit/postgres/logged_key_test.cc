#include "adapters/postgres/logged_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/postgres/server_checks.h"

namespace sluice::postgres {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Old = PgoutputMessage::Old;
using Kind = PgoutputMessage::Kind;
using Value = ColumnValue::Kind;

class LoggedKey : public ::testing::Test {
 protected:
  LoggedKey() {
    table_.schema = "public";
    table_.name = "p";
    for (const char* name : {"id", "code", "v"}) {
      table_.columns.emplace_back().name = name;
      columns_.push_back({name, 25, -1, false});
    }
    table_.key = {1, 0};
    relation_.schema = "public";
    relation_.name = "p1";
  }
  std::vector<std::string> Unlogged(char identity, std::vector<size_t> marked) {
    relation_.identity = identity;
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].identity = std::find(marked.begin(), marked.end(), i) != marked.end();
    }
    relation_.columns = columns_;
    return UnloggedKey(relation_, table_);
  }
  /// `values`: t text, n null, a absent, u unchanged; empty: no old row.
  bool Tells(Kind kind, Old old, bool in_doubt, const std::string& values) {
    PgoutputMessage message;
    message.kind = kind;
    message.old = old;
    row_.clear();
    for (const char value : values) {
      row_.push_back({value == 't'   ? Value::kText
                      : value == 'n' ? Value::kNull
                      : value == 'a' ? Value::kAbsent
                                     : Value::kUnchanged,
                      {}});
    }
    const std::optional<Row> before = values.empty() ? std::optional<Row>() : Row(row_);
    return TellsFormerKey(table_, in_doubt, message, before);
  }

  Table table_;
  PgoutputMessage relation_;
  std::vector<RelationColumn> columns_;
  std::vector<ColumnValue> row_;
};

TEST_F(LoggedKey, IsWhatTheReplicaIdentityMarks) {
  EXPECT_THAT(Unlogged('d', {0}), ElementsAre("code"));
  EXPECT_THAT(Unlogged('i', {2}), ElementsAre("code", "id"));
  EXPECT_THAT(Unlogged('i', {0, 1}), IsEmpty());
  EXPECT_THAT(Unlogged('f', {0, 1, 2}), IsEmpty());
  EXPECT_THAT(Unlogged('f', {}), IsEmpty());
  EXPECT_THAT(Unlogged('n', {}), IsEmpty()) << "the database refuses to change its rows";
  table_.key.clear();
  EXPECT_THAT(Unlogged('d', {0}), IsEmpty());
}

TEST_F(LoggedKey, OldRowsTellItWhereTheyHaveAllOfIt) {
  EXPECT_TRUE(Tells(Kind::kInsert, Old::kNothing, true, ""));
  EXPECT_TRUE(Tells(Kind::kUpdate, Old::kNothing, false, ""));
  EXPECT_FALSE(Tells(Kind::kUpdate, Old::kNothing, true, ""));
  for (const Kind kind : {Kind::kUpdate, Kind::kDelete}) {
    EXPECT_TRUE(Tells(kind, Old::kKey, false, "tta"));
    EXPECT_FALSE(Tells(kind, Old::kKey, false, "nta")) << "such a column is never null";
    EXPECT_FALSE(Tells(kind, Old::kKey, false, "taa"));
    EXPECT_TRUE(Tells(kind, Old::kWhole, false, "tnn")) << "a null of the row";
    EXPECT_FALSE(Tells(kind, Old::kWhole, true, "tnn")) << "or of what is not in the log";
    EXPECT_TRUE(Tells(kind, Old::kWhole, true, "ttn"));
    EXPECT_TRUE(Tells(kind, Old::kWhole, true, "utn"));
  }
}

TEST_F(LoggedKey, AHaltNamesTheTablesAndTheCure) {
  const Failure failure = FormerKeyUntold(table_, {{7, "the replica identity of a lacks id"}});
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(failure.detail, AllOf(HasSubstr("public.p"), HasSubstr("(code, id)"),
                                    HasSubstr("of a lacks id"), HasSubstr("REPLICA IDENTITY FULL"),
                                    HasSubstr("slot.name"), HasSubstr("verify --repair")));
  EXPECT_THAT(FormerKeyUntold(table_, {}).detail, HasSubstr("or of a partition of it"));
}

CatalogueTable Described(uint32_t id, const char* name, char identity) {
  CatalogueTable table;
  table.id = id;
  table.root = 1;
  table.schema = "public";
  table.name = name;
  table.identity = identity;
  for (const char* column : {"id", "code"}) {
    CatalogueColumn& added = table.columns.emplace_back();
    added.number = static_cast<int32_t>(table.columns.size());
    added.name = column;
  }
  table.primary_key = {1};
  table.identity_index = {2};
  return table;
}

std::vector<std::string> Judge(const CatalogueTable& table, std::vector<CatalogueTable> leaves,
                               const std::string& asked = "") {
  FilterSettings settings;
  settings.message_key_columns = asked;
  std::vector<std::string> told;
  for (const Finding& finding :
       JudgeLoggedKey(table, leaves, *TableFilter::Make(settings), Finding::Weight::kBlocks)) {
    told.push_back(finding.what + "; " + finding.cure);
  }
  return told;
}

TEST(JudgedKeys, LeavesAreJudgedByTheKeyOfTheirTable) {
  CatalogueTable root = Described(1, "p", 'd');
  root.partitioned = true;
  EXPECT_THAT(Judge(root, {Described(2, "p1", 'd'), Described(3, "p2", 'f')}), IsEmpty());
  EXPECT_THAT(
      Judge(root, {Described(2, "p1", 'i')}),
      ElementsAre(AllOf(HasSubstr("of its partition \"public\".\"p1\""), HasSubstr("lacks id"),
                        HasSubstr("ALTER TABLE \"public\".\"p1\" REPLICA IDENTITY FULL"),
                        HasSubstr("verify --repair"))));
  CatalogueTable elsewhere = Described(2, "q1", 'i');
  elsewhere.root = 9;
  EXPECT_THAT(Judge(root, {elsewhere}), IsEmpty());
  root.partitioned = false;
  EXPECT_THAT(Judge(root, {Described(2, "p1", 'i')}), IsEmpty()) << "told as tables of their own";
}

TEST(JudgedKeys, AskedOnesHaveToBeHeldByTheTableAndItsLeaves) {
  const std::string asked = "public.p:code";
  CatalogueTable root = Described(1, "p", 'd');
  EXPECT_THAT(Judge(root, {}, asked), ElementsAre(HasSubstr("message.key.columns")));
  root.partitioned = true;
  EXPECT_THAT(Judge(root, {Described(2, "p1", 'f')}, asked),
              ElementsAre(HasSubstr("a key of \"public\".\"p\" of which")));
  root.identity = 'f';
  EXPECT_THAT(Judge(root, {Described(2, "p1", 'f'), Described(3, "p2", 'i')}, asked), IsEmpty());
  EXPECT_THAT(Judge(root, {Described(2, "p1", 'd')}, asked),
              ElementsAre(HasSubstr("a key of \"public\".\"p1\" of which")));
}

}  // namespace
}  // namespace sluice::postgres
