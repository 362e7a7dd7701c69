// Changes of columns whose types are others, or gone, by the time that they are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What the changes of a table with types of its own look like when the types are gone by the time
// that the changes are read. `known`: an earlier run has told such changes.
std::vector<KeptChange> ReadAfterDrops(Reader& reader, Database& database, bool known) {
  database.Run(
      "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN price AS numeric(10,2);"
      "CREATE DOMAIN amount AS int; CREATE TYPE pair AS (a int, b text);"
      "CREATE TABLE t (id int PRIMARY KEY, m mood, ms mood[], p price, n amount, c pair)");
  reader.Create();
  if (known) {
    database.Run("INSERT INTO t VALUES (1)");
    reader.ReadRows(1);
  }
  reader.Close();
  database.Run("INSERT INTO t VALUES (2, 'sad', '{sad,glad}', 1.50, 7, '(1,x)')");
  database.Run(
      "ALTER TABLE t DROP m, DROP ms, DROP p, DROP n, DROP c;"
      "DROP TYPE mood; DROP DOMAIN price, amount; DROP TYPE pair");
  if (!known) reader.Forget();
  reader.Open();
  return reader.ReadRows(known ? 2 : 1);  // nothing was acknowledged
}

TEST(ReplicationStream, TypesThatWereDroppedStayWhatARunHasLearned) {
  Database database;
  Reader reader(database);
  const auto rows = ReadAfterDrops(reader, database, true);
  ASSERT_FALSE(rows.empty());
  const auto& columns = rows.back().table->columns;
  ASSERT_EQ(columns.size(), 6U);
  EXPECT_THAT(rows.back().after, ElementsAre("2", "sad", "{sad,glad}", "1.50", "7", "(1,x)"));
  EXPECT_EQ(columns[1].type, ColumnType::kEnum);
  EXPECT_TRUE(columns[2].array);
  EXPECT_EQ(columns[3].type, ColumnType::kDecimal);
  EXPECT_EQ(columns[3].scale, 2);
  EXPECT_EQ(columns[5].type, ColumnType::kComposite);
  EXPECT_TRUE(reader.untyped().empty()) << reader.untyped().front();
}

TEST(ReplicationStream, TypesThatWereDroppedBeforeAProcessLearnedThemAreToldOf) {
  Database database;
  Reader reader(database);
  const auto rows = ReadAfterDrops(reader, database, false);
  ASSERT_FALSE(rows.empty());
  const auto& columns = rows.back().table->columns;
  ASSERT_EQ(columns.size(), 6U);
  EXPECT_THAT(rows.back().after, ElementsAre("2", "sad", "{sad,glad}", "1.50", "7", "(1,x)"));
  for (const size_t i : {1U, 2U, 3U, 5U}) EXPECT_TRUE(columns[i].untyped) << columns[i].name;
  EXPECT_EQ(columns[4].type, ColumnType::kInt32) << "a domain is told by what it is made of";
  EXPECT_FALSE(columns[4].untyped);
  EXPECT_THAT(reader.untyped(),
              ElementsAre(HasSubstr("m (mood), ms (_mood), p (numeric), c (pair)")));
}

TEST(ReplicationStream, AKeyOfATypeThatIsGoneHalts) {
  Database database;
  database.Run("CREATE DOMAIN code AS numeric(10,2); CREATE TABLE k (id code PRIMARY KEY)");
  Reader reader(database);
  reader.Create();
  reader.Close();
  database.Run("INSERT INTO k VALUES (1.50)");
  database.Run("ALTER TABLE k ALTER id TYPE text; DROP DOMAIN code");
  reader.Forget();
  reader.Open();
  SourceChange change;
  EXPECT_TRUE(reader.TurnUntil([&reader, &change] {
    return reader.stream().Next(change) == ChangeSource::Progress::kFailed;
  }));
  EXPECT_EQ(reader.stream().failure().verdict.disposition, Disposition::kHalt);
  EXPECT_THAT(reader.stream().failure().detail, HasSubstr("public.k"));
}

// What the server does that makes publications of leaves a gap (F100).
TEST(ReplicationStream, LeavesThatArePublishedWithoutTheirTableAreToldAsThemselves) {
  Database database;
  database.Run(
      "CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id);"
      "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10)");
  postgres::PublicationSettings publication;
  publication.name = "leaves";
  publication.mode = postgres::PublicationMode::kDisabled;
  publication.via_partition_root = true;
  database.Run("CREATE PUBLICATION leaves FOR TABLE t1 WITH (publish_via_partition_root = true)");
  Reader reader(database, {}, publication);
  reader.Create();
  database.Run("INSERT INTO t VALUES (1)");
  const auto rows = reader.ReadRows(1);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].table->name, "t1");
}

TEST(ReplicationStream, OldRowsHaveTheLabelsOfTheirTime) {
  Database database;
  database.Run(
      "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TABLE t (id int PRIMARY KEY, m mood);"
      "INSERT INTO t VALUES (1, 'glad')");
  Reader reader(database);
  reader.Create();
  reader.Close();
  database.Run("INSERT INTO t VALUES (2, 'glad')");
  database.Run("ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'");
  database.Run("INSERT INTO t VALUES (3, 'happy')");
  reader.Open();
  const auto rows = reader.ReadRows(2);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].after, ElementsAre("2", "glad"));
  EXPECT_THAT(rows[1].after, ElementsAre("3", "happy"));
  EXPECT_EQ(database.Run("SELECT m FROM t WHERE id = 2"), "happy") << "and nobody tells that";
}

}  // namespace
}  // namespace sluice::testing
