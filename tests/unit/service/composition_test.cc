#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/composition/adapter_settings.h"
#include "service/composition/coverage.h"
#include "service/composition/credential_reader.h"
#include "service/composition/source_signal.h"
#include "service/config/loader.h"

namespace sluice::service {
namespace {

config::LoadedConfig LoadText(const std::string& more) {
  config::ConfigSources sources;
  sources.file = "f";
  sources.text =
      "kafka: {brokers: ['a:1', 'b:2'], topics: [t]}\n"
      "elasticsearch.urls: ['http://e:1']\n" +
      more;
  sources.references.variable = [](const std::string&) {
    return std::optional<std::string>("old");
  };
  return config::Load(sources);
}

TEST(CapturedTables, ThoseThatAreGoneAreToldOfOnceAndStayKnown) {
  postgres::CatalogueTable left_out;
  left_out.id = 7;
  left_out.schema = "public";
  left_out.name = "left_out";
  const GoneTables gone = FindGoneTables(
      {left_out},
      {{"public.left_out", {7, {}}}, {"public.users", {6, {{50, {1}}}}}, {"public.old", {0, {}}}});
  EXPECT_EQ(gone.tables,
            (postgres::KnownTables{{"public.users", {0, {}}}, {"public.old", {0, {}}}}));
  ASSERT_EQ(gone.findings.size(), 1U);
  EXPECT_THAT(gone.findings[0].what, ::testing::HasSubstr("public.users"));
}

TEST(CredentialReader, ResolvesReferencesAgain) {
  const config::LoadedConfig loaded =
      LoadText("elasticsearch: {username: u, password: '${env:PASSWORD}'}\n");
  ASSERT_TRUE(loaded.problems.empty());
  std::optional<std::string> now = "new";
  const auto reader =
      CredentialReaderOf(loaded.config, {[&now](const std::string&) { return now; }, nullptr});
  EXPECT_EQ(reader(), (elasticsearch::Credentials{"u", "new", ""}));
  now.reset();
  EXPECT_EQ(reader(), std::nullopt);
}

TEST(CredentialReader, IsEmptyWhereThereIsNothingToReadAgain) {
  const config::LoadedConfig loaded = LoadText("elasticsearch: {username: u, password: literal}\n");
  EXPECT_FALSE(CredentialReaderOf(loaded.config, config::SystemReferences()));
}

TEST(AdapterSettings, CarryEachValueInTheAdaptersUnits) {
  const config::LoadedConfig loaded = LoadText(
      "kafka.group: {id: g, instance.id: i}\n"
      "kafka.topics.refresh: 2s\n"
      "kafka.session.timeout: 10s\n"
      "kafka.partition.assignment.strategy: cooperative-sticky\n"
      "kafka.queue.max.bytes: 1MiB\n"
      "kafka.properties: {socket.timeout.ms: 5000}\n"
      "elasticsearch: {request.timeout: 7s, bulk.timeout: 3s, gzip: true}\n"
      "event: {format: json_schema, documents: {topics.regex: 'outbox.*', id: position}}\n"
      "version.mode: header\n"
      "truncate.mode: ignore\n"
      "bulk: {linger: 9ms, max.in.flight: 3}\n"
      "retry.backoff: {first: 20ms, max: 4s}\n"
      "shutdown.timeout: 11s\n"
      "dead_letters: {topic: dlq, max.bytes: 2KiB}\n");
  for (const config::Problem& problem : loaded.problems) ADD_FAILURE() << problem.ToString();
  const config::Config& config = loaded.config;

  EXPECT_EQ(KafkaSettings(config).brokers, "a:1,b:2");
  EXPECT_EQ(KafkaSettings(config).properties.at("socket.timeout.ms"), "5000");
  const kafka::ConsumerSettings consumer = ConsumerSettingsOf(config, 2);
  EXPECT_EQ(consumer.group_id, "g");
  EXPECT_EQ(consumer.group_instance_id, "i-2");
  EXPECT_EQ(consumer.topics_refresh_ms, 2'000);
  EXPECT_EQ(consumer.session_timeout_ms, 10'000);
  EXPECT_EQ(consumer.queue_max_bytes, 1U << 20);
  EXPECT_EQ(consumer.assignment, kafka::AssignmentStrategy::kCooperativeSticky);
  EXPECT_EQ(DeadLetterSettingsOf(config).topic, "dlq");
  EXPECT_EQ(DeadLetterSettingsOf(config).letter_max_bytes, 2'048U);
  const elasticsearch::Settings search = SearchSettings(config);
  EXPECT_EQ(search.request_timeout_ms, 7'000);
  EXPECT_EQ(search.bulk_timeout_ms, 3'000);
  EXPECT_TRUE(search.gzip);
  EXPECT_EQ(StreamOptionsOf(config).envelopes.format, debezium::EventFormat::kWithSchema);
  EXPECT_EQ(StreamOptionsOf(config).documents.format, debezium::EventFormat::kWithSchema);
  EXPECT_EQ(StreamOptionsOf(config).documents.identity, debezium::DocumentIdentity::kPosition);
  EXPECT_EQ(StreamOptionsOf(config).document_topics, "outbox.*");
  const PipelineSettings pipeline = PipelineSettingsOf(config);
  EXPECT_EQ(pipeline.truncate_mode, TruncateMode::kIgnore);
  EXPECT_EQ(pipeline.version_mode, VersionMode::kHeader);
  EXPECT_EQ(pipeline.bulk_linger_us, 9'000);
  EXPECT_EQ(pipeline.bulk_max_in_flight, 3U);
  EXPECT_EQ(pipeline.backoff.first_us, 20'000);
  EXPECT_EQ(pipeline.backoff.longest_us, 4'000'000);
  EXPECT_EQ(pipeline.shutdown_timeout_us, 11'000'000);
}

TEST(AdapterSettings, EachWorkerOfAStaticMemberHasItsOwnNameAndADynamicOneHasNone) {
  EXPECT_NE(
      ConsumerSettingsOf(LoadText("kafka.group.instance.id: i\n").config, 0).group_instance_id,
      ConsumerSettingsOf(LoadText("kafka.group.instance.id: i\n").config, 1).group_instance_id);
  EXPECT_EQ(ConsumerSettingsOf(LoadText("").config, 0).group_instance_id, "");
}

TEST(SourceSignal, NamesTheTablesAndWhatTheirRowsMustMeet) {
  SourceSignal signal;
  signal.tables = {"public.users"};
  EXPECT_EQ(RenderSignalData(signal),
            R"({"type":"incremental","data-collections":["public.users"]})");
  signal.filter = R"(name = 'it"s')";
  EXPECT_EQ(RenderSignalData(signal),
            R"({"type":"incremental","data-collections":["public.users"],"additional-conditions":)"
            R"([{"data-collection":"public.users","filter":"name = 'it\"s'"}]})");
}

}  // namespace
}  // namespace sluice::service
