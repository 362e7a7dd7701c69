#include "adapters/postgres/gap_reader.h"

#include <gtest/gtest.h>

namespace sluice::testing {
namespace {

using postgres::GapReader;
using Kind = ColumnValue::Kind;

Table Sample() {
  Table table;
  table.schema = "public";
  table.name = "r";
  table.columns.resize(3);
  table.columns[0].name = "id";
  table.columns[1].name = "Big";
  table.columns[2].name = "more";
  table.key = {0};
  return table;
}

TEST(GapReader, OnlyAChangedKeyWithGapsIsRead) {
  const Table table = Sample();
  const std::vector<ColumnValue> old_row = {
      {Kind::kText, "1"}, {Kind::kAbsent, ""}, {Kind::kAbsent, ""}};
  const std::vector<ColumnValue> gap = {
      {Kind::kText, "2"}, {Kind::kUnchanged, ""}, {Kind::kNull, ""}};
  const std::vector<ColumnValue> whole = {
      {Kind::kText, "2"}, {Kind::kText, "x"}, {Kind::kNull, ""}};
  const std::vector<ColumnValue> same_key = {
      {Kind::kText, "1"}, {Kind::kUnchanged, ""}, {Kind::kNull, ""}};
  EXPECT_TRUE(GapReader::Wants(table, {}, Row(old_row), Row(gap)));
  EXPECT_FALSE(GapReader::Wants(table, {}, Row(old_row), Row(whole)));
  EXPECT_FALSE(GapReader::Wants(table, {}, Row(old_row), Row(same_key)));
  EXPECT_FALSE(GapReader::Wants(table, {}, std::nullopt, Row(gap)));
}

TEST(GapReader, AGapOfAColumnWhoseNameMeantAnotherIsRead) {
  const Table table = Sample();
  const std::vector<ColumnValue> row = {
      {Kind::kText, "1"}, {Kind::kUnchanged, ""}, {Kind::kNull, ""}};
  const std::vector<uint32_t> moved = {1};
  const std::vector<uint32_t> other = {2};
  EXPECT_TRUE(GapReader::Wants(table, moved, std::nullopt, Row(row)));
  EXPECT_FALSE(GapReader::Wants(table, other, std::nullopt, Row(row)));
  EXPECT_FALSE(GapReader::Wants(table, moved, Row(row), std::nullopt)) << "a deleted row";
}

TEST(GapReader, AsksForTheGapsByTheNewKey) {
  const std::vector<ColumnValue> row = {
      {Kind::kText, "it's"}, {Kind::kUnchanged, ""}, {Kind::kUnchanged, ""}};
  postgres::KeyPart id{"id", "\"id\"", "\"public\".\"citext\"", {}, false};
  id.operators[postgres::KeyPart::kEqual] = "OPERATOR(\"public\".=)";
  EXPECT_EQ(postgres::GapsStatement(Sample(), row, {id}),
            "SELECT \"Big\", \"more\" FROM \"public\".\"r\" WHERE \"id\" "
            "OPERATOR(\"public\".=) 'it''s'::\"public\".\"citext\" LIMIT 2");
}

}  // namespace
}  // namespace sluice::testing
