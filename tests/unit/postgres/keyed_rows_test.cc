#include "adapters/postgres/keyed_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/postgres/key_parts.h"

namespace sluice::testing {
namespace {

using postgres::CatalogueTable;
using postgres::RangeKey;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

CatalogueTable Orders() {
  CatalogueTable table;
  table.schema = "public";
  table.name = "Orders";
  for (const char* name : {"part", "no\"1", "total"}) {
    postgres::CatalogueColumn& column = table.columns.emplace_back();
    column.number = static_cast<int32_t>(table.columns.size());
    column.name = name;
  }
  table.primary_key = {2, 1};
  return table;
}

Table ShapeOf(std::vector<const char*> columns) {
  Table shape;
  for (const char* name : columns) shape.columns.emplace_back().name = name;
  return shape;
}

TEST(KeyedRows, RangesGoByThePrimaryKeyElseByAnIndexThatIdentifiesRows) {
  CatalogueTable table = Orders();
  table.unique_index = {3};
  table.primary_key_id = 11;
  table.unique_index_id = 13;
  EXPECT_EQ(postgres::RangeIndex(table), 11U);
  EXPECT_THAT(RangeKey(table), ElementsAre("no\"1", "part"));
  table.primary_key.clear();
  EXPECT_THAT(RangeKey(table), ElementsAre("total"));
  EXPECT_EQ(postgres::RangeIndex(table), 13U);
  table.unique_index.clear();
  EXPECT_THAT(RangeKey(table), IsEmpty());
}

TEST(KeyedRows, ARangeIsBoundAtBothEndsAndQuoted) {
  const CatalogueTable table = Orders();
  const Table shape = ShapeOf({"part", "total"});
  const postgres::KeyOrder key = {MakePart("no\"1", "s", "t"), MakePart("part", "s", "u")};
  EXPECT_EQ(
      postgres::RangeStatement({table, shape, key}, {}, {"9", "z"}, 10),
      "COPY (SELECT \"part\", \"total\", xmin FROM ONLY \"public\".\"Orders\" WHERE "
      "(\"no\"\"1\", \"part\") OPERATOR(s.<=) ('9'::s.t, 'z'::s.u) ORDER BY \"no\"\"1\" USING "
      "OPERATOR(s.<), \"part\" USING OPERATOR(s.<) LIMIT 10) TO STDOUT");
  EXPECT_EQ(postgres::RangeStatement({table, shape, key}, {"1", "it's"}, {"9", "z"}, 10),
            "COPY (SELECT \"part\", \"total\", xmin FROM ONLY \"public\".\"Orders\" WHERE "
            "(\"no\"\"1\", \"part\") OPERATOR(s.<=) ('9'::s.t, 'z'::s.u) AND (\"no\"\"1\", "
            "\"part\") OPERATOR(s.>) ('1'::s.t, 'it''s'::s.u) ORDER BY \"no\"\"1\" USING "
            "OPERATOR(s.<), \"part\" USING OPERATOR(s.<) LIMIT 10) TO STDOUT");
}

TEST(KeyedRows, APartitionedTableIsReadWithItsPartitions) {
  CatalogueTable table = Orders();
  table.partitioned = true;
  const Table shape = ShapeOf({"part"});
  const postgres::KeyOrder key = {MakePart("part", "s", "t")};
  const std::vector<std::vector<std::string>> keys = {{"a"}, {"b"}};
  EXPECT_EQ(postgres::KeysStatement({table, shape, key}, key, keys),
            "COPY (SELECT \"part\", xmin FROM \"public\".\"Orders\" WHERE \"part\" "
            "OPERATOR(s.=) ANY (ARRAY['a', 'b']::s.t[])) TO STDOUT");
}

TEST(KeyedRows, RowsAreFoundByNullsToo) {
  CatalogueTable table = Orders();
  const Table shape = ShapeOf({"part"});
  const postgres::KeyOrder key = {MakePart("part", "s", "t")};
  const std::vector<std::vector<std::string>> keys = {{"a"}};
  const std::vector<std::string> nulls = {"no\"1", "b"};
  const std::string read = "COPY (SELECT \"part\", xmin FROM ONLY \"public\".\"Orders\" WHERE ";
  EXPECT_EQ(postgres::KeysStatement({table, shape, key}, key, keys, nulls),
            read +
                "\"part\" OPERATOR(s.=) ANY (ARRAY['a']::s.t[]) AND \"no\"\"1\" IS NULL AND "
                "\"b\" IS NULL) TO STDOUT");
  const std::vector<std::vector<std::string>> nothing = {{}};
  EXPECT_EQ(postgres::KeysStatement({table, shape, key}, {}, nothing, nulls),
            read + "\"no\"\"1\" IS NULL AND \"b\" IS NULL) TO STDOUT");
}

}  // namespace
}  // namespace sluice::testing
