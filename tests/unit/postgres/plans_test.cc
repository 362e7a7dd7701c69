#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "adapters/postgres/copy_text.h"
#include "adapters/postgres/publication.h"
#include "adapters/postgres/replication_stream.h"
#include "adapters/postgres/row_mapper.h"
#include "adapters/postgres/server_checks.h"
#include "adapters/postgres/slot.h"
#include "adapters/postgres/snapshot_plan.h"

namespace sluice::postgres {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Value = ColumnValue::Kind;
using Weight = Finding::Weight;

TEST(Commands, AreOfTheServersVersion) {
  const NewSlot slot{"s", false, true, true};
  EXPECT_EQ(CreateSlotCommand(slot, 140'000),
            "CREATE_REPLICATION_SLOT \"s\" LOGICAL pgoutput EXPORT_SNAPSHOT");
  EXPECT_EQ(CreateSlotCommand(slot, 150'000),
            "CREATE_REPLICATION_SLOT \"s\" LOGICAL pgoutput (SNAPSHOT 'export')");
  EXPECT_EQ(CreateSlotCommand(slot, 170'000),
            "CREATE_REPLICATION_SLOT \"s\" LOGICAL pgoutput (SNAPSHOT 'export', FAILOVER)");
  EXPECT_EQ(CreateSlotCommand({"s", true, false, true}, 170'000),
            "CREATE_REPLICATION_SLOT \"s\" TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')");
}

TEST(Commands, NamesCannotLeaveTheirQuotes) {
  EXPECT_EQ(StartCommand("s", "it's \"p\"", Lsn{0x100000002}, true),
            "START_REPLICATION SLOT \"s\" LOGICAL 1/2 (proto_version '1', publication_names "
            "'\"it''s \"\"p\"\"\"', messages 'true')");
  EXPECT_EQ(StartCommand("s", "p", Lsn{}, false),
            "START_REPLICATION SLOT \"s\" LOGICAL 0/0 (proto_version '1', publication_names "
            "'\"p\"')");
}

class SlotJudgement : public ::testing::Test {
 protected:
  SlotJudgement() {
    slot_.name = "s";
    slot_.plugin = "pgoutput";
    slot_.database = "shop";
    slot_.wal_status = "reserved";
    slot_.confirmed = Lsn{100};
  }
  [[nodiscard]] FailureReason Reason() const {
    const auto failure = SlotFailure(slot_, "s", "shop");
    return failure ? failure->verdict.reason : FailureReason::kNone;
  }

  SlotState slot_;
};

TEST_F(SlotJudgement, OnlyAUsableSlotOfThisDatabaseIsRead) {
  EXPECT_EQ(Reason(), FailureReason::kNone);
  slot_.active = true;
  EXPECT_EQ(Reason(), FailureReason::kSlotBusy);
  slot_.wal_status = "lost";
  EXPECT_EQ(Reason(), FailureReason::kSlotLost);
  slot_.wal_status = "unreserved";
  slot_.invalidation = "idle_timeout";
  EXPECT_EQ(Reason(), FailureReason::kSlotLost);
  slot_.plugin = "test_decoding";
  EXPECT_EQ(Reason(), FailureReason::kDatabaseUnsuitable);
  EXPECT_EQ(SlotFailure({}, "s", "shop")->verdict.reason, FailureReason::kSlotMissing);
}

TEST_F(SlotJudgement, EveryLossOfASlotNamesItsCure) {
  slot_.wal_status = "lost";
  EXPECT_THAT(SlotFailure(slot_, "s", "shop")->detail,
              HasSubstr("SELECT pg_drop_replication_slot('s')"));
  EXPECT_THAT(SlotFailure({}, "s", "shop")->detail, HasSubstr("snapshot"));
}

ServerFacts Good() {
  ServerFacts facts;
  facts.version = 150'004;
  facts.wal_level = "logical";
  facts.encoding = "UTF8";
  facts.user = "u";
  facts.may_replicate = true;
  facts.slots_max = facts.senders_max = 10;
  facts.slot_keep_size_mb = 1'000;
  return facts;
}

std::string Blocking(const ServerFacts& facts, bool creates_slot = true) {
  const auto findings = JudgeServer(facts, creates_slot);
  return FailureOf(findings).detail;
}

TEST(ServerFacts, PartitionsHaveToBeReadableWhereASnapshotReadsThem) {
  ServerFacts facts = Good();
  EXPECT_FALSE(JudgeReading(facts, true));
  facts.unreadable_leaves = {"public.events_2025", "public.events_2026"};
  EXPECT_EQ(Blocking(facts), "") << "the stream needs no right to read partitions";
  EXPECT_FALSE(JudgeReading(facts, false));
  const auto found = JudgeReading(facts, true);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->weight, Finding::Weight::kBlocks);
  EXPECT_THAT(found->what, HasSubstr("the tables public.events_2025, public.events_2026"));
  EXPECT_EQ(found->cure,
            "GRANT USAGE ON SCHEMA public TO \"u\"; GRANT SELECT ON public.events_2025, "
            "public.events_2026 TO \"u\"");
  facts.unreadable_leaves.assign(60, "public.events");
  EXPECT_THAT(JudgeReading(facts, true)->what, HasSubstr("and 10 more"));
  EXPECT_THAT(JudgeReading(facts, true)->cure,
              HasSubstr("GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"u\""));
}

TEST(ServerFacts, EachLackBlocksWithItsCure) {
  EXPECT_EQ(Blocking(Good()), "");
  ServerFacts facts = Good();
  facts.version = 120'010;
  EXPECT_THAT(Blocking(facts), HasSubstr("13 or later"));
  facts = Good();
  facts.wal_level = "replica";
  EXPECT_THAT(Blocking(facts), HasSubstr("ALTER SYSTEM SET wal_level"));
  facts = Good();
  facts.encoding = "LATIN1";
  EXPECT_THAT(Blocking(facts), HasSubstr("UTF8"));
  facts = Good();
  facts.may_replicate = false;
  EXPECT_THAT(Blocking(facts), HasSubstr("ALTER ROLE \"u\" REPLICATION"));
  facts = Good();
  facts.unreadable = {"shop.orders"};
  EXPECT_THAT(Blocking(facts), HasSubstr("GRANT SELECT ON shop.orders TO \"u\""));
  facts.unreadable_leaves = {"old.\"a.b\""};
  EXPECT_THAT(Blocking(facts),
              HasSubstr("GRANT USAGE ON SCHEMA old, shop TO \"u\"; GRANT SELECT ON shop.orders, "
                        "old.\"a.b\" TO \"u\""));
  facts = Good();
  facts.filtered = {"shop.secrets"};
  EXPECT_THAT(Blocking(facts), AllOf(HasSubstr("hides rows of the table shop.secrets"),
                                     HasSubstr("ALTER ROLE \"u\" BYPASSRLS")));
  facts = Good();
  facts.in_recovery = true;
  EXPECT_THAT(Blocking(facts), HasSubstr("primary"));
  facts = Good();
  facts.slots_used = 10;
  EXPECT_THAT(Blocking(facts), HasSubstr("max_replication_slots = 15"));
  EXPECT_EQ(Blocking(facts, false), "") << "the slot is there already";
  facts = Good();
  facts.senders_used = 10;
  EXPECT_THAT(Blocking(facts), HasSubstr("max_wal_senders = 15"));
}

TEST(ServerFacts, WhatOnlySurprisesDoesNotBlock) {
  ServerFacts facts = Good();
  facts.slot_keep_size_mb = -1;
  facts.wal_sender_timeout_ms = 1'000;
  const auto findings = JudgeServer(facts, true);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].weight, Weight::kWarns);
  EXPECT_EQ(findings[1].weight, Weight::kNotes);
}

TEST(TableFindings, IdentitiesThatMakeUpdatesFailAreWarnedOf) {
  CatalogueTable table;
  table.schema = "public";
  table.name = "t";
  const auto warns = [&table](const char* part) {
    const auto findings = JudgeTable(table, false);
    return !findings.empty() && findings[0].weight == Weight::kWarns &&
           findings[0].what.find(part) != std::string::npos;
  };
  EXPECT_TRUE(warns("no primary key"));
  table.primary_key = {1};
  EXPECT_THAT(JudgeTable(table, false), IsEmpty());
  table.primary_key_deferrable = true;
  EXPECT_TRUE(warns("deferrable"));
  table.identity = 'n';
  EXPECT_TRUE(warns("NOTHING"));
  table.identity = 'i';
  EXPECT_TRUE(warns("dropped"));
  table.identity = 'f';
  EXPECT_THAT(JudgeTable(table, false), IsEmpty());
  table.primary_key.clear();
  EXPECT_TRUE(warns("no key"));
  EXPECT_THAT(JudgeTable(table, true), IsEmpty());
  table.unique_index = {1};
  EXPECT_THAT(JudgeTable(table, false), IsEmpty());
}

class PublicationPlan : public ::testing::Test {
 protected:
  PublicationPlan() {
    a_.schema = b_.schema = "public";
    a_.name = "a";
    b_.name = "B x";
    settings_.name = "p";
    tables_ = {&a_, &b_};
  }
  [[nodiscard]] std::vector<std::string> Plan(PublicationMode mode) {
    settings_.mode = mode;
    return PublicationStatements(settings_, state_, tables_, missing_);
  }

  CatalogueTable a_;
  CatalogueTable b_;
  TableList tables_;
  TableList missing_;
  PublicationSettings settings_;
  std::optional<PublicationState> state_;
};

TEST_F(PublicationPlan, AMissingOneIsMadeAsItsModeSays) {
  const std::string with =
      " WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)";
  EXPECT_THAT(Plan(PublicationMode::kDisabled), IsEmpty());
  EXPECT_THAT(Plan(PublicationMode::kAllTables),
              ElementsAre("CREATE PUBLICATION \"p\" FOR ALL TABLES" + with));
  EXPECT_THAT(Plan(PublicationMode::kNoTables), ElementsAre("CREATE PUBLICATION \"p\"" + with));
  EXPECT_THAT(Plan(PublicationMode::kFiltered),
              ElementsAre("CREATE PUBLICATION \"p\" FOR TABLE \"public\".\"a\", "
                          "\"public\".\"B x\"" +
                          with));
}

TEST_F(PublicationPlan, AnExistingOneIsOnlyAddedTo) {
  state_ = PublicationState{"p", false, false, true, true, true, true};
  EXPECT_THAT(Plan(PublicationMode::kFiltered), IsEmpty());
  missing_ = {&b_};
  EXPECT_THAT(Plan(PublicationMode::kFiltered),
              ElementsAre("ALTER PUBLICATION \"p\" ADD TABLE \"public\".\"B x\""));
  EXPECT_THAT(Plan(PublicationMode::kAllTables), IsEmpty());
  EXPECT_THAT(Plan(PublicationMode::kDisabled), IsEmpty());
}

TEST_F(PublicationPlan, ProblemsNameTheirSql) {
  EXPECT_THAT(PublicationProblems(settings_, {}, {})[0].cure, HasSubstr("CREATE PUBLICATION"));
  state_ = PublicationState{"p", false, true, true, true, false, false};
  missing_ = {&b_};
  const auto problems = PublicationProblems(settings_, state_, missing_);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].cure, "ALTER PUBLICATION \"p\" ADD TABLE \"public\".\"B x\"");
  EXPECT_THAT(problems[1].cure, HasSubstr("publish_via_partition_root = false"));
  EXPECT_THAT(problems[2].what, HasSubstr("delete, truncate"));
}

std::vector<ColumnValue> Texts(std::initializer_list<const char*> texts) {
  std::vector<ColumnValue> row;
  for (const char* text : texts) row.push_back({Value::kText, text});
  return row;
}

TEST(RowMapper, KeysHideTheRestAndFillWhatWasNotTouched) {
  TableShape shape;
  shape.table.columns.resize(2);
  shape.positions = {0, -1, 1};
  shape.identity = {true, false, false};
  shape.straight = false;
  auto old_row = Texts({"k", "", ""});
  old_row[1] = old_row[2] = {Value::kNull, {}};
  auto new_row = Texts({"", "b", "c"});
  new_row[0] = {Value::kUnchanged, {}};
  PgoutputMessage message;
  message.kind = PgoutputMessage::Kind::kUpdate;
  message.old = PgoutputMessage::Old::kKey;
  message.old_row = old_row;
  message.new_row = new_row;
  MappedRows rows;
  ASSERT_TRUE(MapRows(shape, message, rows));
  ASSERT_EQ(rows.before->size(), 2U);
  EXPECT_EQ((*rows.before)[1].kind, Value::kAbsent);
  EXPECT_EQ((*rows.after)[0].text, "k");
  EXPECT_EQ((*rows.after)[1].text, "c");
  message.new_row = message.new_row.first(2);
  EXPECT_FALSE(MapRows(shape, message, rows));
}

std::vector<std::string> Copy(std::string line, size_t columns) {
  std::vector<ColumnValue> row(columns);
  if (!ReadCopyRow(line, row)) return {"<refused>"};
  std::vector<std::string> values;
  for (const ColumnValue& value : row) {
    values.push_back(value.kind == Value::kNull ? "<null>" : std::string(value.text));
  }
  return values;
}

TEST(CopyText, EscapesAreUndoneInPlace) {
  EXPECT_THAT(Copy("1\tab\\tc\\\\d\\ne\n", 2), ElementsAre("1", "ab\tc\\d\ne"));
  EXPECT_THAT(Copy("\\N\t\t\\\\N", 3), ElementsAre("<null>", "", "\\N"));
  EXPECT_THAT(Copy("\\b\\f\\r\\v\\x", 1), ElementsAre("\b\f\r\vx"));
  EXPECT_THAT(Copy("\n", 1), ElementsAre(""));
}

TEST(CopyText, RefusesWhatIsNotThatManyColumns) {
  EXPECT_THAT(Copy("1\t2\n", 3), ElementsAre("<refused>"));
  EXPECT_THAT(Copy("1\t2\t3\n", 2), ElementsAre("<refused>"));
  EXPECT_THAT(Copy("1\\", 1), ElementsAre("<refused>"));
  EXPECT_THAT(Copy("1\n", 0), ElementsAre("<refused>"));
  EXPECT_THAT(Copy("\n", 0), IsEmpty());
}

TEST(CopyText, MutatedLinesStayInside) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): repeatable
  const std::string whole = "12\tab\\tc\t\\N\t\\\\x\t\n";
  for (int round = 0; round < 20'000; ++round) {
    std::vector<char> line(whole.begin(),
                           whole.begin() + static_cast<ptrdiff_t>(random() % (whole.size() + 1)));
    for (int change = 0; change < 2 && !line.empty(); ++change) {
      constexpr std::string_view kLetters = "\t\\nNx\n";
      line[random() % line.size()] = kLetters[random() % kLetters.size()];
    }
    std::vector<ColumnValue> row(1 + random() % 6);
    if (!ReadCopyRow(line, row)) continue;
    for (const ColumnValue& value : row) {
      if (value.text.empty()) continue;
      ASSERT_GE(value.text.data(), line.data());
      ASSERT_LE(value.text.data() + value.text.size(), line.data() + line.size());
    }
  }
}

TEST(SnapshotPlan, PiecesCoverEveryPageOnce) {
  CatalogueTable leaf;
  leaf.id = 1;
  leaf.schema = "public";
  leaf.name = "t";
  leaf.pages = 25;
  leaf.rows = 2'500;
  Table table;
  table.schema = "public";
  table.name = "t";
  table.columns.resize(2);
  table.columns[0].name = "id";
  table.columns[1].name = "a\"b";
  const std::vector<SnapshotTable> tables = {{&table, {&leaf}}};
  SnapshotSettings settings;
  settings.chunk_pages = 10;
  const auto chunks = PlanSnapshot(tables, settings, 150'000);
  ASSERT_EQ(chunks.size(), 3U);
  EXPECT_EQ(CopyStatement(chunks[0], table, settings),
            "COPY (SELECT \"id\", \"a\"\"b\" FROM ONLY "
            "\"public\".\"t\" WHERE ctid OPERATOR(pg_catalog.<) '(10,0)'::pg_catalog.tid) "
            "TO STDOUT");
  EXPECT_STREQ(PathStatement(table, settings), "SET LOCAL search_path TO ''");
  settings.conditions["public.t"] = "id > 1";
  EXPECT_STREQ(PathStatement(table, settings), "SET LOCAL search_path TO DEFAULT");
  EXPECT_THAT(
      CopyStatement(chunks[1], table, settings),
      AllOf(StartsWith("COPY"),
            HasSubstr("WHERE ctid OPERATOR(pg_catalog.>=) '(10,0)'::pg_catalog.tid AND "
                      "ctid OPERATOR(pg_catalog.<) '(20,0)'::pg_catalog.tid AND (id > 1))")));
  EXPECT_EQ(chunks[2].end, 0U) << "pages added since belong to the last piece";
  EXPECT_EQ(chunks[0].rows + chunks[1].rows + chunks[2].rows, 2'500);
  EXPECT_EQ(PlanSnapshot(tables, settings, 130'000).size(), 1U);
  leaf.pages = 0;
  leaf.rows = -1;
  const auto empty = PlanSnapshot(tables, settings, 150'000);
  ASSERT_EQ(empty.size(), 1U) << "never counted is not empty";
  EXPECT_EQ(empty[0].begin + empty[0].end, 0U);
}

}  // namespace
}  // namespace sluice::postgres
