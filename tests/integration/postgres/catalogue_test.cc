#include "adapters/postgres/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/postgres/database.h"

namespace sluice::testing {
namespace {

using ::testing::ElementsAre;

Table Read(Database& database, const std::string& name) {
  postgres::Catalogue catalogue(database.connection());
  auto tables = catalogue.ReadTables();
  EXPECT_TRUE(tables.ok()) << tables.error().ToString();
  EXPECT_TRUE(catalogue.LearnTypes(postgres::TypesOf(tables.value())).ok());
  const auto filter = postgres::TableFilter::Make({});
  for (auto& now : tables.value()) {
    if (now.name != name) continue;
    EXPECT_TRUE(catalogue.ReadDefaults(now).ok());
    Table table = postgres::TableOf(
        now, {database.settings().database, filter.value(), catalogue.types(), true});
    const Status refined = catalogue.RefineDefaults(table, now.columns);
    EXPECT_TRUE(refined.ok()) << refined.error().ToString();
    return table;
  }
  ADD_FAILURE() << "no table " << name;
  return {};
}

struct Case {
  const char* type;
  ColumnType wanted;
  const char* name = nullptr;  ///< Null: as declared.
};

/// Every type of the catalogue that has a kind of its own, and some that have none.
constexpr Case kCases[] = {
    {"boolean", ColumnType::kBoolean},
    {"smallint", ColumnType::kInt16},
    {"integer", ColumnType::kInt32},
    {"bigint", ColumnType::kInt64},
    {"oid", ColumnType::kInt64},
    {"real", ColumnType::kFloat32},
    {"double precision", ColumnType::kFloat64},
    {"numeric", ColumnType::kNumeric},
    {"numeric(12,2)", ColumnType::kDecimal},
    {"money", ColumnType::kMoney},
    {"text", ColumnType::kText},
    {"character varying(10)", ColumnType::kText},
    {"character(4)", ColumnType::kText},
    {"bpchar", ColumnType::kText},
    {"\"char\"", ColumnType::kText},
    {"name", ColumnType::kText},
    {"citext", ColumnType::kText},
    {"inet", ColumnType::kText},
    {"cidr", ColumnType::kText},
    {"macaddr8", ColumnType::kText},
    {"int4range", ColumnType::kText},
    {"bytea", ColumnType::kBytes},
    {"bit(3)", ColumnType::kBits},
    {"bit varying(5)", ColumnType::kBits},
    {"bit varying", ColumnType::kBits},
    {"date", ColumnType::kDate},
    {"time(3) without time zone", ColumnType::kTime},
    {"time with time zone", ColumnType::kTimeTz},
    {"timestamp(0) without time zone", ColumnType::kTimestamp},
    {"timestamp with time zone", ColumnType::kTimestampTz},
    {"interval", ColumnType::kInterval},
    {"uuid", ColumnType::kUuid},
    {"json", ColumnType::kJson},
    {"jsonb", ColumnType::kJson},
    {"xml", ColumnType::kXml},
    {"mood", ColumnType::kEnum},
    {"hstore", ColumnType::kHstore},
    {"ltree", ColumnType::kLtree},
    {"tsvector", ColumnType::kTsvector},
    {"point", ColumnType::kPoint},
    {"box", ColumnType::kBox},
    {"lseg", ColumnType::kLineSegment},
    {"path", ColumnType::kPath},
    {"polygon", ColumnType::kPolygon},
    {"circle", ColumnType::kCircle},
    {"line", ColumnType::kLine},
    {"pair", ColumnType::kComposite},
    {"email", ColumnType::kText},
    {"price", ColumnType::kDecimal},
    {"tsquery", ColumnType::kOther},
    {"pg_lsn", ColumnType::kOther},
    {"int2vector", ColumnType::kOther},
    {"xid", ColumnType::kOther},
};

TEST(Catalogue, KnowsEachTypeAndItsArray) {
  Database database;
  database.Run(
      "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;"
      "CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TYPE mood ADD VALUE 'happy' BEFORE 'ok';"
      "CREATE TYPE pair AS (a int, b int); CREATE DOMAIN email AS varchar(40);"
      "CREATE DOMAIN money_base AS numeric(9,3); CREATE DOMAIN price AS money_base");
  std::string columns;
  int number = 0;
  for (const Case& row : kCases) {
    const std::string name = "c" + std::to_string(number++);
    columns += std::string(columns.empty() ? "" : ", ") + name + " " + row.type + ", " + name +
               "_many " + row.type + "[]";
  }
  database.Run("CREATE TABLE every (" + columns + ")");
  const Table table = Read(database, "every");
  ASSERT_EQ(table.columns.size(), 2 * std::size(kCases));
  for (size_t i = 0; i < std::size(kCases); ++i) {
    const Column& one = table.columns[2 * i];
    const Column& many = table.columns[2 * i + 1];
    EXPECT_EQ(one.type, kCases[i].wanted) << kCases[i].type;
    EXPECT_FALSE(one.array) << kCases[i].type;
    EXPECT_EQ(many.type, kCases[i].wanted) << kCases[i].type;
    EXPECT_TRUE(many.array) << kCases[i].type;
    EXPECT_EQ(one.type_name, kCases[i].type);
    EXPECT_EQ(many.type_name, std::string(kCases[i].type) + "[]");
    if (one.type == ColumnType::kEnum) {
      EXPECT_THAT(one.allowed, ElementsAre("sad", "happy", "ok"));
    }
  }
}

TEST(Catalogue, DefaultsHaveTheFormOfTheirColumns) {
  Database database;
  database.Run(
      "CREATE DOMAIN price AS numeric(10,2);"
      "CREATE TABLE d (a numeric(10,2) DEFAULT 0, b char(4) DEFAULT 'z', c boolean DEFAULT true,"
      "d timestamptz DEFAULT '2020-01-01 02:00+02', e timestamptz DEFAULT now(), f int DEFAULT -1,"
      "g text DEFAULT 'it''s', h bytea DEFAULT '\\x00ff', i int[] DEFAULT '{1,2}', j serial,"
      "k int GENERATED ALWAYS AS (2 * 21) STORED, l text, m price DEFAULT 1, n text DEFAULT '',"
      "o int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, p float8 DEFAULT 'NaN')");
  const Table table = Read(database, "d");
  const auto text = [&table](size_t i) {
    return table.columns[i].default_computed ? "<computed>"
                                             : table.columns[i].default_text.value_or("<none>");
  };
  EXPECT_EQ(text(0), "0.00");
  EXPECT_EQ(text(1), "z   ");
  EXPECT_EQ(text(2), "t");
  EXPECT_EQ(text(3), "2020-01-01 00:00:00+00");
  EXPECT_EQ(text(4), "<computed>");
  EXPECT_EQ(text(5), "-1");
  EXPECT_EQ(text(6), "it's");
  EXPECT_EQ(text(7), "\\x00ff");
  EXPECT_EQ(text(8), "{1,2}");
  EXPECT_EQ(text(9), "<computed>");
  EXPECT_EQ(text(10), "<none>");
  EXPECT_TRUE(table.columns[10].generated);
  EXPECT_EQ(text(11), "<none>");
  EXPECT_EQ(text(12), "1.00");
  EXPECT_EQ(text(13), "");
  EXPECT_EQ(text(14), "<none>");
  EXPECT_EQ(text(15), "NaN");
  EXPECT_FALSE(table.columns[14].optional);
  EXPECT_THAT(table.key, ElementsAre(14));
}

TEST(Catalogue, KeysOfIndexesLeaveOutWhatIsOnlyIncluded) {
  Database database;
  database.Run(
      "CREATE TABLE t (a int, b int, c int, PRIMARY KEY (b, a) INCLUDE (c));"
      "CREATE TABLE d (a int PRIMARY KEY DEFERRABLE)");
  EXPECT_THAT(Read(database, "t").key, ElementsAre(1, 0));
  EXPECT_THAT(Read(database, "d").key, ElementsAre(0));
}

TEST(Catalogue, AUniqueIndexThatIdentifiesRowsIsAKey) {
  Database database;
  database.Run(
      "CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int);"
      "CREATE UNIQUE INDEX a_partial ON t (a) WHERE c > 0;"
      "CREATE UNIQUE INDEX b_expression ON t ((a + 1));"
      "CREATE UNIQUE INDEX c_nullable ON t (a, c);"
      "ALTER TABLE t ADD CONSTRAINT d_deferrable UNIQUE (a) DEFERRABLE;"
      "CREATE INDEX e_plain ON t (a);"
      "CREATE TABLE k (a int NOT NULL UNIQUE, b int PRIMARY KEY)");
  EXPECT_THAT(Read(database, "t").key, ElementsAre());
  database.Run("CREATE UNIQUE INDEX z ON t (b, a) INCLUDE (c); CREATE UNIQUE INDEX zz ON t (a)");
  EXPECT_THAT(Read(database, "t").key, ElementsAre(1, 0));
  EXPECT_THAT(Read(database, "k").key, ElementsAre(1));
}

TEST(Catalogue, ATypeThatOnlyLooksBuiltInIsNot) {
  Database database;
  database.Run("CREATE TYPE \"date\" AS (a int); CREATE TABLE t (d public.\"date\", e date)");
  const Table table = Read(database, "t");
  EXPECT_EQ(table.columns[0].type, ColumnType::kComposite);
  EXPECT_EQ(table.columns[1].type, ColumnType::kDate);
}

}  // namespace
}  // namespace sluice::testing
