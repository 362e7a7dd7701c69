#include "adapters/postgres/chunk_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/postgres/key_parts.h"

namespace sluice::testing {
namespace {

using postgres::CatalogueTable;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

CatalogueTable Orders() {
  CatalogueTable table;
  table.schema = "public";
  table.name = "Orders";
  const auto add = [&table](const char* name) {
    postgres::CatalogueColumn& column = table.columns.emplace_back();
    column.number = static_cast<int32_t>(table.columns.size());
    column.name = name;
  };
  add("part");
  add("no\"1");
  add("total");
  table.primary_key = {2, 1};
  table.identity_index = {3};
  table.primary_key_id = 11;
  table.identity_index_id = 13;
  return table;
}

TEST(ChunkSql, ReadsByWhatOldRowsHold) {
  CatalogueTable table = Orders();
  EXPECT_THAT(postgres::PagingKey(table), ElementsAre("no\"1", "part"));
  table.identity = 'f';
  EXPECT_THAT(postgres::PagingKey(table), ElementsAre("no\"1", "part"));
  table.identity = 'i';
  EXPECT_THAT(postgres::PagingKey(table), ElementsAre("total"));
  EXPECT_EQ(postgres::PagingIndex(table), 13U);
  table.identity = 'd';
  EXPECT_EQ(postgres::PagingIndex(table), 11U);
  table.primary_key.clear();
  EXPECT_THAT(postgres::PagingKey(table), IsEmpty());
}

TEST(ChunkSql, NamesAndValuesAreQuoted) {
  const CatalogueTable table = Orders();
  const postgres::KeyOrder key = {MakePart("no\"1", "s", "t"), MakePart("part", "s", "u")};
  const std::string condition = "total > 5";
  Table shape;
  shape.columns.resize(2);
  shape.columns[0].name = "no\"1";
  shape.columns[1].name = "part";
  EXPECT_EQ(postgres::EndKeyStatement({table, key, condition}),
            R"(SELECT "no""1", "part" FROM ONLY )"
            R"("public"."Orders" WHERE (total > 5)"
            "\n)"
            R"( ORDER BY "no""1" USING OPERATOR(s.>), "part" USING OPERATOR(s.>) LIMIT 1)");
  EXPECT_EQ(
      postgres::ChunkStatement({table, key, condition}, shape, {"it's", "1"}, {"z", "9"}, 10),
      R"(COPY (SELECT "no""1", "part" FROM ONLY )"
      R"("public"."Orders" WHERE ("no""1", "part") OPERATOR(s.<=) ('z'::s.t, '9'::s.u) AND )"
      R"(("no""1", "part") OPERATOR(s.>) ('it''s'::s.t, '1'::s.u) AND (total > 5)"
      "\n)"
      R"( ORDER BY "no""1" USING OPERATOR(s.<), "part" USING OPERATOR(s.<) LIMIT 10) TO STDOUT)");
}

TEST(ChunkSql, AConditionIsTriedWithoutParentheses) {
  const CatalogueTable table = Orders();
  const std::string condition = "total > 5 -- not more";
  EXPECT_EQ(postgres::ConditionStatement({table, {}, condition}),
            "SELECT FROM ONLY \"public\".\"Orders\" WHERE "
            "total > 5 -- not more\nLIMIT 0");
}

TEST(ChunkSql, APartitionedTableIsReadWithItsPartitions) {
  CatalogueTable table = Orders();
  table.partitioned = true;
  EXPECT_EQ(postgres::EndKeyStatement({table, {MakePart("part", "s", "t")}, ""}),
            R"(SELECT "part" FROM "public"."Orders" ORDER BY "part" USING OPERATOR(s.>) LIMIT 1)");
}

TEST(ChunkSql, ReadsWhatWasVisible) {
  const auto visible = postgres::ParseVisible("10:20:14,10");
  ASSERT_TRUE(visible);
  EXPECT_EQ(visible->end, 20U);
  EXPECT_THAT(visible->running, ElementsAre(10, 14));
  EXPECT_THAT(postgres::ParseVisible("20:20:")->running, IsEmpty());
  EXPECT_FALSE(postgres::ParseVisible("20"));
  EXPECT_FALSE(postgres::ParseVisible("20:x:"));
  EXPECT_FALSE(postgres::ParseVisible("20:30:1;2"));
}

}  // namespace
}  // namespace sluice::testing
