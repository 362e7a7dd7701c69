#include "service/composition/capture_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/composition/capture_settings.h"
#include "service/composition/outbox_settings.h"
#include "service/config/loader.h"

namespace sluice::service {
namespace {

using postgres::CatalogueTable;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Tables with numbers of their own.
class Tables {
 public:
  explicit Tables(const std::vector<std::pair<std::string, std::string>>& names) {
    for (const auto& [schema, name] : names) {
      CatalogueTable& table = tables_.emplace_back();
      table.id = static_cast<uint32_t>(tables_.size());
      table.schema = schema;
      table.name = name;
    }
  }
  [[nodiscard]] postgres::TableList list() const {
    postgres::TableList list;
    for (const CatalogueTable& table : tables_) list.push_back(&table);
    return list;
  }
  [[nodiscard]] CatalogueTable& at(size_t i) { return tables_.at(i); }
  [[nodiscard]] const std::vector<CatalogueTable>& all() const { return tables_; }

 private:
  std::vector<CatalogueTable> tables_;
};

std::string Clash(const Tables& tables, StreamNames::Route route = {}) {
  StreamOwners owners;
  return ClaimStreams(tables.list(), StreamNames("n", ".", std::move(route)), owners).detail;
}

TEST(CaptureChecks, TwoTablesNeverShareATopic) {
  EXPECT_EQ(Clash(Tables({{"public", "a"}, {"public", "b"}})), "");
  EXPECT_THAT(Clash(Tables({{"public", "a$b"}, {"public", "a_b"}})),
              HasSubstr("\"public\".\"a$b\" and \"public\".\"a_b\" would both write to the topic "
                        "n.public.a_b"));
  EXPECT_THAT(Clash(Tables({{"s", "x.t"}, {"s.x", "t"}})), HasSubstr("both told as s.x.t"));
  const Tables routed({{"r", "a"}, {"r", "b"}});
  EXPECT_THAT(Clash(routed, [](const std::string&) { return std::string("all"); }),
              HasSubstr("the topic all"));
  EXPECT_EQ(Clash(routed, [](const std::string& name) { return "all_" + name; }), "");
}

std::vector<std::string> Told(const std::vector<postgres::Finding>& findings,
                              postgres::Finding::Weight weight) {
  std::vector<std::string> told;
  for (const postgres::Finding& finding : findings) {
    if (finding.weight == weight) told.push_back(finding.what + "; " + finding.cure);
  }
  return told;
}

class Lists : public ::testing::Test {
 protected:
  using Weight = postgres::Finding::Weight;

  Lists() : tables_({{"public", "orders"}, {"public", "users"}}) {
    tables_.at(1).columns.resize(2);
    tables_.at(1).columns[0].number = 1;
    tables_.at(1).columns[0].name = "id";
    tables_.at(1).columns[1].number = 2;
    tables_.at(1).columns[1].name = "email";
  }
  std::vector<std::string> Judge(Weight weight = Weight::kWarns) {
    const auto filter = postgres::TableFilter::Make(FilterSettingsOf(config_));
    const auto captured = postgres::CapturedTables(tables_.all(), *filter, false);
    return Told(JudgeLists(config_, tables_.all(), captured), weight);
  }

  Tables tables_;
  config::Config config_;
};

TEST_F(Lists, WhatMatchesIsNotToldOf) {
  config_.table_include_list = {R"(public\..*)"};
  config_.column_exclude_list = {R"(public\.users\.email)"};
  config_.message_key_columns = R"(public\.users:email)";
  config_.snapshot_select_statement_overrides = {
      {"public.users", "SELECT * FROM public.users WHERE id > 1"}};
  EXPECT_THAT(Judge(), IsEmpty());
  EXPECT_THAT(Judge(Weight::kBlocks), IsEmpty());
}

TEST_F(Lists, EachExpressionThatMatchesNothingIsToldOf) {
  config_.schema_include_list = {"public", "pubic"};
  config_.table_include_list = {R"(public\.users)", R"(public\.user)"};
  config_.column_include_list = {".*", R"(public\.users\.mail)"};
  config_.column_mask_with = {{"3.chars", R"(public\.users\.mail)"}};
  config_.message_key_columns = R"(public\.users:mail;public\.user:id)";
  config_.snapshot_select_statement_overrides = {{"users", "SELECT * FROM users"}};
  config_.signal_data_collection = "public.signals";
  EXPECT_THAT(
      Judge(),
      ElementsAre(HasSubstr("schema.include.list: \"pubic\" matches no schema"),
                  HasSubstr(R"(table.include.list: "public\.user" matches no table)"),
                  HasSubstr(R"(column.include.list: "public\.users\.mail" matches no column)"),
                  HasSubstr(R"(column.mask.with: "public\.users\.mail" matches no column)"),
                  HasSubstr("message.key.columns: public.users has no column mail"),
                  HasSubstr(R"(message.key.columns: "public\.user" matches no captured table)"),
                  HasSubstr("snapshot.select.statement.overrides: users is no captured table"),
                  HasSubstr("CREATE TABLE public.signals")));
  EXPECT_THAT(Judge(Weight::kBlocks), IsEmpty());
}

TEST_F(Lists, AStartThatCapturesNothingHaltsWhereTablesAreThere) {
  config_.table_include_list = {R"(public\.user)"};
  EXPECT_THAT(Judge(Weight::kBlocks), ElementsAre(HasSubstr("table.include.list")));
  config_.signal_data_collection = "public.orders";
  EXPECT_THAT(Judge(Weight::kBlocks), ElementsAre(HasSubstr("no table of the database")))
      << "signals alone are nothing to capture";
  config_.publication_autocreate_mode = "no_tables";
  EXPECT_THAT(Judge(Weight::kBlocks), IsEmpty());
  EXPECT_THAT(Judge(), Contains(HasSubstr("no table of the database")));
}

TEST_F(Lists, AnEmptyDatabaseMayGetItsTablesLater) {
  tables_ = Tables({});
  config_.publication_autocreate_mode = "all_tables";
  EXPECT_THAT(Judge(Weight::kBlocks), IsEmpty());
  EXPECT_THAT(Judge(), ElementsAre(HasSubstr("no table is captured")));
  config_.publication_autocreate_mode = "filtered";
  EXPECT_THAT(Judge(Weight::kBlocks), ElementsAre(HasSubstr("no table is captured")));
}

class Keys : public Lists {
 protected:
  Keys() {
    config_.message_key_columns = R"(public\.users:email)";
    tables_.at(1).primary_key = {1};
  }
  std::vector<std::string> Judge(Weight weight = Weight::kBlocks) {
    const auto filter = postgres::TableFilter::Make(FilterSettingsOf(config_));
    const bool via_root = config_.publish_via_partition_root;
    const auto captured = postgres::CapturedTables(tables_.all(), *filter, via_root);
    return Told(JudgeKeys(config_, version_, *filter, tables_.all(), captured), weight);
  }

  int version_ = 150'004;
};

TEST_F(Keys, ThatDeletesCannotBeToldByHalt) {
  EXPECT_THAT(Judge(), ElementsAre(AllOf(HasSubstr("\"public\".\"users\""), HasSubstr("email"),
                                         HasSubstr("REPLICA IDENTITY FULL"))));
  config_.compat_debezium = {R"(public\.users)"};
  EXPECT_THAT(Judge(), IsEmpty());
  EXPECT_THAT(Judge(Weight::kWarns), ElementsAre(HasSubstr("lacks email"))) << "as Debezium does";
}

TEST_F(Keys, ThatTheReplicaIdentityHoldsAreFine) {
  config_.message_key_columns = R"(public\.users:id)";
  EXPECT_THAT(Judge(), IsEmpty());
  config_.message_key_columns = R"(public\.users:email)";
  tables_.at(1).identity = 'f';
  EXPECT_THAT(Judge(), IsEmpty());
  tables_.at(1).identity = 'i';
  tables_.at(1).identity_index = {2};
  EXPECT_THAT(Judge(), IsEmpty());
  tables_.at(1).identity_index = {1};
  EXPECT_THAT(Judge(), ElementsAre(HasSubstr("lacks email")));
}

TEST_F(Keys, WithAColumnThatIsNotSentHalt) {
  config_.message_key_columns = "";
  tables_.at(1).columns[0].generated = true;
  EXPECT_THAT(Judge(), ElementsAre(AllOf(HasSubstr("public.users"), HasSubstr("generated column"),
                                         HasSubstr("message.key.columns"))));
  version_ = 180'000;
  EXPECT_THAT(Judge(), IsEmpty()) << "its publications may send them";
  EXPECT_THAT(Judge(Weight::kWarns), ElementsAre(HasSubstr("generated column")));
}

TEST_F(Keys, OfAPartitionedTableAreHeldByItAndItsLeaves) {
  config_.publish_via_partition_root = true;
  tables_.at(1).partitioned = true;
  tables_.at(0).root = tables_.at(1).id;  // orders is a leaf of users
  tables_.at(0).columns = tables_.at(1).columns;
  tables_.at(0).primary_key = {1};
  EXPECT_THAT(Judge(), ElementsAre(HasSubstr("\"users\""), HasSubstr("\"orders\"")));
  tables_.at(0).identity = 'f';
  EXPECT_THAT(Judge(), ElementsAre(HasSubstr("\"users\""))) << "by it rows are told";
  tables_.at(1).identity = 'f';
  EXPECT_THAT(Judge(), IsEmpty());
}

TEST(Masks, OfColumnsThatTheyCannotHideAreToldOf) {
  config::Config config;
  config.column_mask_with = {{"3.chars", R"(public\.users\..*)"}};
  config.column_truncate_to = {{"2.chars", R"(public\.orders\..*)"}};
  const auto masks = EncoderOptionsOf(config, "").masks;
  Table users;
  users.schema = "public";
  users.name = "users";
  users.columns.resize(3);
  users.columns[0].name = "code";
  users.columns[1].name = "email";
  users.columns[2].name = "born";
  users.columns[2].type = ColumnType::kDate;
  users.columns[2].type_name = "date";
  users.key = {0};
  Table orders = users;
  orders.name = "orders";
  orders.columns[1].array = true;
  orders.columns[1].type_name = "text[]";
  orders.key.clear();
  Table others = users;
  others.name = "others";
  EXPECT_THAT(Told(JudgeMasks(masks, {users, orders, others}), postgres::Finding::Weight::kWarns),
              ElementsAre(HasSubstr("column.mask.with: public.users.code belongs to the key"),
                          HasSubstr("column.mask.with: public.users.born is of type date"),
                          HasSubstr("column.truncate.to: public.orders.email is of type text[]"),
                          HasSubstr("column.truncate.to: public.orders.born is of type date")));
}

TEST(Outboxes, WithoutTheirColumnsBlockAStart) {
  config::ConfigSources sources;
  sources.file = "f";
  sources.text =
      "kafka.brokers: ['a:1']\ntopic.prefix: cdc\n"
      "database: {hostname: h, user: u, dbname: d}\n"
      "outbox.table.include.list: ['public\\.(events|bare)']\n";
  const config::LoadedConfig loaded = config::Load(sources, {}, config::Sides::kCapture);
  const auto settings = OutboxSettingsOf(loaded.config);
  ASSERT_TRUE(settings) << settings.error().ToString();
  Table events;
  events.schema = "public";
  events.name = "events";
  events.columns.resize(4);
  events.columns[0].name = "id";
  events.columns[1].name = "aggregatetype";
  events.columns[2].name = "aggregateid";
  events.columns[3].name = "payload";
  Table bare = events;
  bare.name = "bare";
  bare.columns.resize(3);
  Table others = bare;
  others.name = "others";
  EXPECT_THAT(
      Told(JudgeOutboxes(*settings, {events, bare, others}), postgres::Finding::Weight::kBlocks),
      ElementsAre(AllOf(HasSubstr("the outbox public.bare has no column payload"),
                        HasSubstr("outbox.table.field.event.payload"))));
  EXPECT_EQ(settings->stream_of("Order"), "outbox.event.Order");
  EXPECT_EQ(settings->stream_of("a\nb"), "a\nb") << "no line break is matched by a dot";
  EXPECT_THAT(settings->reserved, Contains("sluice.positions"));
  EXPECT_THAT(settings->reserved, Contains("sluice.dead-letters"));
}

TEST(Outboxes, WhoseEventsAMaskMakesEqualBlockAStart) {
  OutboxSettings settings;
  settings.is_outbox = [](const Table& table) { return table.name == "events"; };
  settings.id_column = "id";
  settings.key_column = "aggregateid";
  Table events;
  events.schema = "public";
  events.name = "events";
  events.columns.resize(3);
  events.columns[0].name = "id";
  events.columns[1].name = "aggregateid";
  events.columns[2].name = "payload";
  for (Column& column : events.columns) column.type = ColumnType::kText;
  debezium::MaskRule rule;
  rule.matches = [](const Table&, const Column&) { return true; };
  const auto told = [&](debezium::MaskRule::Kind kind) {
    rule.kind = kind;
    return Told(JudgeOutboxMasks(settings, {rule}, {events}), postgres::Finding::Weight::kBlocks);
  };
  EXPECT_THAT(told(debezium::MaskRule::Kind::kStars),
              ElementsAre(HasSubstr("events.id is what"), HasSubstr("events.aggregateid is what")));
  EXPECT_THAT(told(debezium::MaskRule::Kind::kTruncate), SizeIs(2));
  EXPECT_THAT(told(debezium::MaskRule::Kind::kHash), IsEmpty());
  events.name = "users";
  EXPECT_THAT(told(debezium::MaskRule::Kind::kStars), IsEmpty());
}

TEST_F(Lists, AnOutboxThatIsNotCapturedIsToldOf) {
  config_.outbox_tables = {"public.orders", "public.events"};
  EXPECT_THAT(Judge(), ElementsAre(HasSubstr("outbox.table.include.list: \"public.events\" matches "
                                             "no captured table")));
}

TEST(JudgeKeyTypes, NamesKeyColumnsOfWhichValuesMayHalt) {
  debezium::EncoderOptions encoder;
  encoder.time = debezium::TimeMode::kConnect;
  encoder.fidelity = [](const Table& table) {
    return table.name == "old" ? debezium::Fidelity::kCompat : debezium::Fidelity::kCorrect;
  };
  Table table;
  table.schema = "public";
  table.name = "events";
  table.columns.resize(3);
  table.columns[0].name = "at";
  table.columns[0].type = ColumnType::kTimestamp;
  table.columns[1].name = "pair";
  table.columns[1].type = ColumnType::kComposite;
  table.columns[2].name = "seen";
  table.columns[2].type = ColumnType::kTimestamp;
  table.key = {0, 1};
  Table old = table;
  old.name = "old";
  Table millis = table;
  millis.name = "millis";
  millis.columns[0].scale = 3;
  EXPECT_THAT(Told(JudgeKeyTypes(encoder, {table, old, millis}), postgres::Finding::Weight::kWarns),
              ElementsAre(HasSubstr("public.events.at has values"),
                          HasSubstr("public.old.at has values"), HasSubstr("public.old.pair")));
  encoder.time = debezium::TimeMode::kAdaptive;
  EXPECT_TRUE(JudgeKeyTypes(encoder, {table}).empty());
}

}  // namespace
}  // namespace sluice::service
