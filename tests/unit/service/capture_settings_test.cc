#include "service/composition/capture_settings.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "adapters/debezium/envelope_encoder.h"
#include "service/config/loader.h"

namespace sluice::service {
namespace {

config::LoadedConfig LoadText(const std::string& more) {
  config::ConfigSources sources;
  sources.file = "f";
  sources.text =
      "kafka.brokers: ['a:1']\ntopic.prefix: cdc\n"
      "database: {hostname: h, user: u, dbname: d}\n" +
      more;
  return config::Load(sources, {}, config::Sides::kCapture);
}

Table Named(const std::string& name) {
  Table table;
  table.schema = "public";
  table.name = name;
  return table;
}

TEST(CaptureSettings, AMaskHidesTheColumnOfATableBeyondAscii) {
  const config::LoadedConfig loaded = LoadText("column.mask.with.4.chars: public.us.r.pw\n");
  ASSERT_TRUE(loaded.problems.empty());
  const auto options = EncoderOptionsOf(loaded.config, "1");
  ASSERT_EQ(options.masks.size(), 1U);
  Column column;
  column.name = "pw";
  EXPECT_TRUE(options.masks[0].matches(Named("usér"), column));
  EXPECT_FALSE(options.masks[0].matches(Named("us"), column));
}

TEST(CaptureSettings, TopicsAreRoutedByGroupsAndCaseCounts) {
  const config::LoadedConfig loaded = LoadText(
      R"(topic.routing: {regex: 'cdc\.public\.(?<table>orders)_(.*)', replacement: '$${table}-$2'})");
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].message;
  const auto names = StreamNamesOf(loaded.config);
  ASSERT_TRUE(names);
  EXPECT_EQ(names->Of(Named("orders_eu")), "orders-eu");
  EXPECT_EQ(names->Of(Named("my_orders_eu")), "cdc.public.my_orders_eu");
  EXPECT_EQ(names->Of(Named("ORDERS_eu")), "cdc.public.ORDERS_eu");
}

TEST(CaptureSettings, RoutingLeavesKeysAndValuesAsTheyAre) {
  // As RegexRouter does: a key with its schema stays in its partition.
  constexpr char kSchemas[] =
      "key.converter.schemas.enable: true\nvalue.converter.schemas.enable: true\n";
  Table table = Named("lines");
  table.id = 1;
  Column column;
  column.name = "id";
  column.type_name = "int4";
  column.type = ColumnType::kInt32;
  column.optional = false;
  table.columns = {column};
  table.key = {0};
  const std::array<ColumnValue, 1> row = {{{ColumnValue::Kind::kText, "7"}}};
  std::vector<std::pair<std::string, std::string>> told;
  for (const std::string routing :
       {"", R"(topic.routing: {regex: 'cdc\.public\.(.*)', replacement: 'shop2-$1'})"}) {
    const config::LoadedConfig loaded = LoadText(kSchemas + routing);
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].message;
    const auto names = StreamNamesOf(loaded.config);
    ASSERT_TRUE(names);
    EXPECT_EQ(names->Of(table), routing.empty() ? "cdc.public.lines" : "shop2-lines");
    const auto options = EncoderOptionsOf(loaded.config, "1", *names);
    ASSERT_TRUE(options);
    debezium::EnvelopeEncoder encoder(*options);
    std::string key(*encoder.Key(table, row));
    told.emplace_back(std::move(key),
                      encoder.Value(RowOperation::kCreate, table, std::nullopt, row, {}));
  }
  EXPECT_NE(told[0].first.find(R"("name":"cdc.public.lines.Key")"), std::string::npos);
  EXPECT_NE(told[0].second.find(R"("name":"cdc.public.lines.Envelope")"), std::string::npos);
  EXPECT_EQ(told[0], told[1]);
}

TEST(CaptureSettings, CompatibleTablesAreFoundByJavasExpressions) {
  const config::LoadedConfig loaded = LoadText(R"(compat.debezium: ['public\.\Qa$b\E'])");
  const auto compat = CompatOf(loaded.config);
  ASSERT_TRUE(compat);
  EXPECT_TRUE((*compat)(Named("a$b")));
  EXPECT_FALSE((*compat)(Named("a")));
}

}  // namespace
}  // namespace sluice::service
