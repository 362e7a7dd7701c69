#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/postgres/source_watch.h"
#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using postgres::PublicationSettings;
using ::testing::HasSubstr;
using ::testing::Not;

/// The server may hold slots of others, which are told of too.
std::string TextOf(const postgres::WatchVerdict& verdict) {
  std::string text;
  for (const postgres::Finding& finding : verdict.findings) text += finding.what + finding.cure;
  return text;
}

/// Looks at a database's publication as a source would.
class Looker {
 public:
  Looker(Database& database, const std::string& publication, bool via_root)
      : database_(database), filter_(*postgres::TableFilter::Make({})) {
    settings_.name = publication;
    settings_.via_partition_root = via_root;
  }

  postgres::WatchVerdict Look() {
    const postgres::WatchPlan plan{slot_, settings_, filter_};
    auto facts = postgres::ReadWatchFacts(database_.connection(), plan);
    EXPECT_TRUE(facts.ok()) << facts.error().ToString();
    return postgres::JudgeWatch(*facts, plan, memory_);
  }
  /// Empty: it does not halt.
  std::string Halt() {
    const postgres::WatchVerdict verdict = Look();
    const bool halts = verdict.failure.verdict.disposition == Disposition::kHalt;
    return halts ? verdict.failure.detail : "";
  }
  /// As a source that begins anew.
  void Forget() { memory_ = {}; }
  /// As a source that goes on: with what is recorded.
  void Reopen() { memory_ = {std::move(memory_.tables), {}, {}}; }

 private:
  Database& database_;
  const std::string slot_ = "not_there";
  PublicationSettings settings_;
  postgres::TableFilter filter_;
  postgres::WatchMemory memory_;
};

TEST(Watch, SeesTablesTakenOutAndPutBack) {
  Database database;
  database.Run(
      "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);"
      "CREATE PUBLICATION p FOR TABLE a, b");
  Looker looker(database, "p", false);
  EXPECT_EQ(looker.Halt(), "");
  EXPECT_EQ(looker.Look().watch.tables_published, 2U);
  database.Run("ALTER PUBLICATION p DROP TABLE b");
  EXPECT_THAT(looker.Halt(), HasSubstr("ADD TABLE \"public\".\"b\""));
  database.Run("ALTER PUBLICATION p ADD TABLE b");
  EXPECT_THAT(looker.Halt(), HasSubstr("capture accept public.b -c")) << "it is another entry";
  looker.Forget();
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER PUBLICATION p DROP TABLE b; ALTER PUBLICATION p ADD TABLE b");
  EXPECT_THAT(looker.Halt(), HasSubstr("\"public\".\"b\""));
  looker.Forget();
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER PUBLICATION p SET TABLE a, b");
  EXPECT_EQ(looker.Halt(), "") << "the same tables are no gap";
  database.Run("DROP TABLE b");
  EXPECT_EQ(looker.Halt(), "");
  database.Run("DROP PUBLICATION p");
  EXPECT_THAT(looker.Halt(), HasSubstr("there is no publication p"));
}

TEST(Watch, SeesTablesThatWereElsewhereForAWhile) {
  Database database;
  database.Run(
      "CREATE TABLE a (id int PRIMARY KEY); CREATE SCHEMA other; CREATE PUBLICATION p FOR TABLE a;"
      "DROP ROLE IF EXISTS sluice_owner; CREATE ROLE sluice_owner; GRANT ALL ON SCHEMA public TO "
      "sluice_owner");
  Looker looker(database, "p", false);
  EXPECT_EQ(looker.Halt(), "");
  database.Run(
      "ALTER TABLE a ADD v int DEFAULT 3; CREATE INDEX ON a (v); ALTER TABLE a REPLICA IDENTITY "
      "FULL; ALTER TABLE a DROP v; ALTER TABLE a ALTER id TYPE bigint");
  EXPECT_TRUE(database.connection().Run("VACUUM FULL public.a", "writing rows anew").ok());
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER TABLE a OWNER TO sluice_owner");
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME TO a");
  EXPECT_THAT(looker.Halt(), HasSubstr("had another name or schema"));
  looker.Forget();
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER TABLE a SET SCHEMA other; ALTER TABLE other.a SET SCHEMA public");
  EXPECT_THAT(looker.Halt(), HasSubstr("had another name or schema"));
  looker.Forget();
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER TABLE a RENAME TO b");
  EXPECT_EQ(looker.Halt(), "") << "its changes come under that name";
  database.Run(
      "DROP TABLE b; REVOKE ALL ON SCHEMA public FROM sluice_owner; DROP ROLE sluice_owner");
}

TEST(Watch, SeesPartitionsThatWereDetachedForAWhile) {
  Database database;
  database.Run(
      "CREATE TABLE r (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);"
      "CREATE PUBLICATION p FOR TABLE r;"
      "CREATE PUBLICATION whole FOR TABLE r WITH (publish_via_partition_root = true)");
  Looker leaves(database, "p", false);
  Looker roots(database, "whole", true);
  EXPECT_EQ(leaves.Halt(), "");
  EXPECT_EQ(roots.Halt(), "");
  const std::string back =
      "ALTER TABLE r DETACH PARTITION r1; INSERT INTO r1 VALUES (1);"
      "ALTER TABLE r ATTACH PARTITION r1 FOR VALUES FROM (0) TO (10)";
  database.Run(back);
  EXPECT_THAT(leaves.Halt(), HasSubstr("was detached, for a while"));
  EXPECT_THAT(TextOf(roots.Look()), HasSubstr("r1 of public.r was detached and attached again"));
  EXPECT_THAT(TextOf(roots.Look()), Not(HasSubstr("attached again")));
  database.Run("DROP PUBLICATION p; CREATE PUBLICATION p FOR ALL TABLES");
  leaves.Forget();
  EXPECT_EQ(leaves.Halt(), "");
  database.Run(back.substr(0, back.find("INSERT")) + back.substr(back.find("ALTER TABLE r ATT")));
  EXPECT_EQ(leaves.Halt(), "") << "it was told by itself meanwhile";
}

TEST(Watch, SeesTablesThatWereAttachedWithTheirRowsSinceTheStart) {
  Database database;
  database.Run(
      "CREATE TABLE r (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE PUBLICATION p FOR TABLE r WITH (publish_via_partition_root = true)");
  Looker looker(database, "p", true);
  EXPECT_EQ(looker.Halt(), "");
  database.Run(
      "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE r2 (id int PRIMARY KEY); INSERT INTO r2 VALUES (12)");
  database.Run("ALTER TABLE r ATTACH PARTITION r2 FOR VALUES FROM (10) TO (20)");
  looker.Reopen();
  const std::string told = TextOf(looker.Look());
  EXPECT_THAT(told, HasSubstr("attached to public.r since: public.r2;"));
}

TEST(Watch, SeesSchemasTakenOutAndPutBack) {
  Database database;
  if (database.version() < 150'000) GTEST_SKIP() << "PostgreSQL 15 has them first";
  database.Run(
      "CREATE TABLE a (id int PRIMARY KEY); CREATE SCHEMA s; CREATE TABLE s.b (id int PRIMARY KEY);"
      "CREATE TABLE s.p (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF s.p FOR VALUES FROM (0) TO (10);"
      "CREATE PUBLICATION p FOR TABLE a, TABLES IN SCHEMA s");
  Looker looker(database, "p", false);
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER PUBLICATION p ADD TABLES IN SCHEMA public");
  EXPECT_EQ(looker.Halt(), "") << "one way more";
  database.Run("ALTER PUBLICATION p DROP TABLE a");
  EXPECT_EQ(looker.Halt(), "") << "it stayed by its schema";
  database.Run(
      "ALTER PUBLICATION p DROP TABLES IN SCHEMA s; ALTER PUBLICATION p ADD TABLES IN SCHEMA s");
  const std::string halt = looker.Halt();
  EXPECT_THAT(halt, HasSubstr("capture accept s.b -c"));
  EXPECT_THAT(halt, Not(HasSubstr("p1"))) << "published by its own schema";
  looker.Forget();
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER PUBLICATION p DROP TABLES IN SCHEMA public");
  EXPECT_THAT(looker.Halt(), HasSubstr("\"public\".\"a\""));
}

TEST(Watch, SeesAnOperationTakenOutAndPutBack) {
  Database database;
  database.Run("CREATE TABLE a (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE a");
  Looker looker(database, "p", false);
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER PUBLICATION p SET (publish = 'insert, update, truncate')");
  EXPECT_THAT(looker.Halt(), HasSubstr("does not publish: delete"));
  database.Run("ALTER PUBLICATION p SET (publish = 'insert, update, delete, truncate')");
  EXPECT_THAT(looker.Halt(), HasSubstr("was altered"));
  EXPECT_THAT(looker.Halt(), HasSubstr("capture accept public.a -c")) << "until it is accepted";
  looker.Forget();
  EXPECT_EQ(looker.Halt(), "");
  // Neither of these writes operations.
  const std::string role = database.Unique("owner");
  database.Run("CREATE ROLE " + role + " SUPERUSER; ALTER PUBLICATION p OWNER TO " + role);
  EXPECT_EQ(looker.Halt(), "");
  database.Run("CREATE TABLE b (id int PRIMARY KEY); ALTER PUBLICATION p ADD TABLE b");
  EXPECT_EQ(looker.Halt(), "");
  database.Run("VACUUM FULL FREEZE pg_catalog.pg_publication");
  EXPECT_EQ(looker.Halt(), "");
  database.Run("DROP OWNED BY " + role + " CASCADE; DROP ROLE " + role);
}

TEST(Watch, LeavesThatArePublishedWithoutTheirTableDoNotCoverIt) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);"
      "CREATE PUBLICATION p FOR TABLE t1 WITH (publish_via_partition_root = true)");
  Looker looker(database, "p", true);
  postgres::WatchVerdict verdict = looker.Look();
  EXPECT_EQ(verdict.watch.tables_captured, 1U);
  EXPECT_EQ(verdict.watch.tables_published, 0U);
  EXPECT_THAT(TextOf(verdict), HasSubstr("ADD TABLE \"public\".\"t\""));
  database.Run("ALTER PUBLICATION p ADD TABLE t");
  EXPECT_EQ(looker.Look().watch.tables_published, 1U);
}

TEST(Watch, TellsOfLabelsThatWereRenamed) {
  Database database;
  database.Run(
      "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN moods AS mood[];"
      "CREATE TABLE a (id int PRIMARY KEY, m mood); CREATE TABLE b (id int PRIMARY KEY, m moods);"
      "CREATE TABLE c (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE a, b, c");
  Looker looker(database, "p", false);
  looker.Look();
  database.Run("ALTER TYPE mood ADD VALUE 'so so' BEFORE 'glad'");
  EXPECT_THAT(TextOf(looker.Look()), Not(HasSubstr("renamed")));
  database.Run("ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'");
  const std::string text = TextOf(looker.Look());
  EXPECT_THAT(text, HasSubstr("execute-snapshot public.a"));
  EXPECT_THAT(text, HasSubstr("execute-snapshot public.b"));
  EXPECT_THAT(text, Not(HasSubstr("public.c")));
  EXPECT_THAT(TextOf(looker.Look()), Not(HasSubstr("renamed"))) << "told once";
}

TEST(Watch, SeesThatOnlySomeRowsOrColumnsArePublished) {
  Database database;
  if (database.version() < 150'000) GTEST_SKIP() << "PostgreSQL 15 has them first";
  database.Run(
      "CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text);"
      "CREATE TABLE c (id int PRIMARY KEY);"
      "CREATE PUBLICATION p FOR TABLE a WHERE (id > 5), b (id), c");
  Looker looker(database, "p", false);
  const std::string text = TextOf(looker.Look());
  EXPECT_THAT(text, HasSubstr("only some rows or columns of \"public\".\"a\""));
  EXPECT_THAT(text, HasSubstr("only some rows or columns of \"public\".\"b\""));
  EXPECT_THAT(text, Not(HasSubstr("\"c\"")));
}

TEST(Watch, NewTablesOfAPublicationForAllAreCovered) {
  Database database;
  database.Run("CREATE TABLE a (id int PRIMARY KEY); CREATE PUBLICATION p FOR ALL TABLES");
  Looker looker(database, "p", false);
  EXPECT_EQ(looker.Halt(), "");
  database.Run("CREATE TABLE b (id int PRIMARY KEY)");
  const postgres::WatchVerdict verdict = looker.Look();
  EXPECT_THAT(TextOf(verdict), Not(HasSubstr("is new")));
  EXPECT_EQ(verdict.watch.tables_captured, 2U);
  EXPECT_EQ(verdict.watch.tables_published, 2U);
  database.Run("DROP PUBLICATION p; CREATE PUBLICATION p FOR ALL TABLES");
  EXPECT_THAT(looker.Halt(), HasSubstr("\"public\".\"a\", \"public\".\"b\""));
}

TEST(Watch, PartitionsComeAndGoWithTheirTable) {
  for (const bool via_root : {false, true}) {
    Database database;
    database.Run(
        std::string("CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
                    "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);"
                    "CREATE PUBLICATION p FOR TABLE t WITH (publish_via_partition_root = ") +
        (via_root ? "true)" : "false)"));
    Looker looker(database, "p", via_root);
    EXPECT_EQ(looker.Halt(), "");
    EXPECT_EQ(looker.Look().watch.tables_captured, 1U);
    database.Run("CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20)");
    const postgres::WatchVerdict verdict = looker.Look();
    EXPECT_EQ(verdict.watch.tables_published, via_root ? 1U : 2U);
    EXPECT_THAT(TextOf(verdict), Not(HasSubstr("is new")));
    EXPECT_EQ(looker.Halt(), "");
    // A partition that leaves its table leaves the publication too.
    database.Run("ALTER TABLE t DETACH PARTITION t1");
    const std::string halt = looker.Halt();
    if (via_root) {
      EXPECT_EQ(halt, "") << "it was never told as itself";
    } else {
      EXPECT_THAT(halt, HasSubstr("\"public\".\"t1\""));
    }
    EXPECT_THAT(halt, Not(HasSubstr("t2")));
  }
}

TEST(Watch, ATableThatBecomesAPartitionGoesOnByTheEntryAboveIt) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE own (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t, own");
  Looker looker(database, "p", false);
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER TABLE t ATTACH PARTITION own FOR VALUES FROM (0) TO (10)");
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER PUBLICATION p DROP TABLE own");
  EXPECT_EQ(looker.Halt(), "");
  database.Run("ALTER PUBLICATION p ADD TABLE own");
  EXPECT_EQ(looker.Halt(), "");
  // Both entries are others: that cannot be told from a gap.
  database.Run("ALTER PUBLICATION p DROP TABLE own, t; ALTER PUBLICATION p ADD TABLE own, t");
  EXPECT_THAT(looker.Halt(), HasSubstr("capture accept public.own -c"));
}

TEST(Watch, SlotsThatNobodyReadsAreSeen) {
  Database database;
  database.Run("CREATE TABLE a (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE a");
  const std::string name = database.Unique("idle");
  database.Run("SELECT pg_create_logical_replication_slot('" + name + "', 'pgoutput')");
  Looker looker(database, "p", false);
  EXPECT_GE(looker.Look().watch.idle_slots, 1U);
  EXPECT_THAT(TextOf(looker.Look()), HasSubstr(name));
}

TEST(Watch, TellsOfPartitionsThatComeAndGoWithTheirRows) {
  Database database;
  database.Run(
      "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
      "CREATE PUBLICATION root FOR TABLE p WITH (publish_via_partition_root = true)");
  Looker looker(database, "root", true);
  looker.Look();
  database.Run("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)");
  EXPECT_THAT(TextOf(looker.Look()), Not(HasSubstr("public.p2")));
  database.Run("ALTER TABLE p DETACH PARTITION p2");
  EXPECT_THAT(TextOf(looker.Look()), HasSubstr("public.p2 of public.p was detached"));
  database.Run("ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20)");
  EXPECT_THAT(TextOf(looker.Look()), HasSubstr("public.p2 was attached to public.p"));
  database.Run("DROP TABLE p1");
  EXPECT_THAT(TextOf(looker.Look()), HasSubstr("public.p1 of public.p was dropped"));
}

}  // namespace
}  // namespace sluice::testing
