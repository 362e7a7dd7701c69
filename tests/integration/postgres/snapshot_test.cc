#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/postgres/snapshot_plan.h"
#include "adapters/postgres/snapshot_reader.h"
#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using postgres::Connection;
using postgres::SnapshotChunk;
using postgres::SnapshotReader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A table with its leaves, and a slot whose snapshot is exported.
class Snapshot {
 public:
  Snapshot(Database& database, const std::string& table) : database_(database) {
    postgres::Catalogue catalogue(database.connection());
    tables_ = std::move(*catalogue.ReadTables());
    EXPECT_TRUE(catalogue.LearnTypes(postgres::TypesOf(tables_)).ok());
    const auto filter = postgres::TableFilter::Make({});
    postgres::SnapshotTable planned;
    for (const auto& now : tables_) {
      if (now.name == table) {
        planned.table = &book_.Keep(postgres::TableOf(
            now, {database.settings().database, filter.value(), catalogue.types()}));
        for (const auto& leaf : tables_) {
          if (leaf.root == now.id && !leaf.partitioned) planned.leaves.push_back(&leaf);
        }
      }
    }
    planned_.push_back(planned);
    EXPECT_TRUE(replication_.Open(database.settings(), Connection::Kind::kReplication).ok());
    const auto slot =
        postgres::CreateSlot(replication_, {database.Unique("slot"), true, true, false});
    EXPECT_TRUE(slot.ok());
    name_ = slot.value().snapshot;
  }

  [[nodiscard]] std::vector<SnapshotChunk> Plan() const {
    return postgres::PlanSnapshot(planned_, settings, database_.version());
  }
  /// All rows, by the first column.
  std::map<std::string, std::vector<std::string>> Read() {
    std::map<std::string, std::vector<std::string>> rows;
    SnapshotReader reader(database_.settings(), settings);
    const Status opened = reader.Open(name_);
    EXPECT_TRUE(opened.ok()) << opened.error().ToString();
    for (const SnapshotChunk& chunk : Plan()) {
      const Status started = reader.Start(chunk, *planned_[0].table);
      EXPECT_TRUE(started.ok()) << started.error().ToString();
      Row row;
      SnapshotReader::Progress progress = SnapshotReader::Progress::kRow;
      while ((progress = reader.Next(row)) == SnapshotReader::Progress::kRow) {
        std::vector<std::string> values;
        for (const ColumnValue& value : row) {
          values.push_back(value.kind == ColumnValue::Kind::kNull ? "<null>"
                                                                  : std::string(value.text));
        }
        EXPECT_TRUE(rows.emplace(values[0], values).second) << "read twice: " << values[0];
      }
      EXPECT_EQ(progress, SnapshotReader::Progress::kEnd) << reader.failure().detail;
    }
    return rows;
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Table& table() const { return *planned_[0].table; }
  void EndSnapshot() { replication_.Close(); }

  postgres::SnapshotSettings settings;

 private:
  Database& database_;
  postgres::TableBook book_;
  std::vector<postgres::CatalogueTable> tables_;
  std::vector<postgres::SnapshotTable> planned_;
  Connection replication_;
  std::string name_;
};

TEST(SnapshotReader, ReadsEachRowOfThatMomentOnce) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY, v text);"
      "INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 5000) g; ANALYZE t");
  Snapshot snapshot(database, "t");
  snapshot.settings.chunk_pages = 16;
  // Written after the snapshot: none of it may be seen, however the rows move.
  database.Run(
      "DELETE FROM t WHERE id <= 1000; UPDATE t SET v = 'new' WHERE id > 4000;"
      "INSERT INTO t SELECT g, 'late' FROM generate_series(5001, 6000) g");
  if (database.version() >= 140'000) {
    EXPECT_THAT(snapshot.Plan(), SizeIs(::testing::Gt(3U)));
  }
  const auto rows = snapshot.Read();
  ASSERT_EQ(rows.size(), 5'000U);
  for (const auto& [id, values] : rows) ASSERT_EQ(values[1], std::string(100, 'x')) << id;
}

TEST(SnapshotReader, ValuesArriveAsTheyAre) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY, v text, w text, \"Weird\"\"Name\" bytea);"
      "INSERT INTO t VALUES (1, E'tab\\there', E'back\\\\slash\\nline', '\\x00ff'), (2, NULL, '', "
      "NULL), (3, E'\\\\N', E'\\b\\f\\r' || chr(11), ''), (4, 'ende\\', 'täble €', NULL)");
  const auto rows = Snapshot(database, "t").Read();
  EXPECT_THAT(rows.at("1"), ElementsAre("1", "tab\there", "back\\slash\nline", "\\x00ff"));
  EXPECT_THAT(rows.at("2"), ElementsAre("2", "<null>", "", "<null>"));
  EXPECT_THAT(rows.at("3"), ElementsAre("3", "\\N", "\b\f\r\v", "\\x"));
  EXPECT_THAT(rows.at("4"), ElementsAre("4", "ende\\", "täble €", "<null>"));
}

TEST(SnapshotReader, PartitionsAreReadLeafByLeaf) {
  Database database;
  database.Run(
      "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE p2 (v text, id int NOT NULL); ALTER TABLE p ATTACH PARTITION p2 FOR VALUES "
      "FROM (10) TO (20); INSERT INTO p VALUES (1, 'a'), (11, 'b')");
  Snapshot snapshot(database, "p");
  EXPECT_THAT(snapshot.Plan(), SizeIs(2));
  const auto rows = snapshot.Read();
  EXPECT_THAT(rows.at("11"), ElementsAre("11", "b"));
  EXPECT_EQ(rows.size(), 2U);
}

TEST(SnapshotReader, ConditionsChooseRows) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  Snapshot snapshot(database, "t");
  snapshot.settings.conditions["public.t"] = "v = 'b' OR false";
  EXPECT_EQ(snapshot.Read().size(), 1U);
}

// The simple protocol carries out each statement of a text.
TEST(SnapshotReader, AConditionIsNoMoreThanACondition) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a')");
  Snapshot snapshot(database, "t");
  for (const char* condition : {"true)) TO STDOUT; COMMIT; DROP TABLE public.t; COPY (SELECT (1",
                                "true; COMMIT; DROP TABLE public.t"}) {
    snapshot.settings.conditions["public.t"] = condition;
    SnapshotReader reader(database.settings(), snapshot.settings);
    ASSERT_TRUE(reader.Open(snapshot.name()).ok());
    EXPECT_FALSE(reader.Start(snapshot.Plan()[0], snapshot.table()).ok()) << condition;
    EXPECT_EQ(reader.failure().type, "42601") << reader.failure().detail;
  }
  snapshot.settings.conditions.clear();
  EXPECT_EQ(snapshot.Read().size(), 1U);
}

// Without one, values that are names are told as the stream tells them.
TEST(SnapshotReader, AConditionMeansWhatItMeansToItsAuthor) {
  Database database;
  database.Run(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path TO public, ext', "
      "current_database()); END $$; CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;"
      "CREATE TABLE t (id int PRIMARY KEY, status ext.citext, kind regclass);"
      "INSERT INTO t VALUES (1, 'Active', 't'), (2, 'active', 't'), (3, 'gone', 't')");
  Snapshot snapshot(database, "t");
  EXPECT_THAT(snapshot.Read()["1"], ElementsAre("1", "Active", "public.t"));
  snapshot.settings.conditions["public.t"] = "status = 'ACTIVE'";
  EXPECT_THAT(snapshot.Read(), SizeIs(2));
}

TEST(SnapshotReader, AnEndedSnapshotIsToldApart) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Snapshot snapshot(database, "t");
  snapshot.EndSnapshot();
  SnapshotReader reader(database.settings(), snapshot.settings);
  EXPECT_FALSE(reader.Open("00000003-00000001-1").ok());
  EXPECT_EQ(reader.failure().verdict.reason, FailureReason::kSnapshotGone);
}

// A rewritten table is empty to an older snapshot, and reading it is no error.
TEST(SnapshotReader, ATableThatChangedUnderTheSnapshotIsNeverEmpty) {
  for (const char* change :
       {"ALTER TABLE t ALTER n TYPE bigint", "ALTER TABLE t ADD COLUMN r float8 DEFAULT random()",
        "TRUNCATE t", "DROP TABLE t", "DROP TABLE t; CREATE TABLE t (id int, n int)",
        "ALTER TABLE t RENAME TO former; ALTER TABLE u RENAME TO t"}) {
    SCOPED_TRACE(change);
    Database database;
    database.Run(
        "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (id int PRIMARY KEY, n int);"
        "CREATE TABLE other (id int); INSERT INTO t SELECT g, g FROM generate_series(1, 100) g;"
        "INSERT INTO other VALUES (1)");
    Snapshot snapshot(database, "t");
    const Snapshot shape(database, "other");
    const SnapshotChunk chunk = snapshot.Plan()[0];
    const SnapshotChunk other = shape.Plan()[0];
    database.Run(change);
    SnapshotReader reader(database.settings(), snapshot.settings);
    ASSERT_TRUE(reader.Open(snapshot.name()).ok());
    EXPECT_FALSE(reader.Start(chunk, snapshot.table()).ok());
    EXPECT_TRUE(reader.out_of_reach()) << reader.failure().detail;
    // It goes on with the rest, and stands in nobody's way.
    ASSERT_TRUE(reader.Start(other, shape.table()).ok()) << reader.failure().detail;
    EXPECT_FALSE(reader.out_of_reach());
    Row row;
    EXPECT_EQ(reader.Next(row), SnapshotReader::Progress::kRow);
    EXPECT_EQ(reader.Next(row), SnapshotReader::Progress::kEnd);
    database.Run("SET lock_timeout TO 1000; DROP TABLE IF EXISTS t");
  }
}

TEST(SnapshotReader, ATableThatWasReadStaysAsItIsUntilTheEnd) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
  Snapshot snapshot(database, "t");
  database.Run("ALTER TABLE t ADD COLUMN late int; UPDATE t SET late = 1");  // rewrites nothing
  {
    SnapshotReader reader(database.settings(), snapshot.settings);
    ASSERT_TRUE(reader.Open(snapshot.name()).ok());
    ASSERT_TRUE(reader.Start(snapshot.Plan()[0], snapshot.table()).ok());
    Row row;
    EXPECT_EQ(reader.Next(row), SnapshotReader::Progress::kRow);
    EXPECT_EQ(reader.Next(row), SnapshotReader::Progress::kRow);
    EXPECT_EQ(reader.Next(row), SnapshotReader::Progress::kEnd);
    database.Run("SET lock_timeout TO 100");
    EXPECT_FALSE(database.connection().Run("TRUNCATE t", "emptying").ok());
  }
  database.Run("SET lock_timeout TO 0; TRUNCATE t");
}

TEST(SnapshotReader, ABadConditionNamesItsSetting) {
  Database database;
  database.Run("CREATE TABLE t (id int PRIMARY KEY)");
  Snapshot snapshot(database, "t");
  snapshot.settings.conditions["public.t"] = "nonsense(";
  SnapshotReader reader(database.settings(), snapshot.settings);
  ASSERT_TRUE(reader.Open(snapshot.name()).ok());
  EXPECT_FALSE(reader.Start(snapshot.Plan()[0], snapshot.table()).ok());
  EXPECT_THAT(reader.failure().detail, HasSubstr("overrides"));
}

TEST(SnapshotReader, AnErrorInMidTableIsNoEnd) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT g, g FROM "
      "generate_series(1, 2000) g");
  Snapshot snapshot(database, "t");
  snapshot.settings.conditions["public.t"] = "1 / (2000 - n) >= 0";
  SnapshotReader reader(database.settings(), snapshot.settings);
  ASSERT_TRUE(reader.Open(snapshot.name()).ok());
  ASSERT_TRUE(reader.Start(snapshot.Plan()[0], snapshot.table()).ok());
  Row row;
  SnapshotReader::Progress progress = SnapshotReader::Progress::kRow;
  int count = 0;
  while ((progress = reader.Next(row)) == SnapshotReader::Progress::kRow) ++count;
  EXPECT_EQ(progress, SnapshotReader::Progress::kFailed);
  EXPECT_EQ(reader.failure().type, "22012");
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace sluice::testing
