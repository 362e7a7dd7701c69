// Options of deliveries: what is needed, what excludes each other, what is never printed.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "core/operations/group/commit_note.h"
#include "service/composition/deliver_settings.h"
#include "service/composition/parked_topics.h"
#include "service/config/checks.h"
#include "service/config/checks_deliver.h"
#include "service/config/loader.h"
#include "service/config/render.h"

namespace sluice::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kGood =
    "kafka.brokers: ['a:1']\n"
    "deliver:\n"
    "  topic: moves\n"
    "  destinations: {acme: 'https://acme.example/s', brook: 'http://127.0.0.1:9/'}\n";

LoadedConfig LoadText(const std::string& text, std::optional<Sides> sides = Sides::kDeliver) {
  ConfigSources sources;
  sources.file = "sluice.yaml";
  sources.text = text;
  return Load(sources, {}, sides);
}

std::vector<std::string> ProblemsOf(const LoadedConfig& loaded) {
  std::vector<std::string> texts;
  for (const Problem& problem : loaded.problems)
    texts.push_back(problem.path + ": " + problem.message);
  return texts;
}

TEST(DeliverOptions, ATopicAndDestinationsAreAllThatIsNeeded) {
  const LoadedConfig loaded = LoadText(kGood, std::nullopt);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.sides, Sides::kDeliver) << "neither an index nor a source is asked for";
  EXPECT_THAT(ProblemsOf(LoadText("kafka.brokers: ['a:1']\n")),
              ElementsAre(HasSubstr("deliver.topic: required"),
                          HasSubstr("deliver.destinations: required")));
}

TEST(DeliverOptions, ASourceMayBeInTheSameFile) {
  const LoadedConfig loaded = LoadText(std::string(kGood) +
                                           "database: {hostname: h, user: u, dbname: d}\n"
                                           "topic.prefix: p\n",
                                       std::nullopt);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.sides, Sides::kTelling);
}

TEST(DeliverOptions, WhatElseIsInTheFileIsTakenForItsPart) {
  const std::string changelog = std::string(kGood) + "changelog.fields: [a]\n";
  const std::string index = changelog + "kafka.topics: [t]\n";
  const std::string source = "topic.prefix: p\n";
  EXPECT_EQ(LoadText(changelog, std::nullopt).sides, With(Sides::kChangelog, Sides::kDeliver));
  EXPECT_EQ(LoadText(index, std::nullopt).sides, Sides::kReaders);
  EXPECT_EQ(LoadText(changelog + source, std::nullopt).sides, Sides::kTelling);
  EXPECT_EQ(LoadText(index + source, std::nullopt).sides, Sides::kAll);
  EXPECT_FALSE(Overlap(Sides::kRun, Sides::kDeliver)) << "it is a command of its own";
}

TEST(DeliverOptions, WhatCannotBeUsedIsToldWithItsName) {
  const std::string rest = "kafka.brokers: ['a:1']\ndeliver.topic: moves\n";
  EXPECT_THAT(ProblemsOf(LoadText(rest + "deliver.destinations: {'a b': 'https://x/'}\n")),
              ElementsAre(HasSubstr("the name \"a b\"")));
  EXPECT_THAT(ProblemsOf(LoadText(rest + "deliver.destinations: {a: 'ftp://x/'}\n")),
              ElementsAre(HasSubstr("a: expected a URL")));
  const auto credentials =
      ProblemsOf(LoadText(rest + "deliver.destinations: {a: 'https://me:pass@x/'}\n"));
  EXPECT_THAT(credentials, ElementsAre(HasSubstr("a: the URL holds credentials")));
  EXPECT_THAT(credentials.front(), Not(HasSubstr("pass")));
  EXPECT_THAT(ProblemsOf(LoadText(std::string(kGood) + "deliver.secrets: {nobody: x}\n")),
              ElementsAre(HasSubstr("no destination nobody")));
  EXPECT_THAT(
      ProblemsOf(LoadText(std::string(kGood) + "deliver.breaker: {pause: 1m, pause.max: 1s}\n")),
      ElementsAre(HasSubstr("expected at most deliver.breaker.pause.max")));
  EXPECT_THAT(ProblemsOf(LoadText(std::string(kGood) + "deliver.dead_letters.topic: moves\n")),
              ElementsAre(HasSubstr("which is deliver.topic too")));
}

TEST(DeliverOptions, SecretsAreNeverPrinted) {
  const LoadedConfig loaded = LoadText(std::string(kGood) + "deliver.secrets: {acme: hidden}\n");
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_THAT(RenderValues(loaded, true), Not(HasSubstr("hidden")));
  EXPECT_THAT(RenderValuesJson(loaded), Not(HasSubstr("hidden")));
  EXPECT_EQ(service::WebhookSettingsOf(loaded.config).endpoints[0].secret, "hidden");
  EXPECT_EQ(service::WebhookSettingsOf(loaded.config).endpoints[1].secret, "");
}

TEST(DeliverOptions, EachDestinationHasAParkedTopicThatIsReadToo) {
  const LoadedConfig loaded = LoadText(std::string(kGood) + "deliver.group.id: g\n");
  EXPECT_EQ(ParkedTopic(loaded.config, "acme"), "g.parked.acme");
  const std::string note = service::ParkedNote(loaded.config);
  EXPECT_TRUE(IsCommitNote(note)) << note;
  EXPECT_TRUE(service::NoteTellsOf(note, "g.parked.acme")) << note;
  EXPECT_FALSE(service::NoteTellsOf(note, "other.parked.acme")) << note;
  EXPECT_FALSE(service::NoteTellsOf("1;clean=0", "g.parked.acme"));
  const kafka::ConsumerSettings consumer = service::DeliverConsumerOf(loaded.config);
  EXPECT_THAT(consumer.topics, ElementsAre("moves", "g.parked.acme", "g.parked.brook"));
  EXPECT_EQ(consumer.group_id, "g");
  EXPECT_EQ(consumer.assignment, kafka::AssignmentStrategy::kRange);
  const DeliverySettings settings = service::DeliverySettingsOf(loaded.config);
  EXPECT_EQ(settings.destinations[1].name, "brook");
  EXPECT_EQ(settings.destinations[1].parked, "g.parked.brook");
  const kafka::PublisherSettings parking = service::ParkingSettingsOf();
  EXPECT_TRUE(parking.gapless) << "docs/adr/0012: a run leaves nothing out";
  EXPECT_EQ(parking.message_timeout_ms, 0) << "the same";
}

TEST(DeliverOptions, WindowsCountInTheSumOfMemory) {
  const Config two = LoadText(kGood).config;
  Config more = two;
  more.deliver_destinations.emplace_back("third", "http://x/");
  EXPECT_EQ(MemorySum(more, Sides::kDeliver) - MemorySum(two, Sides::kDeliver), 1 << 20);
}

}  // namespace
}  // namespace sluice::config
