#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/config/capture_rules.h"
#include "service/config/loader.h"

namespace sluice::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedConfig LoadText(const std::string& more) {
  ConfigSources sources;
  sources.file = "f.yaml";
  sources.text =
      "kafka.brokers: ['127.0.0.1:9092']\n"
      "database: {hostname: h, user: u, dbname: d}\n"
      "topic.prefix: cdc\n" +
      more;
  return Load(sources);
}

std::vector<std::string> ProblemsWith(const std::string& more) {
  std::vector<std::string> texts;
  for (const Problem& problem : LoadText(more).problems) texts.push_back(problem.ToString());
  return texts;
}

TEST(OutboxConfig, IsAsDebeziumsRouterHasItByDefault) {
  const Config config = LoadText("outbox.table.include.list: [public.events]\n").config;
  EXPECT_THAT(config.outbox_tables, ElementsAre("public.events"));
  EXPECT_EQ(config.outbox_event_id, "id");
  EXPECT_EQ(config.outbox_event_key, "aggregateid");
  EXPECT_EQ(config.outbox_event_payload, "payload");
  EXPECT_EQ(config.outbox_event_timestamp, "");
  EXPECT_EQ(config.outbox_route_by, "aggregatetype");
  EXPECT_EQ(config.outbox_topic_regex, "(?<routedByValue>.*)");
  EXPECT_EQ(config.outbox_topic_replacement, "outbox.event.${routedByValue}");
  EXPECT_EQ(config.outbox_op_invalid, "warn");
  EXPECT_EQ(config.outbox_additional_missing, "error");
  EXPECT_EQ(config.outbox_json_nulls, "ignore");
  EXPECT_EQ(config.outbox_json_empty_arrays, "ignore");
  EXPECT_FALSE(config.outbox_expand_json);
  EXPECT_FALSE(config.outbox_tombstones);
  EXPECT_EQ(config.outbox_unroutable, "halt");
  EXPECT_EQ(config.outbox_key_format, "json");
}

TEST(OutboxConfig, MayBeWrittenAsASection) {
  const LoadedConfig loaded = LoadText(R"(
outbox:
  table:
    include.list: ['public\.outbox_.*']
    field.event: {id: event_id, key: who, payload: body, timestamp: at, schema.version: v}
    fields.additional.placement: [type:header:eventType, 'region : envelope', shard:partition]
    field.additional.missing: ignore
    expand.json.payload: true
    json.payload: {null.behavior: optional_bytes, empty.array.behavior: optional_string}
    op.invalid.behavior: fatal
  route:
    by.field: kind
    topic: {regex: '(.*)', replacement: 'events.$1'}
    tombstone.on.empty.payload: true
    topics.max: 5
    unroutable: envelope
  key.format: text
)");
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].ToString();
  EXPECT_EQ(loaded.config.outbox_event_timestamp, "at");
  EXPECT_EQ(loaded.config.outbox_topics_max, 5);
  const auto placements = OutboxPlacements(loaded.config);
  ASSERT_TRUE(placements);
  ASSERT_EQ(placements->size(), 3U);
  EXPECT_EQ((*placements)[0].column, "type");
  EXPECT_EQ((*placements)[0].name, "eventType");
  EXPECT_EQ((*placements)[1].place, OutboxPlacement::Place::kEnvelope);
  EXPECT_EQ((*placements)[1].name, "region");
  EXPECT_EQ((*placements)[2].place, OutboxPlacement::Place::kPartition);
}

TEST(OutboxConfig, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(ProblemsWith("outbox.table.include.list: ['(']\n"),
              ElementsAre(HasSubstr("outbox.table.include.list: \"(\" is no regular expression")));
  EXPECT_THAT(ProblemsWith("outbox.route.topic.replacement: 'x.$2'\n"),
              ElementsAre(HasSubstr("outbox.route.topic.replacement: got ")));
  EXPECT_THAT(ProblemsWith("outbox.route.topic.regex: '('\n"),
              ElementsAre(HasSubstr("outbox.route.topic.regex")));
  EXPECT_THAT(ProblemsWith("outbox.table.op.invalid.behavior: ignore\n"),
              ElementsAre(HasSubstr("warn, error, fatal")));
  EXPECT_THAT(ProblemsWith("outbox.table.field.event.key: ''\n"),
              ElementsAre(HasSubstr("expected the name of a column")));
  for (const char* entry : {"type", "type:", "type:body", ":header", "a:header:b:c", "a:header:"}) {
    EXPECT_THAT(
        ProblemsWith("outbox.table.fields.additional.placement: ['" + std::string(entry) + "']\n"),
        ElementsAre(HasSubstr("expected COLUMN:PLACEMENT")))
        << entry;
  }
}

TEST(OutboxConfig, PlacesThatCannotBeAreRefused) {
  const auto with = [](const std::string& list, const std::string& more = "") {
    return ProblemsWith("outbox.table.fields.additional.placement: [" + list + "]\n" + more);
  };
  EXPECT_THAT(with("id:header, 'a:envelope', 'b:envelope:c'"), IsEmpty())
      << "Debezium's own example tells the id twice";
  EXPECT_THAT(with("a:header:sluice"), ElementsAre(HasSubstr("the source's own")));
  EXPECT_THAT(with("a:header:id"), ElementsAre(HasSubstr("the header id is the event's")))
      << "readers take the last of two, and would find events by it";
  EXPECT_THAT(with("a:envelope:payload"), ElementsAre(HasSubstr("the payload's")));
  EXPECT_THAT(with("a:envelope:x, b:envelope:x"), ElementsAre(HasSubstr("twice")));
  EXPECT_THAT(with("a:partition, b:partition"), ElementsAre(HasSubstr("one partition")));
  EXPECT_THAT(with("a:envelope", "outbox.value.format: text\n"),
              ElementsAre(HasSubstr("outbox.value.format must be json")));
}

}  // namespace
}  // namespace sluice::config
