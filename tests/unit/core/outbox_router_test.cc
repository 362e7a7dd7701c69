// What becomes of the rows of an outbox: columns, actions, names.
#include "core/operations/outbox/outbox_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/operations/outbox/outbox_streams.h"

namespace sluice {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Placement = OutboxSettings::Placement;

Table Events() {
  Table table;
  table.schema = "public";
  table.name = "events";
  const auto add = [&](const char* name, ColumnType type, const char* type_name) {
    Column& column = table.columns.emplace_back();
    column.name = name;
    column.type = type;
    column.type_name = type_name;
  };
  add("id", ColumnType::kUuid, "uuid");
  add("aggregatetype", ColumnType::kText, "text");
  add("aggregateid", ColumnType::kText, "text");
  add("type", ColumnType::kText, "text");
  add("payload", ColumnType::kJson, "jsonb");
  add("at", ColumnType::kTimestampTz, "timestamp with time zone");
  add("part", ColumnType::kInt32, "integer");
  table.key = {0};
  return table;
}

std::string ErrorOf(const OutboxSettings& settings, const Table& table = Events()) {
  const auto plan = PlanOutbox(table, settings);
  return plan ? "" : plan.error().ToString();
}

TEST(OutboxRouter, FindsTheColumnsThatDebeziumNames) {
  const auto plan = PlanOutbox(Events(), {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->id, 0U);
  EXPECT_EQ(plan->route, 1U);
  EXPECT_EQ(plan->shape.key, 2U);
  EXPECT_EQ(plan->shape.payload, 4U);
  EXPECT_FALSE(plan->timestamp || plan->partition || plan->shape.schema_version);
}

TEST(OutboxRouter, FindsTheColumnsThatWereNamedOtherwise) {
  OutboxSettings settings;
  settings.id_column = "aggregateid";
  settings.key_column = "type";
  settings.payload_column = "aggregatetype";
  settings.route_column = "payload";
  settings.timestamp_column = "at";
  settings.schema_version_column = "part";
  settings.extras = {{"type", Placement::kHeader, "eventType"},
                     {"at", Placement::kEnvelope, "at"},
                     {"part", Placement::kPartition, "part"}};
  const auto plan = PlanOutbox(Events(), settings);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->id, 2U);
  EXPECT_EQ(plan->shape.key, 3U);
  EXPECT_EQ(plan->shape.payload, 1U);
  EXPECT_EQ(plan->route, 4U);
  EXPECT_EQ(plan->timestamp, 5U);
  EXPECT_EQ(plan->shape.schema_version, 6U);
  EXPECT_EQ(plan->partition, 6U);
  ASSERT_EQ(plan->headers.size(), 1U);
  EXPECT_EQ(plan->headers[0].place, 3U);
  EXPECT_EQ(plan->headers[0].name, "eventType");
  ASSERT_EQ(plan->shape.fields.size(), 1U);
  EXPECT_EQ(plan->shape.fields[0].place, 5U);
}

TEST(OutboxRouter, NamesTheColumnThatIsMissingAndItsSetting) {
  for (const auto& [member, option] :
       {std::pair(&OutboxSettings::id_column, "outbox.table.field.event.id"),
        {&OutboxSettings::key_column, "outbox.table.field.event.key"},
        {&OutboxSettings::payload_column, "outbox.table.field.event.payload"},
        {&OutboxSettings::route_column, "outbox.route.by.field"},
        {&OutboxSettings::timestamp_column, "outbox.table.field.event.timestamp"},
        {&OutboxSettings::schema_version_column, "outbox.table.field.event.schema.version"}}) {
    OutboxSettings settings;
    settings.*member = "gone";
    EXPECT_THAT(ErrorOf(settings),
                AllOf(HasSubstr("public.events has no column gone"), HasSubstr(option)));
  }
}

TEST(OutboxRouter, AFurtherColumnMayBeMissingWhereThatWasSaid) {
  OutboxSettings settings;
  settings.extras = {{"gone", Placement::kHeader, "gone"}, {"type", Placement::kHeader, "type"}};
  EXPECT_THAT(ErrorOf(settings), HasSubstr("outbox.table.fields.additional.placement"));
  settings.skips_missing_extras = true;
  const auto plan = PlanOutbox(Events(), settings);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->headers.size(), 1U);
  EXPECT_EQ(plan->headers[0].name, "type");
}

TEST(OutboxRouter, ColumnsOfNoUseAreRefused) {
  OutboxSettings settings;
  settings.timestamp_column = "part";
  EXPECT_THAT(ErrorOf(settings), HasSubstr("part of type integer"));
  settings = {};
  settings.schema_version_column = "type";
  EXPECT_THAT(ErrorOf(settings), HasSubstr("smallint, integer or bigint"));
  settings = {};
  settings.extras = {{"at", Placement::kPartition, "at"}};
  EXPECT_THAT(ErrorOf(settings), HasSubstr("at of type timestamp with time zone"));
}

/// The actions of the records that a change would be.
std::vector<OutboxAction> Actions(ChangeKind kind, bool rekeyed, bool retold) {
  const Table table = Events();
  std::vector<ColumnValue> before(table.columns.size(), {ColumnValue::Kind::kText, "1"});
  std::vector<ColumnValue> after = before;
  if (rekeyed) after[0].text = "2";
  SourceChange change;
  change.kind = kind;
  change.table = &table;
  if (kind != ChangeKind::kInsert && kind != ChangeKind::kRead) change.before = Row(before);
  if (kind != ChangeKind::kDelete) change.after = Row(after);
  const RecordPlans plans = PlanRecords(change, true);
  std::vector<OutboxAction> actions;
  for (const RecordPlan& plan : plans.all()) {
    actions.push_back(DecideOutbox(plan, kind, retold));
  }
  return actions;
}

TEST(OutboxRouter, OnlyNewRowsAreEvents) {
  using enum OutboxAction;
  using Wanted = std::vector<OutboxAction>;
  EXPECT_EQ(Actions(ChangeKind::kInsert, false, false), Wanted{kRoute});
  EXPECT_EQ(Actions(ChangeKind::kRead, false, false), Wanted{kRoute});
  EXPECT_EQ(Actions(ChangeKind::kUpdate, false, false), Wanted{kUpdate});
  EXPECT_EQ(Actions(ChangeKind::kUpdate, false, true), Wanted{kUpdate});
  EXPECT_EQ(Actions(ChangeKind::kDelete, false, false), (Wanted{kDelete, kPart}));
  EXPECT_EQ(Actions(ChangeKind::kTruncate, false, false), Wanted{kDelete});
}

TEST(OutboxRouter, AChangedKeyIsOneUpdateOrAnEventAnew) {
  using enum OutboxAction;
  using Wanted = std::vector<OutboxAction>;
  EXPECT_EQ(Actions(ChangeKind::kUpdate, true, false), (Wanted{kPart, kPart, kUpdate}));
  EXPECT_EQ(Actions(ChangeKind::kUpdate, true, true), (Wanted{kPart, kPart, kRoute}));
}

TEST(OutboxRouter, APayloadIsEmptyWhenItIsNullOrBlank) {
  EXPECT_TRUE(IsEmptyPayload({ColumnValue::Kind::kNull, {}}));
  for (const char* blank : {"", " ", " \t\r\n "}) {
    EXPECT_TRUE(IsEmptyPayload({ColumnValue::Kind::kText, blank})) << '"' << blank << '"';
  }
  for (const char* there : {"{}", "null", "\"\"", "\\x", "\xc2\xa0"}) {
    EXPECT_FALSE(IsEmptyPayload({ColumnValue::Kind::kText, there})) << there;
  }
  EXPECT_FALSE(IsEmptyPayload({ColumnValue::Kind::kUnchanged, {}}));
}

TEST(OutboxRouter, ATopicsNameIsWhatKafkaTakes) {
  EXPECT_EQ(StreamNameFault("outbox.event.Order_2-x"), "");
  EXPECT_EQ(StreamNameFault(std::string(249, 'a')), "");
  EXPECT_THAT(StreamNameFault(std::string(250, 'a')), HasSubstr("250 bytes"));
  for (const char* bad : {"", ".", "..", "a/b", "a b", "Zo\xc3\xab", "a\nb", "a:b", "a\xff"}) {
    EXPECT_NE(StreamNameFault(bad), "") << bad;
  }
  EXPECT_NE(StreamNameFault(std::string_view("a\0b", 3)), "");
}

TEST(OutboxRouter, APartitionIsAWholeNumber) {
  EXPECT_EQ(PartitionOf("0"), 0U);
  EXPECT_EQ(PartitionOf("2147483647"), 2147483647U);
  for (const char* bad : {"", "-1", "2147483648", "99999999999999999999", "1.0", "x", " 1"}) {
    EXPECT_FALSE(PartitionOf(bad)) << bad;
  }
}

TEST(OutboxStreams, TakesWhatNobodyElseWritesTo) {
  StreamOwners owners;
  ASSERT_EQ(owners.Claim({1, "public", "users"}, "cdc.public.users").verdict.disposition,
            Disposition::kDone);
  OutboxStreams streams({"sluice.positions"}, 3);
  EXPECT_EQ(streams.Admit("outbox.event.a", owners), "");
  EXPECT_EQ(streams.Admit("outbox.event.a", owners), "");
  EXPECT_TRUE(streams.Takes("outbox.event.a"));
  EXPECT_FALSE(streams.Takes("outbox.event_a"));
  EXPECT_THAT(streams.Admit("outbox.event_a", owners),
              HasSubstr("does not tell from the topic outbox.event.a"));
  EXPECT_THAT(streams.Admit("sluice.positions", owners), HasSubstr("of Sluice's own"));
  EXPECT_THAT(streams.Admit("sluice_positions", owners),
              HasSubstr("does not tell from the topic sluice.positions"));
  EXPECT_THAT(streams.Admit("cdc.public.users", owners), HasSubstr(R"("public"."users")"));
  EXPECT_THAT(streams.Admit("a/b", owners), HasSubstr("letters, digits"));
  EXPECT_FALSE(streams.Takes("cdc.public.users"));
}

TEST(OutboxStreams, TakesNoMoreThanItMay) {
  OutboxStreams streams({}, 2);
  EXPECT_EQ(streams.Admit("a", {}), "");
  EXPECT_EQ(streams.Admit("b", {}), "");
  EXPECT_THAT(streams.Admit("c", {}), AllOf(HasSubstr("2 topics"), HasSubstr("topics.max")));
  EXPECT_EQ(streams.Admit("b", {}), "") << "one that it takes already";
}

}  // namespace
}  // namespace sluice
