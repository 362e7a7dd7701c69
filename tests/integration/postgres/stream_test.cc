#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string NameOf(const KeptChange& change) {
  return change.table->schema + "." + change.table->name;
}

TEST(ReplicationStream, TellsTransactionsInCommitOrderWithTheirPlaces) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY, v text)");
  Reader reader(database);
  reader.Create();
  database.Run("BEGIN; INSERT INTO public.t VALUES (1, 'a'), (2, NULL); COMMIT");
  database.Run("BEGIN; INSERT INTO public.t VALUES (3, 'lost'); ROLLBACK");
  database.Run("UPDATE public.t SET v = 'b' WHERE id = 1");
  const auto changes = reader.ReadCommits(2);
  ASSERT_EQ(changes.size(), 7U);
  EXPECT_EQ(changes[0].kind, ChangeKind::kBegin);
  EXPECT_GT(changes[0].transaction_id, 0U);
  EXPECT_GT(changes[0].commit_us, 1'600'000'000'000'000);
  EXPECT_EQ(changes[1].kind, ChangeKind::kInsert);
  EXPECT_EQ(NameOf(changes[1]), "public.t");
  EXPECT_EQ(changes[1].table->database, database.settings().database);
  EXPECT_THAT(changes[1].after, ElementsAre("1", "a"));
  EXPECT_THAT(changes[1].before, ElementsAre("<none>"));
  EXPECT_THAT(changes[2].after, ElementsAre("2", "<null>"));
  EXPECT_EQ(changes[3].kind, ChangeKind::kCommit);
  EXPECT_LE(changes[1].lsn, changes[0].lsn) << "a change stands before its commit";
  EXPECT_GT(changes[3].end, changes[0].lsn);
  EXPECT_EQ(changes[5].kind, ChangeKind::kUpdate);
  EXPECT_THAT(changes[5].after, ElementsAre("1", "b"));
  EXPECT_GT(changes[4].lsn, changes[3].lsn);
}

TEST(ReplicationStream, OldRowsAreAsTheReplicaIdentitySays) {
  Database database;
  database.Run(
      "CREATE TABLE d (a int, b text, c int, PRIMARY KEY (c, a));"
      "CREATE TABLE f (a int PRIMARY KEY, b text); ALTER TABLE f REPLICA IDENTITY FULL;"
      "CREATE TABLE i (a int NOT NULL, b text); CREATE UNIQUE INDEX i_a ON i (a);"
      "ALTER TABLE i REPLICA IDENTITY USING INDEX i_a;"
      "CREATE TABLE n (a int PRIMARY KEY); ALTER TABLE n REPLICA IDENTITY NOTHING");
  Reader reader(database);
  reader.Create();
  database.Run(
      "BEGIN; INSERT INTO d VALUES (1, 'x', 2); UPDATE d SET b = 'y'; UPDATE d SET a = 5;"
      "DELETE FROM d; INSERT INTO f VALUES (1, NULL); UPDATE f SET b = 'y'; DELETE FROM f;"
      "INSERT INTO i VALUES (1, 'q'); DELETE FROM i; INSERT INTO n VALUES (1); COMMIT");
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 10U);
  EXPECT_THAT(rows[0].table->key, ElementsAre(2, 0)) << "the key's order, not the columns'";
  EXPECT_THAT(rows[1].before, ElementsAre("<none>"));
  EXPECT_THAT(rows[2].before, ElementsAre("1", "<absent>", "2"));
  EXPECT_THAT(rows[2].after, ElementsAre("5", "y", "2"));
  EXPECT_THAT(rows[3].before, ElementsAre("5", "<absent>", "2"));
  EXPECT_THAT(rows[5].before, ElementsAre("1", "<null>"));
  EXPECT_THAT(rows[6].before, ElementsAre("1", "y"));
  EXPECT_EQ(rows[6].table->identity, ReplicaIdentity::kFull);
  EXPECT_THAT(rows[6].table->key, ElementsAre(0));
  EXPECT_THAT(rows[8].before, ElementsAre("1", "<absent>"));
  EXPECT_THAT(rows[8].table->key, ElementsAre(0));
  EXPECT_THAT(rows[9].table->key, ElementsAre(0));
}

TEST(ReplicationStream, AKeyThatChangesWhileStreamingIsTold) {
  Database database;
  database.Run(
      "CREATE TABLE p (id int PRIMARY KEY, tenant int NOT NULL);"
      "CREATE TABLE i (a int NOT NULL UNIQUE, b int NOT NULL UNIQUE, c int);"
      "ALTER TABLE i REPLICA IDENTITY USING INDEX i_a_key");
  Reader reader(database);
  reader.Create();
  database.Run("BEGIN; INSERT INTO p VALUES (1, 1); INSERT INTO i VALUES (1, 2, 3); COMMIT");
  database.Run("ALTER TABLE i ADD COLUMN d int");
  database.Run("INSERT INTO i VALUES (2, 3, 4, 5)");
  EXPECT_EQ(reader.ReadRows(2).size(), 3U);
  EXPECT_TRUE(reader.key_changes().empty()) << reader.key_changes().front();
  database.Run("ALTER TABLE p DROP CONSTRAINT p_pkey, ADD PRIMARY KEY (tenant, id)");
  database.Run("ALTER TABLE i REPLICA IDENTITY USING INDEX i_b_key");
  database.Run("BEGIN; UPDATE p SET tenant = 2; DELETE FROM i WHERE a = 1; COMMIT");
  EXPECT_EQ(reader.ReadRows(1).size(), 2U);
  EXPECT_THAT(reader.key_changes(),
              ElementsAre(HasSubstr("public.p changed from (id) to (tenant, id)"),
                          HasSubstr("public.i changed from (a) to (b)")));
}

TEST(ReplicationStream, TheCatalogueIsReadWhenTheTransactionCanBeSeen) {
  // A commit is sent as soon as it is written, a moment before other sessions see it.
  constexpr int kTables = 300;
  Database database;
  Reader reader(database);
  reader.Create();
  std::jthread writer([&database] {
    for (int i = 0; i < kTables; ++i) {
      const std::string name = "t" + std::to_string(i);
      database.Run("BEGIN; CREATE TABLE " + name + " (a int PRIMARY KEY, b int DEFAULT 7);" +
                   "ALTER TABLE " + name + " REPLICA IDENTITY FULL; INSERT INTO " + name +
                   " VALUES (1); COMMIT");
    }
  });
  const auto rows = reader.ReadRows(kTables);
  ASSERT_EQ(rows.size(), size_t{kTables});
  for (const auto& row : rows) {
    EXPECT_THAT(row.table->key, ElementsAre(0)) << row.table->name;
    EXPECT_EQ(row.table->columns.back().default_text, "7") << row.table->name;
  }
}

TEST(ReplicationStream, UnchangedLargeValuesAreFilledUnderFullIdentity) {
  Database database;
  database.Run(
      "CREATE TABLE d (id int PRIMARY KEY, n int, big text);"
      "ALTER TABLE d ALTER big SET STORAGE EXTERNAL;"
      "CREATE TABLE f (id int PRIMARY KEY, n int, big text);"
      "ALTER TABLE f ALTER big SET STORAGE EXTERNAL; ALTER TABLE f REPLICA IDENTITY FULL");
  Reader reader(database);
  reader.Create();
  database.Run("INSERT INTO d VALUES (1, 1, repeat('x', 10000))");
  database.Run("INSERT INTO f VALUES (1, 1, repeat('y', 10000))");
  database.Run("UPDATE d SET n = 2");
  database.Run("UPDATE f SET n = 2");
  const auto rows = reader.ReadRows(4);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(rows[2].after, ElementsAre("1", "2", "<unchanged>"));
  EXPECT_EQ(rows[3].after[2], std::string(10'000, 'y'));
  EXPECT_EQ(rows[3].before[1], "1");
}

TEST(ReplicationStream, ATruncateIsOneChangeATable) {
  Database database;
  database.Run(
      "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);"
      "CREATE TABLE c (id int PRIMARY KEY)");
  postgres::FilterSettings filter;
  filter.table_exclude = "public\\.b";
  Reader reader(database, filter);
  reader.Create();
  database.Run("TRUNCATE a, b, c");
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].kind, ChangeKind::kTruncate);
  EXPECT_EQ(rows[0].table->name, "a");
  EXPECT_EQ(rows[1].table->name, "c");
  EXPECT_EQ(rows[0].lsn, rows[1].lsn);
  EXPECT_GT(rows[1].lsn.value, 0U);
}

TEST(ReplicationStream, ChangesOfShapeMakeNewTables) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY, v text)");
  Reader reader(database);
  reader.Create();
  database.Run("INSERT INTO t VALUES (1, 'a')");
  database.Run("ALTER TABLE t ADD w numeric(10,2) NOT NULL DEFAULT 1");
  database.Run("INSERT INTO t VALUES (2, 'b', 2.5)");
  database.Run("ALTER TABLE t DROP v");
  database.Run("UPDATE t SET w = 3 WHERE id = 1");
  const auto rows = reader.ReadRows(3);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].after, ElementsAre("1", "a"));
  EXPECT_THAT(rows[1].after, ElementsAre("2", "b", "2.50"));
  EXPECT_THAT(rows[2].after, ElementsAre("1", "3.00"));
  EXPECT_NE(rows[0].table->number, rows[1].table->number);
  EXPECT_EQ(rows[0].table->columns.size(), 2U);
  EXPECT_EQ(rows[2].table->columns[1].default_text, "1.00");
  EXPECT_FALSE(rows[2].table->columns[1].optional);
}

TEST(ReplicationStream, ADroppedTablesChangesAreStillTold) {
  Database database;
  database.Run("CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (id int PRIMARY KEY, m mood)");
  Reader reader(database);
  reader.Create();
  database.Run("INSERT INTO t VALUES (1, 'sad')");
  database.Run("DROP TABLE t; DROP TYPE mood");
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(rows[0].after, ElementsAre("1", "sad"));
  EXPECT_THAT(rows[0].table->key, ElementsAre(0));
  EXPECT_EQ(rows[0].table->columns[1].type_name, "mood");
}

TEST(ReplicationStream, FiltersLeaveOutTablesAndColumns) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY, secret text, v text); CREATE TABLE u (id int PRIMARY "
      "KEY); CREATE SCHEMA audit; CREATE TABLE audit.log (id int)");
  postgres::FilterSettings filter;
  filter.table_include = "public\\.t";
  filter.column_exclude = "public\\.t\\.secret";
  Reader reader(database, filter);
  reader.Create();
  database.Run(
      "BEGIN; INSERT INTO u SELECT generate_series(1, 10000); INSERT INTO audit.log VALUES (1);"
      "INSERT INTO t VALUES (1, 's', 'v'); UPDATE t SET id = 2; COMMIT");
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].after, ElementsAre("1", "v"));
  EXPECT_THAT(rows[1].before, ElementsAre("1", "<absent>"));
  EXPECT_EQ(reader.stream().stats().skipped_rows, 10'001U);
}

TEST(ReplicationStream, PartitionsAreToldAsTheirRootWhereAsked) {
  Database database;
  const std::string make =
      "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE p2 (v text, id int NOT NULL); ALTER TABLE p ATTACH PARTITION p2 FOR VALUES "
      "FROM (10) TO (20)";
  database.Run(make);
  postgres::PublicationSettings publication;
  publication.via_partition_root = true;
  Reader by_root(database, {}, publication);
  by_root.Create();
  publication.via_partition_root = false;
  publication.name = "leaves";
  Reader by_leaf(database, {}, publication);
  by_leaf.Create();
  database.Run("INSERT INTO p VALUES (1, 'a'), (11, 'b')");
  const auto root = by_root.ReadRows(1);
  ASSERT_EQ(root.size(), 2U);
  EXPECT_EQ(root[1].table->name, "p");
  EXPECT_THAT(root[1].after, ElementsAre("11", "b"));
  const auto leaf = by_leaf.ReadRows(1);
  ASSERT_EQ(leaf.size(), 2U);
  EXPECT_EQ(leaf[1].table->name, "p2");
  EXPECT_THAT(leaf[1].after, ElementsAre("b", "11"));
}

TEST(ReplicationStream, LogicalMessagesAreTold) {
  Database database;
  if (database.version() < 140'000) GTEST_SKIP() << "pgoutput has no messages before version 14";
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  database.Run("SELECT pg_logical_emit_message(false, 'now', 'free')");
  database.Run(
      "BEGIN; INSERT INTO t VALUES (1); SELECT pg_logical_emit_message(true, 'app', "
      "'\\x610062'::bytea); COMMIT");
  const auto changes = reader.ReadCommits(1);
  ASSERT_EQ(changes.size(), 5U);
  EXPECT_EQ(changes[0].kind, ChangeKind::kMessage);
  EXPECT_FALSE(changes[0].transactional);
  EXPECT_EQ(changes[0].content, "free");
  EXPECT_GT(changes[0].lsn.value, 0U);
  EXPECT_TRUE(changes[3].transactional);
  EXPECT_EQ(changes[3].prefix, "app");
  EXPECT_EQ(changes[3].content, std::string("a\0b", 3));
  EXPECT_TRUE(changes[2].transactional) << "a row after a free message";
}

TEST(ReplicationStream, TheSlotNeverPassesWhatWasNotAcknowledged) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  const Lsn before = reader.confirmed();
  for (int i = 1; i <= 3; ++i) database.Run("INSERT INTO t VALUES (" + std::to_string(i) + ")");
  const auto changes = reader.ReadCommits(3);
  ASSERT_EQ(changes.size(), 9U);
  reader.stream().Acknowledge(changes[2].end);
  // A read of the first transaction is told to the server; the second and third are not.
  ASSERT_TRUE(reader.TurnUntil([&] { return reader.confirmed() >= changes[2].end; }));
  EXPECT_GT(reader.confirmed(), before);
  reader.Close();
  reader.Open();
  const auto again = reader.ReadRows(2);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_THAT(again[0].after, ElementsAre("2"));
  EXPECT_THAT(again[1].after, ElementsAre("3"));
}

TEST(ReplicationStream, ClosingTellsWhatWasAcknowledged) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  database.Run("INSERT INTO t VALUES (1)");
  const Lsn end = reader.ReadCommits(1).back().end;
  reader.stream().Acknowledge(end);
  reader.Close();
  for (int i = 0; i < 1'000 && reader.confirmed() < end; ++i) database.Run("SELECT pg_sleep(0.01)");
  EXPECT_GE(reader.confirmed(), end);
}

TEST(ReplicationStream, AnIdleDatabaseAdvancesBesideABusyOne) {
  Database idle;
  Database busy;
  idle.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(idle);
  reader.Create();
  busy.Run("CREATE TABLE b AS SELECT g, repeat('x', 100) AS v FROM generate_series(1, 20000) g");
  const Lsn goal = busy.LogEnd();
  EXPECT_TRUE(reader.TurnUntil([&] { return reader.confirmed() >= goal; }, true));
}

TEST(ReplicationStream, ALargeTransactionIsReadWhole) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY, v text)");
  Reader reader(database);
  reader.Create();
  database.Run("INSERT INTO t SELECT g, repeat('x', g % 50) FROM generate_series(1, 100000) g");
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 100'000U);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].after[0], std::to_string(i + 1));
    ASSERT_EQ(rows[i].after[1].size(), (i + 1) % 50);
  }
}

Failure FailureOfNext(Reader& reader) {
  SourceChange change;
  (void)reader.TurnUntil(
      [&] { return reader.stream().Next(change) == ChangeSource::Progress::kFailed; });
  return reader.stream().failure();
}

TEST(ReplicationStream, AMissingPublicationHalts) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  database.Run("DROP PUBLICATION sluice");
  database.Run("INSERT INTO t VALUES (1)");
  // Version 18 only warns and passes the changes over: no position behind them may be told either.
  const Failure failure = FailureOfNext(reader);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kPublicationMissing);
  EXPECT_THAT(failure.detail, HasSubstr("CREATE PUBLICATION"));
}

TEST(ReplicationStream, AMissingSlotHaltsAndABusyOneWaits) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  RealClock clock;
  postgres::TableBook book;
  const auto filter = postgres::TableFilter::Make({});
  const postgres::StreamSettings settings;
  postgres::ReplicationStream other({database.settings(), settings, filter.value(), book, clock});
  EXPECT_FALSE(other.Open(reader.slot(), "sluice", {}).ok());
  EXPECT_EQ(other.failure().verdict.disposition, Disposition::kHold);
  EXPECT_EQ(other.failure().verdict.reason, FailureReason::kSlotBusy);
  postgres::ReplicationStream missing({database.settings(), settings, filter.value(), book, clock});
  EXPECT_FALSE(missing.Open("nowhere", "sluice", {}).ok());
  EXPECT_EQ(missing.failure().verdict.disposition, Disposition::kHalt);
  EXPECT_EQ(missing.failure().verdict.reason, FailureReason::kSlotMissing);
  SourceChange change;
  EXPECT_EQ(missing.Next(change), ChangeSource::Progress::kFailed);
}

TEST(ReplicationStream, AnEndedConnectionIsHeld) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  database.Run(
      "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name "
      "= '" +
      reader.slot() + "'");
  const Failure failure = FailureOfNext(reader);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kConnectionLost);
  EXPECT_THAT(failure.detail, StartsWith("reading changes: "));
}

}  // namespace
}  // namespace sluice::testing
