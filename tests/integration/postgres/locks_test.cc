#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/postgres/server_checks.h"
#include "adapters/postgres/source_watch.h"
#include "core/model/lsn_text.h"
#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;

/// A transaction of somebody else that has locked tables, until it is destroyed.
class Lock {
 public:
  Lock(Database& database, const std::string& sql) {
    EXPECT_TRUE(session_.Open(database.settings(), postgres::Connection::Kind::kUnlimited).ok());
    const Status locked = session_.Run("BEGIN; SET search_path TO public; " + sql, "locking");
    EXPECT_TRUE(locked.ok()) << locked.error().ToString();
  }

 private:
  postgres::Connection session_;
};

/// Up to where the log was sent to whoever reads the slot.
Lsn SentTo(Database& database, const std::string& slot) {
  return ParseLsn(database.Run("SELECT coalesce(max(sent_lsn), '0/0') FROM pg_stat_replication r, "
                               "pg_replication_slots s WHERE s.active_pid = r.pid AND "
                               "s.slot_name = '" +
                               slot + "'"))
      .value_or(Lsn());
}

/// Everything that DEFAULT can hold, and a table of each kind.
constexpr const char* kTables =
    "CREATE TYPE pair AS (a int, b text); CREATE TABLE other (id serial PRIMARY KEY, n int DEFAULT "
    "1,"
    "  twice int GENERATED ALWAYS AS (n * 2) STORED);"
    "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 7, r other, p pair DEFAULT '(1,x)',"
    "  ps pair[] DEFAULT '{\"(1,x)\"}', c regclass DEFAULT 'public.other');"
    "CREATE TABLE root (id int PRIMARY KEY) PARTITION BY RANGE (id);"
    "CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (0) TO (10)";
constexpr const char* kLockAll =
    "LOCK TABLE other, t, root IN ACCESS EXCLUSIVE MODE; ALTER TYPE pair ADD ATTRIBUTE c int";

TEST(Locks, NoQuestionOfAStartOrALookWaitsForThem) {
  Database database;
  database.Run(kTables);
  for (const bool via_root : {true, false}) {
    const std::string name = via_root ? "through" : "direct";
    database.Run("CREATE PUBLICATION " + name + " FOR TABLE other, t, root WITH " +
                 "(publish_via_partition_root = " + (via_root ? "true)" : "false)"));
    postgres::PublicationSettings publication;
    publication.name = name;
    publication.via_partition_root = true;  // also where the publication is not as it was told
    const auto filter = postgres::TableFilter::Make({});
    const Lock lock(database, kLockAll);
    database.Run("SET lock_timeout TO 1");
    postgres::Connection& connection = database.connection();
    const auto facts = postgres::ReadWatchFacts(connection, {"not_there", publication, *filter});
    ASSERT_TRUE(facts.ok()) << facts.error().ToString();
    EXPECT_EQ(facts->tables.size(), 3U);
    EXPECT_TRUE(facts->coverage.uncovered.empty());
    postgres::TableList tables;
    for (const auto& table : facts->tables) tables.push_back(&table);
    const auto server = postgres::ReadServerFacts(connection, tables);
    ASSERT_TRUE(server.ok()) << server.error().ToString();
    postgres::Catalogue catalogue(connection);
    for (postgres::CatalogueTable table : facts->tables) {
      const Status read = catalogue.ReadDefaults(table);
      ASSERT_TRUE(read.ok()) << read.error().ToString();
    }
    database.Run("SET lock_timeout TO 0");
  }
}

TEST(Locks, AStreamLearnsTablesThatAreLocked) {
  Database database;
  database.Run(kTables);
  Reader reader(database);
  reader.Create();
  database.Run("INSERT INTO t (id) VALUES (1); INSERT INTO other DEFAULT VALUES");
  // The server itself opens row types to write their values, and waits for such a lock (F178).
  const Lsn end = database.LogEnd();
  for (int i = 0; i < 200 && SentTo(database, reader.slot()) < end; ++i) {
    database.Run("SELECT pg_sleep(0.1)");
  }
  ASSERT_GE(SentTo(database, reader.slot()), end);
  const Lock lock(database, kLockAll);
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].table->columns[1].default_text, "7");
  EXPECT_EQ(rows[0].table->columns[3].default_text, std::nullopt) << "its type is locked";
  EXPECT_EQ(rows[0].table->columns[5].default_text, "public.other");
  EXPECT_TRUE(rows[1].table->columns[0].default_computed);
  EXPECT_THAT(rows[1].after, ElementsAre("1", "1"));
}

}  // namespace
}  // namespace sluice::testing
