#include "adapters/postgres/chunk_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience{20};

/// A desk whose answers are waited for.
class Desk {
 public:
  Desk(Database& database, const std::string& watermark_prefix)
      : filter_(postgres::TableFilter::Make({}).value()),
        chunks_{3, size_t{1} << 20, watermark_prefix, false},
        desk_({database.settings(), chunks_, filter_, book_, [this] { Wake(); }}) {}

  ChunkAnswer Ask(const ChunkRequest& request) {
    desk_.Ask(request);
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [this] { return awake_; }));
    awake_ = false;
    return desk_.Poll().value_or(ChunkAnswer());
  }
  ChunkRequest Find(const std::string& pattern, const std::string& condition = "") {
    ChunkRequest find;
    find.kind = ChunkRequest::Kind::kFind;
    find.target = {pattern, condition};
    const ChunkAnswer found = Ask(find);
    EXPECT_EQ(found.problem, "");
    ChunkRequest read;
    read.id = "chunk";
    if (!found.found.empty()) read.table = found.found.front();
    return read;
  }
  [[nodiscard]] bool Means(const std::string& pattern, const std::string& name) const {
    return desk_.Means(pattern, name);
  }
  /// The keys of all rows, in chunks of three; each is to come once.
  std::multiset<std::string> ReadAll(ChunkRequest request) {
    std::multiset<std::string> keys;
    constexpr int kChunksMax = 100;
    for (int i = 0; i < kChunksMax; ++i) {
      const ChunkAnswer answer = Ask(request);
      EXPECT_EQ(answer.failure.detail, "");
      request.end_key = answer.end_key;
      for (size_t row = 0; row < answer.rows.size(); ++row) {
        request.after.clear();
        std::string text;
        for (const uint32_t column : answer.key) {
          request.after.emplace_back(answer.rows[row][column].text);
          text += (text.empty() ? "" : "|") + request.after.back();
        }
        keys.insert(text);
      }
      if (answer.last || answer.failure.verdict.disposition != Disposition::kDone) return keys;
    }
    ADD_FAILURE() << "no end";
    return keys;
  }

 private:
  void Wake() {
    {
      const std::lock_guard lock(mutex_);
      awake_ = true;
    }
    changed_.notify_one();
  }

  postgres::TableFilter filter_;
  postgres::ChunkSettings chunks_;
  postgres::TableBook book_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool awake_ = false;  // guarded by mutex_
  postgres::ChunkDesk desk_;
};

class ChunkDeskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (database_.version() < 140'000)
      GTEST_SKIP() << "rows are read while streaming from version 14 on";
    // In a schema that no search path names.
    database_.Run(
        "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION ltree SCHEMA ext");
  }
  /// The keys as the database itself tells them.
  std::multiset<std::string> Expected(const std::string& expression, const std::string& table) {
    std::multiset<std::string> keys;
    const auto rows =
        database_.connection().Query("SELECT " + expression + " FROM " + table, "counting");
    EXPECT_TRUE(rows.ok());
    for (int row = 0; rows.ok() && row < rows->size(); ++row) keys.insert(rows->String(row, 0));
    return keys;
  }
  void ExpectAll(const std::string& table, const std::string& expression) {
    const auto keys = desk_.ReadAll(desk_.Find("public." + table));
    EXPECT_EQ(keys.size(), 40U) << table;
    EXPECT_EQ(keys, Expected(expression, table)) << table;
  }

  Database database_;
  Desk desk_{database_, "test"};
};

struct Key {
  const char* table;
  const char* columns;
  const char* values;      ///< Of 40 rows, by g.
  const char* expression;  ///< The key as one text.
};

/// Where the operators that a bare `>` means order otherwise than the index, or are not there.
constexpr Key kKeys[] = {
    {"ci", "k ext.citext PRIMARY KEY",
     "CASE WHEN g % 2 = 0 THEN upper(md5(g::text)) ELSE md5(g::text) END", "k"},
    {"lt", "k ext.ltree PRIMARY KEY", "('a.' || g)::ext.ltree", "k"},
    {"words", "k text COLLATE \"en-x-icu\" PRIMARY KEY",
     "CASE WHEN g % 2 = 0 THEN upper(md5(g::text)) ELSE md5(g::text) END", "k"},
    {"pair", "k ext.citext, n int, PRIMARY KEY (k, n)",
     "CASE WHEN g % 3 = 0 THEN 'A' WHEN g % 3 = 1 THEN 'b' ELSE 'C' END, g", "k || '|' || n"},
    {"third", "n int, k ext.citext, m int, PRIMARY KEY (n, k, m)",
     "g % 2, CASE WHEN g % 3 = 0 THEN 'A' WHEN g % 3 = 1 THEN 'b' ELSE 'C' END, g",
     "n || '|' || k || '|' || m"},
    {"domain", "k ext.name PRIMARY KEY",
     "CASE WHEN g % 2 = 0 THEN upper(md5(g::text)) ELSE md5(g::text) END", "k"},
    {"plain", "part text, n bigint, PRIMARY KEY (part, n)",
     "CASE WHEN g % 2 = 0 THEN 'x' ELSE 'y' END, g", "part || '|' || n"},
    {"lists", "k int[] PRIMARY KEY", "ARRAY[g % 4, g]", "k"},
    {"moods", "k ext.mood, n int, PRIMARY KEY (k, n)",
     "CASE WHEN g % 2 = 0 THEN 'sad' ELSE 'ok' END::ext.mood, g", "k || '|' || n"},
    {"rows", "k ext.pair PRIMARY KEY", "ROW(g % 4, 'x' || g)::ext.pair", "k"},
};

TEST_F(ChunkDeskTest, EachRowIsReadOnceWhateverComparesTheKey) {
  database_.Run(
      "CREATE DOMAIN ext.name AS ext.citext; CREATE TYPE ext.mood AS ENUM ('sad', 'ok');"
      "CREATE TYPE ext.pair AS (a int, b text)");
  for (const Key& key : kKeys) {
    const std::string table = key.table;
    database_.Run("CREATE TABLE " + table + " (" + key.columns +
                  ", v text DEFAULT 'v'); INSERT INTO " + table + " SELECT " + key.values +
                  " FROM generate_series(1, 40) g");
    ExpectAll(table, key.expression);
  }
}

// Under the column's own collation, or its type's own operators, 'a' and 'A' would be one.
TEST_F(ChunkDeskTest, AnIndexComparesByItsOwnCollationAndClass) {
  database_.Run(
      "CREATE COLLATION same (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
      "CREATE TABLE by_collation (k text COLLATE same NOT NULL);"
      "CREATE UNIQUE INDEX by_collation_k ON by_collation (k COLLATE \"C\");"
      "CREATE TABLE by_class (k ext.citext NOT NULL);"
      "CREATE UNIQUE INDEX by_class_k ON by_class (k text_ops)");
  for (const std::string table : {"by_collation", "by_class"}) {
    database_.Run("ALTER TABLE " + table + " REPLICA IDENTITY USING INDEX " + table +
                  "_k; INSERT INTO " + table +
                  " SELECT CASE WHEN g > 20 THEN upper(k) ELSE k END FROM (SELECT g, chr(97 + g % "
                  "20) AS k FROM generate_series(1, 40) g) AS rows");
    ExpectAll(table, "k");
  }
}

// With their schema, the operators of a text are found for a citext, and fewer rows match.
TEST_F(ChunkDeskTest, AConditionMeansWhatItMeansToItsAuthor) {
  database_.Run(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path TO public, ext', "
      "current_database()); END $$;"
      "CREATE TABLE states (id int PRIMARY KEY, status ext.citext, kind regclass);"
      "INSERT INTO states SELECT g, CASE WHEN g % 2 = 0 THEN 'Active' ELSE 'active' END "
      "FROM generate_series(1, 40) g");
  EXPECT_EQ(desk_.ReadAll(desk_.Find("public.states", "status = 'active'")).size(), 40U);
  EXPECT_EQ(desk_.ReadAll(desk_.Find("public.states", "status = 'gone'")).size(), 0U);
  // A chunk without a condition is read as the stream is, after one with.
  EXPECT_EQ(desk_.ReadAll(desk_.Find("public.states")).size(), 40U);
}

TEST_F(ChunkDeskTest, APatternMeansTheTablesThatItMatches) {
  EXPECT_TRUE(desk_.Means(R"(odd\.(ctk|sp))", "odd.sp"));
  EXPECT_TRUE(desk_.Means("odd.sp", "odd.sp"));
  EXPECT_FALSE(desk_.Means(R"(odd\.(ctk|sp))", "odd.spare"));
  EXPECT_FALSE(desk_.Means("odd.(", "odd.("));
}

// The simple protocol carries out each statement of a text.
TEST_F(ChunkDeskTest, AConditionIsNoMoreThanACondition) {
  database_.Run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 40)");
  for (const char* condition :
       {"true; COMMIT; DROP TABLE public.t", "true\n); COMMIT; DROP TABLE public.t; SELECT (true",
        "true LIMIT 0; COMMIT; DROP TABLE public.t; --", "id = 2) or (id = 3",
        "true)) TO PROGRAM 'true' --", "true ORDER BY 1", "true -- '", "true /*"}) {
    const ChunkAnswer answer = desk_.Ask(desk_.Find("public.t", condition));
    if (std::string_view(condition) == "true -- '") {
      EXPECT_EQ(answer.rows.size(), 3U) << "a comment ends with its line";
      continue;
    }
    EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kReject) << condition;
    EXPECT_THAT(answer.failure.detail, HasSubstr("check the condition")) << condition;
  }
  EXPECT_EQ(desk_.ReadAll(desk_.Find("public.t")).size(), 40U);
}

// Else every later request would wait behind it for ever.
TEST_F(ChunkDeskTest, WhatCannotBeReadIsRefusedAndTheNextIsRead) {
  database_.Run(
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 40);"
      "CREATE SEQUENCE numbers; CREATE FUNCTION raise_it() RETURNS boolean LANGUAGE plpgsql AS "
      "$$ BEGIN RAISE 'not today'; END $$");
  for (const char* condition :
       {"id = (SELECT id FROM public.t)", "id > pg_catalog.nextval('public.numbers')",
        "public.raise_it()", "id / 0 = 1", "nowhere = 1", "id = 'x'"}) {
    const ChunkAnswer answer = desk_.Ask(desk_.Find("public.t", condition));
    EXPECT_EQ(answer.failure.verdict.disposition, Disposition::kReject) << condition;
    EXPECT_THAT(answer.failure.detail, HasSubstr("reading rows of public.t")) << condition;
  }
  EXPECT_EQ(desk_.ReadAll(desk_.Find("public.t")).size(), 40U);
}

}  // namespace
}  // namespace sluice::testing
