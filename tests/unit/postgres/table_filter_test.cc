#include "adapters/postgres/table_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TableFilter Make(const FilterSettings& settings) {
  auto filter = TableFilter::Make(settings);
  EXPECT_TRUE(filter.ok()) << (filter.ok() ? "" : filter.error().ToString());
  return std::move(*filter);
}

TEST(TableFilter, WithoutListsTakesAllButTheDatabasesOwn) {
  const TableFilter filter = Make({});
  EXPECT_TRUE(filter.TakesTable("public", "users"));
  EXPECT_FALSE(filter.TakesTable("pg_catalog", "pg_class"));
  EXPECT_FALSE(filter.TakesTable("information_schema", "tables"));
  EXPECT_FALSE(filter.TakesTable("pg_temp_3", "t"));
  EXPECT_TRUE(filter.TakesTable("pgx", "t"));
}

TEST(TableFilter, ExpressionsMatchWholeNamesOfEitherCase) {
  FilterSettings settings;
  settings.table_include = " public\\.users , SHOP\\..* ";
  const TableFilter filter = Make(settings);
  EXPECT_TRUE(filter.TakesTable("public", "users"));
  EXPECT_TRUE(filter.TakesTable("public", "Users"));
  EXPECT_TRUE(filter.TakesTable("shop", "orders"));
  EXPECT_FALSE(filter.TakesTable("public", "users_old"));
  EXPECT_FALSE(filter.TakesTable("xpublic", "users"));
}

TEST(TableFilter, ExcludedSchemasTablesAndColumnsAreLeftOut) {
  FilterSettings settings;
  settings.schema_exclude = "audit.*";
  settings.table_exclude = "public\\.tmp_.*";
  settings.column_exclude = "public\\.users\\.(password|ssn)";
  const TableFilter filter = Make(settings);
  EXPECT_FALSE(filter.TakesTable("audit_2", "log"));
  EXPECT_FALSE(filter.TakesTable("public", "tmp_1"));
  EXPECT_TRUE(filter.TakesTable("public", "users"));
  EXPECT_FALSE(filter.TakesColumn("public", "users", "SSN"));
  EXPECT_TRUE(filter.TakesColumn("public", "users", "name"));
}

TEST(TableFilter, ACommaInsideAnExpressionIsEscaped) {
  FilterSettings settings;
  settings.table_include = "public\\.t\\d{1\\,3},public\\.u";
  const TableFilter filter = Make(settings);
  EXPECT_TRUE(filter.TakesTable("public", "t123"));
  EXPECT_FALSE(filter.TakesTable("public", "t1234"));
  EXPECT_TRUE(filter.TakesTable("public", "u"));
}

TEST(TableFilter, ExpressionsAreJavasAndCountCharacters) {
  FilterSettings settings;
  settings.table_include =
      R"(public\.\Qa$b\E,public\.[\p{L}]+code,\Apublic\.compk\z,public..n.code)";
  settings.column_exclude = "public.us.r.pw";
  const TableFilter filter = Make(settings);
  EXPECT_TRUE(filter.TakesTable("public", "a$b"));
  EXPECT_TRUE(filter.TakesTable("public", "äcode"));
  EXPECT_TRUE(filter.TakesTable("public", "compk"));
  EXPECT_TRUE(filter.TakesTable("public", "ünïcode"));
  EXPECT_FALSE(filter.TakesColumn("public", "usér", "pw"));
}

TEST(TableFilter, WhatCannotBeSaidIsNotSaid) {
  FilterSettings settings;
  settings.table_exclude = R"(public\.(a+)+[bc])";
  const TableFilter filter = Make(settings);
  EXPECT_THROW(static_cast<void>(filter.TakesTable("public", std::string(60, 'a'))),
               pattern::MatchFailure);
}

TEST(TableFilter, MessageKeysNameColumnsByTable) {
  FilterSettings settings;
  settings.message_key_columns = "public\\.(?:a|b):x,y; shop\\.c : z";
  const TableFilter filter = Make(settings);
  EXPECT_THAT(*filter.KeyOf("public", "b"), ElementsAre("x", "y"));
  EXPECT_THAT(*filter.KeyOf("shop", "c"), ElementsAre("z"));
  EXPECT_FALSE(filter.KeyOf("public", "c").has_value());
}

TEST(TableFilter, RefusesWhatItCannotDo) {
  FilterSettings both;
  both.table_include = "a";
  both.table_exclude = "b";
  EXPECT_THAT(TableFilter::Make(both).error().what, HasSubstr("both set"));
  FilterSettings broken;
  broken.column_include = "a(";
  EXPECT_THAT(TableFilter::Make(broken).error().what, HasSubstr("column.include.list"));
  FilterSettings crossed;
  crossed.table_include = "public\\.[a-z&&[^x]]+pk";
  EXPECT_THAT(TableFilter::Make(crossed).error().what, HasSubstr("&&"));
  FilterSettings key;
  key.message_key_columns = "public.t";
  EXPECT_THAT(TableFilter::Make(key).error().what, HasSubstr("names no columns"));
}

}  // namespace
}  // namespace sluice::postgres
