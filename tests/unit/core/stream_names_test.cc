#include "core/operations/source/stream_names.h"

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
  const StreamNames names("cdc", ".");
  EXPECT_EQ(names.Of(Named("public", "users")), "cdc.public.users");
}

TEST(StreamNames, HoldOnlyWhatATopicMayHold) {
  const StreamNames names("cdc", ".");
  EXPECT_EQ(names.Of(Named("public", "Weird Täble.x")), "cdc.public.Weird_T_ble.x");
  EXPECT_EQ(names.Of(Named("public", "dash-tbl")), "cdc.public.dash-tbl");
}

TEST(StreamNames, AreRoutedAfterTheyWereMadeFitForATopic) {
  const StreamNames names("cdc", ".", [](const std::string& name) { return "<" + name + ">"; });
  EXPECT_EQ(names.Of(Named("public", "a b")), "<cdc.public.a_b>");
  EXPECT_EQ(names.Unrouted(Named("public", "a b")), "cdc.public.a_b");
}

}  // namespace
}  // namespace sluice
