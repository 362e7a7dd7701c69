#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "service/config/loader.h"
#include "service/convert/key_rules.h"
#include "service/convert/report.h"
#include "service/convert/value_text.h"

namespace sluice::convert {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string ReadSourceFile(const std::string& path) {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  std::ifstream in(std::string(root == nullptr ? "." : root) + "/" + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A connector that converts without a change, and these settings.
Conversion ConvertWith(const std::vector<std::pair<std::string, std::string>>& settings,
                       const ConvertOptions& options = {"a:1"}) {
  Connector connector;
  connector.settings = {{"connector.class", "io.debezium.connector.postgresql.PostgresConnector"},
                        {"plugin.name", "pgoutput"},
                        {"database.hostname", "h"},
                        {"database.user", "u"},
                        {"database.password", "${file:/s:p}"},
                        {"database.dbname", "d"},
                        {"topic.prefix", "cdc"}};
  for (const auto& setting : settings) {
    std::erase_if(connector.settings, [&](const auto& old) { return old.first == setting.first; });
    if (!setting.second.empty() || setting.first.ends_with("channels")) {
      connector.settings.push_back(setting);
    }
  }
  auto conversion = Convert(connector, options);
  EXPECT_TRUE(conversion.ok()) << (conversion.ok() ? "" : conversion.error().ToString());
  return conversion.ok() ? *conversion : Conversion{};
}

KeyReport ReportOf(const Conversion& conversion, const std::string& key) {
  for (const KeyReport& report : conversion.keys) {
    if (report.key == key) return report;
  }
  ADD_FAILURE() << "nothing is told about " << key;
  return {};
}

config::LoadedConfig LoadResult(const Conversion& conversion) {
  config::ConfigSources sources;
  sources.file = "result.yaml";
  sources.text = RenderYaml(conversion, "c.json");
  sources.references = {
      [](const std::string& name) -> std::optional<std::string> {
        return name == "SLUICE_KAFKA_BROKERS" ? "b:9092" : "secret";
      },
      [](const std::string&) -> Result<std::string> { return std::string("p=secret\n"); }};
  return config::Load(sources);
}

std::vector<std::string> ProblemsOf(const config::LoadedConfig& loaded) {
  std::vector<std::string> texts;
  for (const config::Problem& problem : loaded.problems) texts.push_back(problem.ToString());
  return texts;
}

TEST(ReadConnector, TakesBothShapesAndScalarsOfEveryKind) {
  const auto wrapped =
      ReadConnector(R"({"name":"n","config":{"a":"x","b":5432,"c":true,"d":null,"e":1.5}})");
  ASSERT_TRUE(wrapped.ok());
  EXPECT_EQ(wrapped->name, "n");
  EXPECT_THAT(wrapped->settings, ElementsAre(std::pair("a", "x"), std::pair("b", "5432"),
                                             std::pair("c", "true"), std::pair("e", "1.5")));
  const auto bare = ReadConnector(R"({"name":"n","a":"\u00e9\ud83d\ude00"})");
  ASSERT_TRUE(bare.ok());
  EXPECT_THAT(bare->settings, Contains(std::pair("a", "é😀")));
  for (const char* bad :
       {"", "[]", "{", "{\"config\":{\"a\":[]}}", "{\"a\":{}}", "{\"a\":\"1\",\"a\":\"2\"}"}) {
    EXPECT_FALSE(ReadConnector(bad).ok()) << bad;
  }
}

TEST(ConvertConnector, TheShippedConnectorBecomesTheShippedConfigurationAndNothingChanges) {
  const auto connector = ReadConnector(ReadSourceFile("configs/debezium-postgres-connector.json"));
  ASSERT_TRUE(connector.ok());
  const auto conversion = Convert(*connector, {});
  ASSERT_TRUE(conversion.ok());
  EXPECT_EQ(RenderYaml(*conversion, "configs/debezium-postgres-connector.json"),
            ReadSourceFile("configs/debezium-postgres-connector.yaml"))
      << "run: sluice convert configs/debezium-postgres-connector.json -o "
         "configs/debezium-postgres-connector.yaml";
  EXPECT_FALSE(conversion->changes()) << RenderReport(*conversion, "f");
  const config::LoadedConfig loaded = LoadResult(*conversion);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.sides, config::Sides::kCapture);
  EXPECT_EQ(loaded.config.slot_name, "sluice_cdc");
  EXPECT_THAT(loaded.config.table_include_list, ElementsAre("public.users", "public.orders"));
  EXPECT_EQ(loaded.config.decimal_handling_mode, "string");
  EXPECT_FALSE(loaded.config.key_schemas_enable);
}

TEST(ConvertConnector, EverySettingIsToldOnce) {
  const Conversion conversion = ConvertWith({{"transforms", "unwrap,route"},
                                             {"transforms.unwrap.type", "x.transforms.Filter"},
                                             {"transforms.route.type", "y.Z"},
                                             {"transforms.ghost.type", "y.Z"},
                                             {"nonsense", "1"},
                                             {"max.queue.size", "5"}});
  std::set<std::string> keys;
  for (const KeyReport& report : conversion.keys) {
    EXPECT_TRUE(keys.insert(report.key).second) << report.key;
  }
  for (const char* key : {"connector.class", "database.hostname", "transforms", "nonsense",
                          "transforms.ghost.type", "max.queue.size"}) {
    EXPECT_TRUE(keys.contains(key)) << key;
  }
}

TEST(ConvertConnector, OldNamesAreKnown) {
  const Conversion conversion = ConvertWith({{"topic.prefix", ""},
                                             {"database.server.name", "shop"},
                                             {"table.whitelist", "public.a,public.b{1\\,2}"},
                                             {"schema.blacklist", "audit"},
                                             {"column.blacklist", "public.a.x"},
                                             {"slot.drop_on_stop", "false"},
                                             {"snapshot.mode", "never"},
                                             {"toasted.value.placeholder", "?"},
                                             {"database.sslmode", "verify_full"}});
  EXPECT_FALSE(conversion.changes()) << RenderReport(conversion, "f");
  EXPECT_EQ(ReportOf(conversion, "table.whitelist").fate, KeyFate::kRenamed);
  EXPECT_EQ(ReportOf(conversion, "table.whitelist").target, "table.include.list");
  EXPECT_EQ(ReportOf(conversion, "snapshot.mode").fate, KeyFate::kRenamed);
  const config::LoadedConfig loaded = LoadResult(conversion);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.topic_prefix, "shop");
  EXPECT_THAT(loaded.config.table_include_list, ElementsAre("public.a", "public.b{1,2}"));
  EXPECT_THAT(loaded.config.schema_exclude_list, ElementsAre("audit"));
  EXPECT_EQ(loaded.config.snapshot_mode, "no_data");
  EXPECT_EQ(loaded.config.unavailable_value_placeholder, "?");
  EXPECT_EQ(loaded.config.database_sslmode, "verify-full");
}

TEST(ConvertConnector, TheNewNameStandsOverTheOldOne) {
  const Conversion conversion = ConvertWith({{"database.server.name", "old"}});
  EXPECT_EQ(ReportOf(conversion, "database.server.name").fate, KeyFate::kNoMeaning);
  EXPECT_EQ(LoadResult(conversion).config.topic_prefix, "cdc");
}

TEST(ConvertConnector, WhatChangesBehaviourIsToldWithTheReason) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"slot.drop.on.stop", "true", "never dropped"},
      {"plugin.name", "decoderbufs", "only pgoutput"},
      {"plugin.name", "wal2json", "only pgoutput"},
      {"snapshot.mode", "custom", "snapshot.mode takes one of initial"},
      {"snapshot.mode", "configuration_based", "snapshot.mode takes one of initial"},
      {"time.precision.mode", "structured", "takes one of adaptive"},
      {"heartbeat.interval.ms", "-5", "takes a number of milliseconds"},
      {"snapshot.max.threads", "1000", "takes a whole number from 1 to 64"},
      {"value.converter", "io.confluent.connect.avro.AvroConverter", "always JSON"},
      {"errors.tolerance", "all", "nothing is ever skipped"},
      {"event.processing.failure.handling.mode", "skip", "nothing is ever skipped"},
      {"producer.override.acks", "1", "acknowledged by all replicas"},
      {"producer.override.sasl.jaas.config", "x password=hunter2", "sasl.username"},
      {"producer.override.interceptor.classes", "x.Y", "librdkafka"},
      {"message.prefix.exclude.list", ".*", "every prefix"},
      {"topic.naming.strategy", "com.example.Naming", "topic.prefix.schema.table"},
      {"converters", "isbn", "Java classes"},
      {"signal.enabled.channels", "source,kafka", "sluice capture signal"},
      {"signal.kafka.topic", "signals", "sluice capture signal"},
      {"table.include.list", "public.(?<name>x", "is no regular expression"},
      {"message.key.columns", "public.a", "expected TABLE:COLUMN"},
      {"column.mask.hash.SHA3-256.with.salt.x", "a", "algorithms are MD5"},
      {"snapshot.select.statement.overrides.public.a", "SELECT id FROM public.a",
       "expected schema.table with SELECT"},
      {"database.hostname", "${vault:db:host}", "no provider \"vault\""},
  };
  for (const auto& [key, value, reason] : cases) {
    const Conversion conversion = ConvertWith({{key, value}});
    const KeyReport report = ReportOf(conversion, key);
    EXPECT_EQ(report.fate, KeyFate::kChangesBehaviour) << key << " " << value;
    EXPECT_THAT(report.reason, HasSubstr(reason)) << key;
    EXPECT_TRUE(conversion.changes());
  }
}

TEST(ConvertConnector, ValuesThatAskForWhatIsDoneAnywayMeanNothing) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"slot.drop.on.stop", "false"},
      {"errors.max.retries", "-1"},
      {"errors.tolerance", "none"},
      {"producer.override.acks", "all"},
      {"lsn.flush.mode", "connector"},
      {"skip.messages.without.change", "false"},
      {"snapshot.isolation.mode", "serializable"},
      {"schema.history.internal.kafka.topic", "h"},
      {"driver.socketTimeout", "5"},
      {"internal.whatever", "1"},
      {"openlineage.integration.job.tags", "x"},
  };
  for (const auto& [key, value] : cases) {
    const Conversion conversion = ConvertWith({{key, value}});
    EXPECT_EQ(ReportOf(conversion, key).fate, KeyFate::kNoMeaning) << key;
    EXPECT_THAT(ReportOf(conversion, key).reason, Not(IsEmpty())) << key;
    EXPECT_FALSE(conversion.changes()) << key;
  }
}

TEST(ConvertConnector, UnknownSettingsNameTheNearest) {
  const Conversion conversion = ConvertWith({{"table.inclde.list", "a"}, {"zzz", "1"}});
  EXPECT_EQ(ReportOf(conversion, "table.inclde.list").fate, KeyFate::kUnknown);
  EXPECT_EQ(ReportOf(conversion, "table.inclde.list").reason, "did you mean table.include.list?");
  EXPECT_EQ(ReportOf(conversion, "zzz").fate, KeyFate::kUnknown);
  EXPECT_TRUE(conversion.changes());
  EXPECT_EQ(ReportOf(ConvertWith({{"converters", "isbn"}, {"isbn.type", "x.Y"}}), "isbn.type").fate,
            KeyFate::kNoMeaning);
}

TEST(ConvertConnector, TheReportShowsNoSecretOfSettingsThatAreUnknown) {
  const Conversion conversion = ConvertWith({
      {"column.mask.hash.SHA-256.with.salt.hunter2", "public.a.email"},
      {"column.mask.hash.SHA3-256.with.salt.hunter2", "public.a.phone"},
      {"transforms", "t"},
      {"transforms.t.type", "com.example.T"},
      {"transforms.t.apiKey", "hunter2"},
      {"transforms.t.url", "https://u:hunter2@h/"},
      {"database.url", "jdbc:postgresql://u:hunter2@h/d"},
      {"database.link", "jdbc:postgresql://h/d?user=u&Password=hunter2"},
      {"my.AccessToken", "hunter2"},
      {"my.passphrase", "hunter2"},
      {"converters", "isbn"},
      {"isbn.apiKey", "hunter2"},
      {"my.place", "https://h:1/x"},
  });
  const std::string json = RenderJson(conversion, "f");
  EXPECT_THAT(RenderReport(conversion, "f"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(json.substr(json.find("\"keys\"")), Not(HasSubstr("hunter2")));
  EXPECT_THAT(RenderReport(conversion, "f"),
              AllOf(HasSubstr("`column.mask.hash.SHA-256.with.salt.[secret]` | `public.a.email`"),
                    HasSubstr("`https://h:1/x`")));
  EXPECT_EQ(ReportOf(conversion, "column.mask.hash.SHA3-256.with.salt.hunter2").fate,
            KeyFate::kChangesBehaviour);
  EXPECT_THAT(RenderYaml(conversion, "f"), HasSubstr("SHA-256.with.salt.hunter2"));
}

TEST(ConvertConnector, PasswordsAreNeverCopiedAndReferencesStay) {
  const Conversion literal = ConvertWith({{"database.password", "hunter2"},
                                          {"producer.override.ssl.key.password", "hunter2"},
                                          {"producer.override.sasl.jaas.config", "hunter2"}});
  for (const std::string& text :
       {RenderYaml(literal, "f"), RenderReport(literal, "f"), RenderJson(literal, "f")}) {
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  }
  EXPECT_THAT(RenderYaml(literal, "f"),
              HasSubstr("database.password: '${env:SLUICE_DATABASE_PASSWORD}'\n"));
  EXPECT_EQ(ReportOf(literal, "database.password").fate, KeyFate::kKept);
  EXPECT_THAT(ReportOf(literal, "database.password").reason, HasSubstr("a secret is not copied"));
  EXPECT_EQ(LoadResult(literal).config.database_password, "secret");

  const Conversion file = ConvertWith({{"database.password", "${file:/opt/s.properties:p}"}});
  EXPECT_THAT(RenderYaml(file, "f"),
              HasSubstr("database.password: '${file:/opt/s.properties:p}'\n"));
  EXPECT_FALSE(file.changes());
}

TEST(ConvertConnector, WhatConnectHasByDefaultIsWrittenDownWhereOursDiffers) {
  const Conversion silent = ConvertWith({});
  EXPECT_TRUE(LoadResult(silent).config.key_schemas_enable);
  EXPECT_TRUE(LoadResult(silent).config.value_schemas_enable);
  EXPECT_EQ(ReportOf(silent, "key.converter.schemas.enable").value, "(not set)");
  const Conversion said = ConvertWith({{"value.converter.schemas.enable", "false"}});
  EXPECT_FALSE(LoadResult(said).config.value_schemas_enable);
  EXPECT_EQ(ReportOf(ConvertWith({{"plugin.name", ""}}), "plugin.name").fate,
            KeyFate::kChangesBehaviour);
}

TEST(ConvertConnector, BrokersComeFromTheFlagTheConnectorOrAVariable) {
  EXPECT_THAT(LoadResult(ConvertWith({}, {"x:1,y:2"})).config.kafka_brokers,
              ElementsAre("x:1", "y:2"));
  const Conversion overridden =
      ConvertWith({{"producer.override.bootstrap.servers", "o:1,p:2"}}, {});
  EXPECT_THAT(LoadResult(overridden).config.kafka_brokers, ElementsAre("o:1", "p:2"));
  const Conversion unknown = ConvertWith({}, {});
  EXPECT_THAT(LoadResult(unknown).config.kafka_brokers, ElementsAre("b:9092"));
  EXPECT_FALSE(unknown.changes());
}

TEST(ConvertConnector, TransformsAreToldByTheirKind) {
  const Conversion conversion =
      ConvertWith({{"transforms", "unwrap, route ,again,logical"},
                   {"transforms.unwrap.type", "io.debezium.transforms.ExtractNewRecordState"},
                   {"transforms.unwrap.drop.tombstones", "false"},
                   {"transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter"},
                   {"transforms.route.regex", "cdc\\.public\\.(.*)"},
                   {"transforms.route.replacement", "shop.$1"},
                   {"transforms.again.type", "org.apache.kafka.connect.transforms.RegexRouter"},
                   {"transforms.again.regex", "a"},
                   {"transforms.logical.type", "io.debezium.transforms.ByLogicalTableRouter"}});
  EXPECT_EQ(ReportOf(conversion, "transforms.unwrap.type").fate, KeyFate::kChangesBehaviour);
  EXPECT_TRUE(
      ConvertWith({{"transforms", "unwrap"},
                   {"transforms.unwrap.type", "io.debezium.transforms.ExtractNewRecordState"}})
          .changes())
      << "other readers of the topics see envelopes";
  EXPECT_THAT(ReportOf(conversion, "transforms.unwrap.type").reason, HasSubstr("whole envelopes"));
  EXPECT_EQ(ReportOf(conversion, "transforms.route.type").fate, KeyFate::kRenamed);
  EXPECT_EQ(ReportOf(conversion, "transforms.again.type").fate, KeyFate::kChangesBehaviour);
  EXPECT_EQ(ReportOf(conversion, "transforms.logical.type").fate, KeyFate::kChangesBehaviour);
  const config::LoadedConfig loaded = LoadResult(conversion);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.topic_routing_regex, "cdc\\.public\\.(.*)");
  EXPECT_EQ(loaded.config.topic_routing_replacement, "shop.$1");

  const Conversion conditional =
      ConvertWith({{"transforms", "r"},
                   {"transforms.r.type", "org.apache.kafka.connect.transforms.RegexRouter"},
                   {"transforms.r.predicate", "p"},
                   {"predicates", "p"}});
  EXPECT_EQ(ReportOf(conditional, "transforms.r.type").fate, KeyFate::kChangesBehaviour);
}

TEST(ConvertConnector, AnEventRouterBecomesTheSectionOutbox) {
  const Conversion conversion = ConvertWith(
      {{"table.include.list", "public.events,public.more"},
       {"transforms", "outbox"},
       {"transforms.outbox.type", "io.debezium.transforms.outbox.EventRouter"},
       {"transforms.outbox.table.field.event.id", "event_id"},
       {"transforms.outbox.table.field.event.key", "who"},
       {"transforms.outbox.table.field.event.type", "kind"},
       {"transforms.outbox.table.field.event.payload", "body"},
       {"transforms.outbox.table.field.event.timestamp", "at"},
       {"transforms.outbox.table.field.event.schema.version", "v"},
       {"transforms.outbox.table.fields.additional.placement", "kind:header:eventType,r:envelope"},
       {"transforms.outbox.table.field.additional.missing", "ignore"},
       {"transforms.outbox.table.expand.json.payload", "true"},
       {"transforms.outbox.table.json.payload.null.behavior", "optional_bytes"},
       {"transforms.outbox.table.json.payload.empty.array.behavior", "optional_string"},
       {"transforms.outbox.table.op.invalid.behavior", "FATAL"},
       {"transforms.outbox.route.by.field", "kind"},
       {"transforms.outbox.route.topic.regex", "(?<routedByValue>.*)"},
       {"transforms.outbox.route.topic.replacement", "events.${routedByValue}"},
       {"transforms.outbox.route.tombstone.on.empty.payload", "true"},
       {"transforms.outbox.tracing.span.context.field", "x"}});
  EXPECT_FALSE(conversion.changes()) << RenderReport(conversion, "f");
  EXPECT_EQ(ReportOf(conversion, "transforms.outbox.type").target, "outbox.table.include.list");
  EXPECT_EQ(ReportOf(conversion, "transforms.outbox.table.field.event.type").fate,
            KeyFate::kNoMeaning);
  const config::LoadedConfig loaded = LoadResult(conversion);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  const config::Config& config = loaded.config;
  EXPECT_THAT(config.outbox_tables, ElementsAre("public.events", "public.more"));
  EXPECT_EQ(config.outbox_event_id, "event_id");
  EXPECT_EQ(config.outbox_event_key, "who");
  EXPECT_EQ(config.outbox_event_payload, "body");
  EXPECT_EQ(config.outbox_event_timestamp, "at");
  EXPECT_EQ(config.outbox_event_schema_version, "v");
  EXPECT_THAT(config.outbox_placement, ElementsAre("kind:header:eventType", "r:envelope"));
  EXPECT_EQ(config.outbox_additional_missing, "ignore");
  EXPECT_TRUE(config.outbox_expand_json);
  EXPECT_EQ(config.outbox_json_nulls, "optional_bytes");
  EXPECT_EQ(config.outbox_json_empty_arrays, "optional_string");
  EXPECT_EQ(config.outbox_op_invalid, "fatal");
  EXPECT_EQ(config.outbox_route_by, "kind");
  EXPECT_EQ(config.outbox_topic_replacement, "events.${routedByValue}");
  EXPECT_TRUE(config.outbox_tombstones);
  EXPECT_EQ(config.outbox_unroutable, "halt") << "as there, where the task fails";
}

/// A connector with an event router and these settings.
Conversion RouterWith(std::vector<std::pair<std::string, std::string>> more) {
  more.emplace_back("transforms", "o");
  more.emplace_back("transforms.o.type", "io.debezium.transforms.outbox.EventRouter");
  return ConvertWith(more);
}

TEST(ConvertConnector, AnEventRouterTakesTheTablesOfItsPredicate) {
  EXPECT_THAT(LoadResult(RouterWith({})).config.outbox_tables, ElementsAre(".*"));
  const auto predicate = [](const std::string& pattern, const std::string& negate = "false") {
    return RouterWith(
        {{"transforms.o.predicate", "p"},
         {"transforms.o.negate", negate},
         {"predicates", "p"},
         {"predicates.p.type", "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"},
         {"predicates.p.pattern", pattern}});
  };
  for (const auto& [pattern, table] : {std::pair("cdc\\.public\\.outbox.*", "public\\.outbox.*"),
                                       {"cdc.public.events", "public.events"},
                                       {".*outbox.{1,2}", ".*outbox.{1,2}"}}) {
    const Conversion conversion = predicate(pattern);
    EXPECT_FALSE(conversion.changes()) << RenderReport(conversion, "f");
    EXPECT_THAT(LoadResult(conversion).config.outbox_tables, ElementsAre(table));
  }
  for (const Conversion& unclear : {predicate("[a-c]dc.events"), predicate("cdc.events", "true")}) {
    EXPECT_EQ(ReportOf(unclear, "transforms.o.type").fate, KeyFate::kChangesBehaviour);
    EXPECT_THAT(ReportOf(unclear, "transforms.o.type").reason,
                HasSubstr("outbox.table.include.list"));
    EXPECT_THAT(LoadResult(unclear).config.outbox_tables, IsEmpty());
  }
}

TEST(ConvertConnector, ConvertersOfEventsBecomeFormats) {
  const Conversion conversion =
      RouterWith({{"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                  {"value.converter", "io.debezium.converters.BinaryDataConverter"}});
  EXPECT_FALSE(conversion.changes()) << RenderReport(conversion, "f");
  EXPECT_EQ(LoadResult(conversion).config.outbox_key_format, "text");
  EXPECT_EQ(LoadResult(conversion).config.outbox_value_format, "text");
  EXPECT_TRUE(ConvertWith({{"key.converter", "org.apache.kafka.connect.storage.StringConverter"}})
                  .changes())
      << "other records are JSON";
}

TEST(ConvertConnector, AnEventRoutersOldAndWrongSettingsAreTold) {
  const Conversion old =
      RouterWith({{"transforms.o.table.fields.additional.error.on.missing", "false"}});
  EXPECT_FALSE(old.changes());
  EXPECT_EQ(LoadResult(old).config.outbox_additional_missing, "ignore");
  const Conversion wrong = RouterWith({{"transforms.o.route.tpoic.regex", "x"},
                                       {"transforms.o.apiKey", "hunter2"},
                                       {"transforms.o.table.op.invalid.behavior", "explode"},
                                       {"transforms.o.route.topic.replacement", "$7"}});
  EXPECT_EQ(ReportOf(wrong, "transforms.o.route.tpoic.regex").fate, KeyFate::kUnknown);
  EXPECT_EQ(ReportOf(wrong, "transforms.o.apiKey").value, "[secret]");
  EXPECT_EQ(ReportOf(wrong, "transforms.o.table.op.invalid.behavior").fate,
            KeyFate::kChangesBehaviour);
  EXPECT_EQ(ReportOf(wrong, "transforms.o.route.topic.replacement").fate,
            KeyFate::kChangesBehaviour);
}

TEST(ConvertConnector, ColumnRulesProducerSettingsAndStatementsArrive) {
  const Conversion conversion =
      ConvertWith({{"column.mask.with.5.chars", "public.a.x"},
                   {"column.mask.hash.v2.SHA-256.with.salt.Cz", "public.a.y, public.a.z"},
                   {"column.truncate.to.20.chars", "public.a.note"},
                   {"snapshot.select.statement.overrides", "public.a"},
                   {"snapshot.select.statement.overrides.public.a",
                    "SELECT * FROM public.a\nWHERE note = 'it''s: #1 \"x\"'"},
                   {"producer.override.linger.ms", "100"},
                   {"producer.override.batch.size", "65536"},
                   {"producer.override.security.protocol", "SASL_SSL"},
                   {"skipped.operations", "none"},
                   {"tombstones.on.delete", "FALSE"},
                   {"heartbeat.interval.ms", "10000"},
                   {"heartbeat.action.query", "INSERT INTO beats VALUES (now(), 'a: #b')"}});
  EXPECT_FALSE(conversion.changes()) << RenderReport(conversion, "f");
  const config::LoadedConfig loaded = LoadResult(conversion);
  ASSERT_THAT(ProblemsOf(loaded), IsEmpty());
  const config::Config& config = loaded.config;
  EXPECT_EQ(config.heartbeat_action_query, "INSERT INTO beats VALUES (now(), 'a: #b')");
  EXPECT_THAT(config.column_mask_with, ElementsAre(std::pair("5.chars", "public.a.x")));
  EXPECT_THAT(config.column_mask_hash,
              ElementsAre(std::pair("v2.SHA-256.with.salt.Cz", "public.a.y, public.a.z")));
  EXPECT_THAT(config.column_truncate_to, ElementsAre(std::pair("20.chars", "public.a.note")));
  EXPECT_THAT(
      config.snapshot_select_statement_overrides,
      ElementsAre(std::pair("public.a", "SELECT * FROM public.a\nWHERE note = 'it''s: #1 \"x\"'")));
  EXPECT_EQ(config.producer_linger_us, 100'000);
  EXPECT_EQ(config.producer_batch_size_bytes, 65'536);
  EXPECT_THAT(config.kafka_properties, ElementsAre(std::pair("security.protocol", "SASL_SSL")));
  EXPECT_THAT(config.skipped_operations, ElementsAre("none"));
  EXPECT_FALSE(config.tombstones_on_delete);
}

TEST(ConvertConnector, WhatIsMissingForARunIsTold) {
  const Conversion conversion = ConvertWith({{"database.dbname", ""}});
  EXPECT_EQ(ReportOf(conversion, "database.dbname").fate, KeyFate::kChangesBehaviour);
  EXPECT_THAT(ReportOf(conversion, "database.dbname").reason, HasSubstr("required"));
}

TEST(ConvertConnector, OtherConnectorsAreRefused) {
  Connector mysql;
  mysql.settings = {{"connector.class", "io.debezium.connector.mysql.MySqlConnector"},
                    {"database.hostname", "h"}};
  EXPECT_THAT(Convert(mysql, {}).error().ToString(), HasSubstr("MySqlConnector, expected"));
  Connector other;
  other.settings = {{"a", "1"}};
  EXPECT_FALSE(Convert(other, {}).ok());
}

TEST(ConvertConnector, TheReportIsATableThatNoValueBreaks) {
  const Conversion conversion = ConvertWith({{"table.include.list", "public.(a|b)"}});
  const std::string report = RenderReport(conversion, "c.json");
  EXPECT_THAT(report, AllOf(HasSubstr("| Setting | Value | Result | Option | Why |\n"),
                            HasSubstr("| `table.include.list` | `public.(a\\|b)` | kept | "
                                      "`table.include.list` |  |\n"),
                            HasSubstr(" kept, ")));
  EXPECT_THAT(RenderJson(conversion, "c.json"),
              AllOf(HasSubstr("\"changes\":false"), HasSubstr("\"fate\":\"kept\"")));
}

TEST(KeyRules, EveryRuleLeadsSomewhereAndGivesAReasonWhereNothingIsTaken) {
  std::set<std::string_view> keys;
  for (const KeyRule& rule : KeyRules()) {
    EXPECT_TRUE(keys.insert(rule.key).second) << rule.key;
    EXPECT_FALSE(rule.reason.ends_with('.')) << rule.key;
    const bool reason_needed = rule.action == KeyAction::kIgnore ||
                               rule.action == KeyAction::kUnless ||
                               rule.action == KeyAction::kChange;
    EXPECT_FALSE(reason_needed && rule.reason.empty()) << rule.key;
    if (rule.action == KeyAction::kRename || rule.action == KeyAction::kBrokers) {
      EXPECT_NE(config::FindOption(rule.detail), nullptr) << rule.key;
    }
    if (rule.action == KeyAction::kKeep && !rule.key.ends_with('*')) {
      EXPECT_NE(config::FindOption(rule.key), nullptr) << rule.key;
    }
    if (rule.action == KeyAction::kKeep && rule.key.ends_with('*')) {
      EXPECT_NE(config::FindMapOf(rule.key), nullptr) << rule.key;
    }
  }
}

TEST(KeyRules, EveryOptionThatIsDebeziumsIsKept) {
  for (const config::Option& option : config::Options()) {
    const bool ours = option.sides != config::Sides::kCapture ||
                      option.path.starts_with("capture.") || option.path.starts_with("compat.") ||
                      option.path.starts_with("producer.") ||
                      option.path.starts_with("topic.routing.") ||
                      option.path.starts_with("outbox.");  // of a transform
    if (ours) continue;
    const bool map = option.type == config::OptionType::kTextMap;
    const KeyRule* rule = FindRule(std::string(option.path) + (map ? ".x" : ""));
    ASSERT_NE(rule, nullptr) << option.path;
    EXPECT_NE(rule->action, KeyAction::kIgnore) << option.path;
    EXPECT_NE(rule->action, KeyAction::kChange) << option.path;
  }
}

TEST(ValueText, ScalarsAreReadBackAsTheyWere) {
  EXPECT_EQ(YamlScalar("plain.text-1"), "plain.text-1");
  EXPECT_EQ(YamlScalar("it's"), "'it''s'");
  EXPECT_EQ(YamlScalar(""), "''");
  EXPECT_EQ(YamlScalar("- x"), "'- x'");
  EXPECT_EQ(YamlScalar("a\n\"b\"\\"), "\"a\\x0a\\\"b\\\"\\\\\"");
  EXPECT_TRUE(IsReference("x${directory:/d:k}"));
  EXPECT_FALSE(IsReference("${vault:a}"));
  EXPECT_EQ(ForeignProvider("${vault:a:b}"), "vault");
  EXPECT_EQ(ForeignProvider("${name}"), std::nullopt);
}

}  // namespace
}  // namespace sluice::convert
