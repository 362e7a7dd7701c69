#include "adapters/postgres/key_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/postgres/key_parts.h"

namespace sluice::testing {
namespace {

using postgres::KeyOrder;
using ::testing::ElementsAre;

const std::vector<std::string> kColumns = {"b", "a"};

TEST(KeyOrder, IsThatOfTheIndexElseOfTheText) {
  const KeyOrder parts = {MakePart("a", "x", "citext"), MakePart("a", "y", "other")};
  const KeyOrder order = postgres::OrderOf(parts, kColumns);
  EXPECT_THAT(postgres::NamesOf(order), ElementsAre("b", "a"));
  EXPECT_EQ(postgres::Behind(KeyOrder{order[1]}, {"it's"}),
            "\"a\" OPERATOR(x.>) 'it''s'::x.citext");
  EXPECT_EQ(postgres::UpTo(KeyOrder{order[0]}, {"1"}),
            "\"b\"::pg_catalog.text OPERATOR(\"pg_catalog\".<=) '1'::\"pg_catalog\".\"text\"");
}

// The database can go straight to a row's place in the index, not to that of its parts.
TEST(KeyOrder, RowsAreComparedAsRowsWhereOneOperatorDoes) {
  const KeyOrder order = {MakePart("a", "s", "t"), MakePart("b", "s", "u")};
  EXPECT_EQ(postgres::Behind(order, {"1", "2"}),
            "(\"a\", \"b\") OPERATOR(s.>) ('1'::s.t, '2'::s.u)");
  EXPECT_EQ(postgres::UpTo(order, {"1", "2"}),
            "(\"a\", \"b\") OPERATOR(s.<=) ('1'::s.t, '2'::s.u)");
}

TEST(KeyOrder, PartsOfOtherSchemasAreComparedOneByOne) {
  const KeyOrder order = {MakePart("a", "s", "t"), MakePart("b", "z", "u")};
  EXPECT_EQ(postgres::Behind(order, {"1", "2"}),
            "\"a\" OPERATOR(s.>=) '1'::s.t AND (\"a\" OPERATOR(s.>) '1'::s.t OR (\"a\" "
            "OPERATOR(s.=) '1'::s.t AND \"b\" OPERATOR(z.>) '2'::z.u))");
  EXPECT_EQ(postgres::UpTo(order, {"1", "2"}),
            "\"a\" OPERATOR(s.<=) '1'::s.t AND (\"a\" OPERATOR(s.<) '1'::s.t OR (\"a\" "
            "OPERATOR(s.=) '1'::s.t AND \"b\" OPERATOR(z.<=) '2'::z.u))");
}

TEST(KeyOrder, SortsByTheSameOperators) {
  const KeyOrder order = {MakePart("a", "s", "t"), MakePart("b", "z", "u")};
  EXPECT_EQ(postgres::SortedBy(order, postgres::Direction::kForwards),
            "\"a\" USING OPERATOR(s.<), \"b\" USING OPERATOR(z.<)");
  EXPECT_EQ(postgres::SortedBy(order, postgres::Direction::kBackwards),
            "\"a\" USING OPERATOR(s.>), \"b\" USING OPERATOR(z.>)");
}

TEST(KeyOrder, OneOfSeveralKeys) {
  const std::vector<std::vector<std::string>> keys = {{"1"}, {"2"}};
  KeyOrder order = {MakePart("a", "s", "t")};
  EXPECT_EQ(postgres::OneOf(order, keys), "\"a\" OPERATOR(s.=) ANY (ARRAY['1', '2']::s.t[])");
  order[0].array = true;  // an array of arrays is one of more dimensions: ANY would see the items
  EXPECT_EQ(postgres::OneOf(order, keys),
            "((\"a\" OPERATOR(s.=) '1'::s.t) OR (\"a\" OPERATOR(s.=) '2'::s.t))");
  order.push_back(MakePart("b", "z", "u"));
  EXPECT_EQ(postgres::OneOf(order, std::vector<std::vector<std::string>>{{"1", "2"}}),
            "((\"a\" OPERATOR(s.=) '1'::s.t AND \"b\" OPERATOR(z.=) '2'::z.u))");
}

}  // namespace
}  // namespace sluice::testing
