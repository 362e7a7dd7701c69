#include "core/operations/stream_names.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

Table Named(const std::string& schema, const std::string& name) {
  Table table;
  table.schema = schema;
  table.name = name;
  return table;
}

TEST(StreamNames, AreThePrefixTheSchemaAndTheTable) {
  const auto names = StreamNames::Make("cdc", ".", "", "");
  EXPECT_EQ(names->Of(Named("public", "users")), "cdc.public.users");
}

TEST(StreamNames, HoldOnlyWhatATopicMayHold) {
  const auto names = StreamNames::Make("cdc", ".", "", "");
  EXPECT_EQ(names->Of(Named("public", "Weird Täble.x")), "cdc.public.Weird_T_ble.x");
  EXPECT_EQ(names->Of(Named("public", "dash-tbl")), "cdc.public.dash-tbl");
}

TEST(StreamNames, AreRoutedWhereTheWholeNameMatches) {
  const auto names = StreamNames::Make("cdc", ".", R"(cdc\.public\.orders_(.*))", "orders-$1");
  EXPECT_EQ(names->Of(Named("public", "orders_eu")), "orders-eu");
  EXPECT_EQ(names->Of(Named("public", "my_orders_eu")), "cdc.public.my_orders_eu");
}

TEST(StreamNames, RefuseWhatIsNoExpression) {
  const auto names = StreamNames::Make("cdc", ".", "(", "x");
  ASSERT_FALSE(names);
  EXPECT_NE(names.error().ToString().find("topic.routing.regex"), std::string::npos);
}

}  // namespace
}  // namespace sluice
