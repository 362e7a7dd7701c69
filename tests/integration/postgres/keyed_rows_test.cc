#include "adapters/postgres/keyed_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class KeyedRowsTest : public ::testing::Test {
 protected:
  KeyedRowsTest()
      : filter_(postgres::TableFilter::Make({}).value()), rows_(database_.settings(), filter_) {
    database_.Run(
        "CREATE TABLE orders (note text, no int, part text, PRIMARY KEY (part, no));"
        "INSERT INTO orders SELECT 'n' || g, g, CASE WHEN g > 3 THEN 'it''s' ELSE 'a' END "
        "FROM generate_series(1, 7) g");
    Describe();
  }

  void Describe() {
    auto shape = rows_.Describe("public", "orders");
    ASSERT_TRUE(shape.ok()) << shape.error().ToString();
    shape_ = std::move(*shape);
    rows_.Use(shape_);
  }
  postgres::KeyedRows::Take Note(std::vector<std::string>& notes) {
    return [&notes](Row row, std::string_view) { notes.emplace_back(row[0].text); };
  }
  std::string Writer(const std::string& no) {
    std::string writer;
    const std::vector<std::vector<std::string>> keys = {{"a", no}};
    EXPECT_TRUE(
        rows_.Find({"part", "no"}, keys, [&](Row, std::string_view said) { writer = said; }).ok());
    return writer;
  }

  Database database_;
  postgres::TableFilter filter_;
  postgres::KeyedRows rows_;
  Table shape_;
};

TEST_F(KeyedRowsTest, RangesGoThroughTheKeyInItsOrder) {
  std::vector<std::string> notes;
  std::vector<size_t> counts;
  for (;;) {
    const auto count = rows_.NextRange(3, Note(notes));
    ASSERT_TRUE(count.ok()) << count.error().ToString();
    if (*count == 0) break;
    counts.push_back(*count);
  }
  EXPECT_THAT(notes, ElementsAre("n1", "n2", "n3", "n4", "n5", "n6", "n7"));
  EXPECT_THAT(counts, ElementsAre(3U, 3U, 1U));
}

// Else a table that grows as fast as it is read would never be done.
TEST_F(KeyedRowsTest, RowsBehindWhatWasLastInTheBeginningAreNotRead) {
  std::vector<std::string> notes;
  ASSERT_TRUE(rows_.NextRange(3, Note(notes)).ok());
  database_.Run("INSERT INTO orders VALUES ('late', 1, 'z'), ('between', 100, 'a')");
  while (*rows_.NextRange(3, Note(notes)) > 0) {
  }
  EXPECT_THAT(notes, ElementsAre("n1", "n2", "n3", "between", "n4", "n5", "n6", "n7"));
  notes.clear();
  rows_.Restart();
  while (*rows_.NextRange(100, Note(notes)) > 0) {
  }
  EXPECT_EQ(notes.size(), 9U);
}

TEST_F(KeyedRowsTest, RowsAreFoundByKeyAndThoseThatAreNotThereAreNot) {
  std::vector<std::string> notes;
  const std::vector<std::vector<std::string>> keys = {{"it's", "5"}, {"a", "5"}, {"a", "1"}};
  ASSERT_TRUE(rows_.Find({"part", "no"}, keys, Note(notes)).ok());
  EXPECT_THAT(notes, ::testing::UnorderedElementsAre("n5", "n1"));
}

TEST_F(KeyedRowsTest, AnotherVersionOfARowHasAnotherWriter) {
  const std::string before = Writer("1");
  EXPECT_EQ(Writer("1"), before);
  database_.Run("UPDATE orders SET note = note WHERE no = 1");
  EXPECT_NE(Writer("1"), before);
  EXPECT_NE(before, "");
}

TEST_F(KeyedRowsTest, NowIsBehindEveryCommitThatCouldBeSeen) {
  const Lsn end = database_.LogEnd();
  database_.Run("SET synchronous_commit = off; UPDATE orders SET note = 'x'");
  const auto now = rows_.Now();
  ASSERT_TRUE(now.ok()) << now.error().ToString();
  EXPECT_GT(*now, end);
  // All of it is on disk, and readers of the log get it.
  EXPECT_EQ(database_.Run("SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0') >= " +
                          std::to_string(now->value)),
            "t");
}

TEST_F(KeyedRowsTest, NobodyWritesWhileTheTableIsLocked) {
  ASSERT_TRUE(rows_.Lock().ok());
  std::vector<std::string> notes;
  const std::vector<std::vector<std::string>> keys = {{"a", "1"}};
  EXPECT_TRUE(rows_.Find({"part", "no"}, keys, Note(notes)).ok());
  EXPECT_TRUE(rows_.LogEnd().ok());
  const auto refused = database_.connection().Run(
      "SET lock_timeout = '100ms'; INSERT INTO orders VALUES ('new', 9, 'a')", "inserting");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().what, HasSubstr("lock timeout"));
  ASSERT_TRUE(rows_.Unlock().ok());
  database_.Run("INSERT INTO orders VALUES ('new', 9, 'a')");
}

TEST_F(KeyedRowsTest, ALockThatIsNotToBeHadIsAnErrorAndLeavesTheSessionUsable) {
  database_.Run("BEGIN; INSERT INTO orders VALUES ('new', 9, 'a')");
  EXPECT_FALSE(rows_.Lock().ok());
  EXPECT_TRUE(rows_.Unlock().ok());
  EXPECT_TRUE(rows_.Now().ok());
  database_.Run("ROLLBACK");
}

TEST_F(KeyedRowsTest, AColumnThatCameLaterIsThereAfterDescribing) {
  database_.Run("ALTER TABLE orders ADD COLUMN more int DEFAULT 5");
  Describe();
  EXPECT_EQ(shape_.columns.size(), 4U);
}

TEST_F(KeyedRowsTest, WhatIsNotThereOrHasNoOrderIsAnError) {
  EXPECT_FALSE(rows_.Describe("public", "nothing").ok());
  database_.Run("CREATE TABLE keyless (a int)");
  const auto keyless = rows_.Describe("public", "keyless");
  ASSERT_FALSE(keyless.ok());
  EXPECT_THAT(keyless.error().ToString(), HasSubstr("no primary key"));
}

// A bare `>` would be that of text, another order than that of the index: ranges would not join up.
TEST_F(KeyedRowsTest, RangesGoThroughAnyKey) {
  database_.Run(
      "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION ltree "
      "SCHEMA ext");
  const std::pair<const char*, const char*> keys[] = {
      {"k ext.citext PRIMARY KEY",
       "CASE WHEN g % 2 = 0 THEN upper(md5(g::text)) ELSE md5(g::text) END, g"},
      {"k ext.ltree PRIMARY KEY", "('a.' || g)::ext.ltree, g"},
      {"k ext.citext, n int, PRIMARY KEY (k, n)", "CASE WHEN g % 2 = 0 THEN 'A' ELSE 'b' END, g"},
  };
  for (const auto& [columns, values] : keys) {
    const bool single = std::string(columns).find("n int") == std::string::npos;
    database_.Run("DROP TABLE IF EXISTS odd; CREATE TABLE odd (" + std::string(columns) +
                  (single ? ", n int" : "") + "); INSERT INTO odd SELECT " + values +
                  " FROM generate_series(1, 40) g");
    auto shape = rows_.Describe("public", "odd");
    ASSERT_TRUE(shape.ok()) << shape.error().ToString();
    rows_.Use(*shape);
    rows_.Restart();
    std::vector<std::string> found;
    std::vector<std::vector<std::string>> asked;
    for (;;) {
      const auto count = rows_.NextRange(3, [&](Row row, std::string_view) {
        found.emplace_back(row[1].text);
        asked.push_back({std::string(row[0].text)});
        if (!single) asked.back().emplace_back(row[1].text);
      });
      ASSERT_TRUE(count.ok()) << count.error().ToString();
      if (*count == 0) break;
    }
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 40U) << columns;
    EXPECT_EQ(found.size(), 40U) << columns;
    std::vector<std::string> names = {"k"};
    if (!single) names.emplace_back("n");
    found.clear();
    const Status status = rows_.Find(names, asked, Note(found));
    ASSERT_TRUE(status.ok()) << status.error().ToString();
    EXPECT_EQ(found.size(), 40U) << columns;
    // By a column that no index has.
    found.clear();
    const std::vector<std::vector<std::string>> one = {{"7"}};
    ASSERT_TRUE(rows_.Find({"n"}, one, Note(found)).ok());
    EXPECT_EQ(found.size(), 1U) << columns;
  }
}

TEST_F(KeyedRowsTest, PartitionsAreReadThroughTheirTable) {
  database_.Run(
      "CREATE TABLE part (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST "
      "(region); CREATE TABLE part_eu PARTITION OF part FOR VALUES IN ('eu'); CREATE TABLE part_us "
      "PARTITION OF part FOR VALUES IN ('us'); INSERT INTO part VALUES (1, 'eu'), (2, 'us')");
  auto shape = rows_.Describe("public", "part");
  ASSERT_TRUE(shape.ok()) << shape.error().ToString();
  rows_.Use(*shape);
  std::vector<std::string> ids;
  const auto count = rows_.NextRange(10, Note(ids));
  ASSERT_TRUE(count.ok()) << count.error().ToString();
  EXPECT_THAT(ids, ElementsAre("1", "2"));
}

}  // namespace
}  // namespace sluice::testing
