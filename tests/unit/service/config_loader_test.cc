#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "service/config/checks.h"
#include "service/config/loader.h"
#include "service/config/memory.h"
#include "service/config/render.h"

namespace sluice::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kMinimal =
    "kafka: {brokers: ['127.0.0.1:9092'], topics: [cdc.public.users]}\n"
    "elasticsearch: {urls: ['http://127.0.0.1:9200']}\n";

ReferenceSources NoReferences() {
  return {[](const std::string&) -> std::optional<std::string> { return std::nullopt; },
          [](const std::string& path) -> Result<std::string> {
            return Error{"cannot read file " + path, ""};
          }};
}

ConfigSources FromText(std::string text) {
  ConfigSources sources;
  sources.file = "f.yaml";
  sources.text = std::move(text);
  sources.references = NoReferences();
  return sources;
}

std::vector<std::string> ProblemsOf(const LoadedConfig& loaded) {
  std::vector<std::string> texts;
  for (const Problem& problem : loaded.problems) texts.push_back(problem.ToString());
  return texts;
}

LoadedConfig LoadMinimalPlus(const std::string& more) {
  return Load(FromText(kMinimal + more));
}

TEST(ConfigLoader, DefaultsOfAllOptionsParse) {
  const LoadedConfig loaded = LoadMinimalPlus("");
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.values.size(), Options().size());
  EXPECT_EQ(loaded.config.bulk_max_bytes, 8 * 1024 * 1024);
  EXPECT_EQ(loaded.config.shutdown_timeout_us, 60'000'000);
  EXPECT_EQ(loaded.config.http_port, 8690);
  EXPECT_EQ(loaded.config.dead_letters_topic, "sluice.dead-letters");
  EXPECT_EQ(loaded.config.on_halt, "exit");
}

TEST(ConfigLoader, NestedAndDottedNamesAreTheSame) {
  const LoadedConfig loaded = LoadMinimalPlus(
      "bulk:\n  max.bytes: 1MiB\n  max:\n    in.flight: 2\nbulk.linger: 7ms\n"
      "kafka.group.id: g\n");
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.bulk_max_bytes, 1 << 20);
  EXPECT_EQ(loaded.config.bulk_max_in_flight, 2);
  EXPECT_EQ(loaded.config.bulk_linger_us, 7'000);
  EXPECT_EQ(loaded.config.kafka_group_id, "g");
}

TEST(ConfigLoader, ReportsAllProblemsAtOnceWithLineAndColumn) {
  const LoadedConfig loaded =
      Load(FromText("kafka:\n"
                    "  brokerss: [a:1]\n"
                    "bulk:\n"
                    "  max.bytes: 5\n"
                    "  max.documents: many\n"
                    "pipeline:\n"
                    "  workers: 0\n"
                    "truncate.mode: drop\n"));
  EXPECT_THAT(
      ProblemsOf(loaded),
      ::testing::UnorderedElementsAre(
          "f.yaml:2:3: kafka.brokerss: there is no such option; did you mean kafka.brokers?",
          "f.yaml:4:14: bulk.max.bytes: got \"5\", expected a size from 4KiB to 100MiB; a unit is "
          "missing",
          "f.yaml:5:18: bulk.max.documents: got \"many\", expected a whole number from 1 to "
          "1000000",
          "f.yaml:7:12: pipeline.workers: got \"0\", expected a whole number from 1 to 64",
          "f.yaml:8:16: truncate.mode: got \"drop\", expected one of halt, ignore, apply",
          "f.yaml: kafka.brokers: required; for example [127.0.0.1:9092]",
          "default: kafka.topics: required: name topics here or by kafka.topics.regex",
          "f.yaml: elasticsearch.urls: required; for example [http://127.0.0.1:9200]"));
}

TEST(ConfigLoader, DuplicateNamesAreProblemsInEverySpelling) {
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("bulk: {linger: 1ms, linger: 2ms}\n")),
              ElementsAre("f.yaml:3:21: bulk.linger: this stands here twice, first at line:3:8"));
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("bulk: {linger: 1ms}\nbulk.linger: 2ms\n")),
              ElementsAre("f.yaml:4:1: bulk.linger: this stands here twice, first at line:3:8"));
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("bulk: {linger: 1ms}\nbulk: {max.bytes: 1MiB}\n")),
              ElementsAre(HasSubstr("f.yaml:4:1: bulk: this stands here twice")));
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("kafka.properties: {a: {b: 1}, a.b: 2}\n")),
              ElementsAre(HasSubstr("kafka.properties.a.b: this name stands here twice")));
}

TEST(ConfigLoader, WrongShapesNameTheOption) {
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("bulk: 7\n")),
              ElementsAre("f.yaml:3:7: bulk: got \"7\", expected a section"));
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("bulk.max.bytes: [1MiB]\n")),
              ElementsAre(HasSubstr("bulk.max.bytes: got a list, expected a size from")));
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("index.settings: 3\n")),
              ElementsAre(HasSubstr("index.settings: got \"3\", expected a mapping")));
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("bulk.max.bytes:\n")),
              ElementsAre(HasSubstr("bulk.max.bytes: got nothing, expected a size from")));
  EXPECT_THAT(ProblemsOf(Load(FromText("- a\n"))), Contains(HasSubstr("expected a mapping")));
  EXPECT_THAT(ProblemsOf(Load(FromText("a: [b\n"))), Contains(HasSubstr("not YAML: ")));
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("---\na: 1\n")),
              ElementsAre(HasSubstr("a second document")));
}

TEST(ConfigLoader, MissingFileIsAProblemAndNotAnEmptyConfiguration) {
  ConfigSources sources;
  sources.file = "no/such/file.yaml";
  EXPECT_THAT(ProblemsOf(Load(sources)), Contains(HasSubstr("cannot read this file")));
}

TEST(ConfigLoader, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  ConfigSources sources =
      FromText(std::string(kMinimal) + "bulk: {linger: 1ms, max.documents: 11, max.bytes: 1MiB}\n");
  sources.environment = {{"SLUICE_BULK_LINGER", "2ms"}, {"SLUICE_BULK_MAX_DOCUMENTS", "22"}};
  sources.flags = {{"bulk.linger", "3ms", "--set"}};
  const LoadedConfig loaded = Load(sources);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.bulk_linger_us, 3'000);
  EXPECT_EQ(loaded.config.bulk_max_documents, 22);
  EXPECT_EQ(loaded.config.bulk_max_bytes, 1 << 20);
  EXPECT_EQ(loaded.config.bulk_max_in_flight, 4);
  EXPECT_EQ(loaded.Find("bulk.linger").origin.place, "flag --set");
  EXPECT_EQ(loaded.Find("bulk.max.documents").origin.place,
            "environment SLUICE_BULK_MAX_DOCUMENTS");
  EXPECT_EQ(loaded.Find("bulk.max.bytes").origin.place, "f.yaml:3:51");
  EXPECT_EQ(loaded.Find("bulk.max.in.flight").origin.place, "default");
}

TEST(ConfigLoader, ListsAndMapsComeFromVariablesAndFlagsToo) {
  ConfigSources sources;
  sources.references = NoReferences();
  sources.environment = {{"SLUICE_KAFKA_BROKERS", "a:1, b:2"},
                         {"SLUICE_KAFKA_TOPICS", "t"},
                         {"SLUICE_ELASTICSEARCH_URLS", "http://e:1"},
                         {"SLUICE_KAFKA_PROPERTIES", "x.y=1,z=2"},
                         {"SLUICE_INDEX_SETTINGS", "{\"number_of_shards\":3}"}};
  sources.flags = {{"kafka.properties.z", "3", "--set"}};
  const LoadedConfig loaded = Load(sources);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_THAT(loaded.config.kafka_brokers, ElementsAre("a:1", "b:2"));
  EXPECT_THAT(loaded.config.kafka_properties, ElementsAre(Pair("x.y", "1"), Pair("z", "3")));
  EXPECT_EQ(loaded.config.index_settings, "{\"number_of_shards\":3}");
}

TEST(ConfigLoader, UnknownFlagsAndMisspeltVariablesAreTold) {
  ConfigSources sources = FromText(kMinimal);
  sources.environment = {{"SLUICE_BULK_LINGERS", "1ms"}, {"SLUICE_SERVICE_HOST", "10.0.0.1"}};
  sources.flags = {{"bulk.lingr", "1ms", "--set"}};
  const LoadedConfig loaded = Load(sources);
  EXPECT_THAT(ProblemsOf(loaded),
              ElementsAre("flag --set: bulk.lingr: there is no such option; did you mean "
                          "bulk.linger?"));
  ASSERT_THAT(loaded.warnings, SizeIs(1));
  EXPECT_THAT(loaded.warnings[0].ToString(), HasSubstr("SLUICE_BULK_LINGER?"));
}

TEST(ConfigLoader, AReferenceCannotChangeTheStructure) {
  ConfigSources sources = FromText(std::string(kMinimal) +
                                   "kafka.group.id: ${env:GROUP}\n"
                                   "kafka.client.id: ${env:TWO_LINES}\n");
  sources.references.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "GROUP") return "{a: b}, bulk.linger: 1ms";
    return "x\nbulk.linger: 1ms";
  };
  const LoadedConfig loaded = Load(sources);
  EXPECT_EQ(loaded.config.kafka_group_id, "{a: b}, bulk.linger: 1ms");
  EXPECT_THAT(ProblemsOf(loaded), ElementsAre(HasSubstr("${env:TWO_LINES} has a line break")));
}

TEST(ConfigLoader, SecretsAreNeverShown) {
  ConfigSources sources =
      FromText(std::string(kMinimal) +
               "elasticsearch.username: u\nelasticsearch.password: hunter2\n"
               "kafka.properties: {sasl.password: hunter2, sasl.username: u}\n");
  const LoadedConfig loaded = Load(sources);
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.elasticsearch_password, "hunter2");
  for (const std::string& text : {RenderValues(loaded, true), RenderValuesJson(loaded)}) {
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, HasSubstr("[secret]"));
  }
  ASSERT_THAT(loaded.warnings, SizeIs(1));
  EXPECT_THAT(loaded.warnings[0].ToString(), Not(HasSubstr("hunter2")));

  // Also not where it is wrong.
  const LoadedConfig wrong =
      LoadMinimalPlus("elasticsearch.password: [hunter2]\nelasticsearch.api_key: {a: hunter2}\n");
  for (const std::string& text : ProblemsOf(wrong)) EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(ConfigLoader, SecretsOnTheCommandLineAreRefused) {
  ConfigSources sources = FromText(std::string(kMinimal) + "elasticsearch.username: u\n");
  sources.flags = {{"elasticsearch.password", "hunter2", "--set"}};
  EXPECT_THAT(ProblemsOf(Load(sources)),
              ElementsAre(HasSubstr("a secret on the command line is seen")));
}

TEST(ConfigLoader, RemembersTheReferenceBehindASecret) {
  ConfigSources sources = FromText(std::string(kMinimal) +
                                   "elasticsearch.username: u\n"
                                   "elasticsearch.password: ${file:/run/pw}\n");
  sources.references.file = [](const std::string&) -> Result<std::string> {
    return std::string("pw\n");
  };
  const LoadedConfig loaded = Load(sources);
  EXPECT_EQ(loaded.config.elasticsearch_password, "pw");
  EXPECT_THAT(loaded.config.secret_references,
              ElementsAre(Pair("elasticsearch.password", "${file:/run/pw}")));
}

TEST(ConfigLoader, OptionsThatNeedOrExcludeEachOther) {
  const std::map<std::string, std::string> cases = {
      {"elasticsearch.username: u\n", "need each other"},
      {"elasticsearch.key_file: k\n", "elasticsearch.certificate_file and"},
      {"retry.backoff: {first: 10s, max: 1s}\n", "expected at most retry.backoff.max (1s)"},
      {"elasticsearch.bulk.timeout: 60s\n", "expected less than elasticsearch.request.timeout"},
      {"kafka.heartbeat.interval: 20s\n", "at most a third of kafka.session.timeout (45s)"},
      {"pipeline.revoke.timeout: 5m\n", "expected less than kafka.max.poll.interval (5m)"},
      {"http.address: localhost\n", "expected an IP address"},
      {"memory.limit: 40MiB\n", "expected at least 77MiB"},
      {"dead_letters.topic: ''\n", "expected the name of a topic"},
      {"dead_letters.topic: cdc.public.users\n", "expected a topic that is not read"},
      {"event.documents.topics.regex: 'a('\n", "expected a POSIX extended regular expression"},
      {"event.documents.id: event\n", "got \"event\", expected one of"},
      {"kafka.topics.regex: 'sluice\\.d.*'\n", "dead_letters.topic: got sluice.dead-letters"},
      {"kafka.topics.regex: '.*\\.positions'\n",
       "kafka.topics.regex: names capture.positions.topic (sluice.positions) too"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_THAT(ProblemsOf(LoadMinimalPlus(text)), ElementsAre(HasSubstr(expected))) << text;
  }
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus("kafka.topics.regex: '.*'\n")),
              ElementsAre(HasSubstr("dead_letters.topic: got"), HasSubstr("as in cdc\\..*")));
  EXPECT_THAT(ProblemsOf(Load(FromText("kafka.brokers: [nohost]\nkafka.topics: [t]\n"
                                       "elasticsearch.urls: ['http://u:pw@h:1']\n"))),
              ElementsAre("f.yaml:1:16: kafka.brokers: got \"nohost\", expected host:port",
                          HasSubstr("a URL holds credentials")));
}

TEST(ConfigLoader, MemorySumGrowsWithTheWorkers) {
  const LoadedConfig one = LoadMinimalPlus("");
  const LoadedConfig four = LoadMinimalPlus("pipeline.workers: 4\n");
  EXPECT_EQ(MemorySum(four.config, Sides::kIndex) - MemorySum(one.config, Sides::kIndex),
            3 * ((int64_t{38} << 20) + int64_t{20'000} * 768));
}

TEST(ConfigLoader, WithoutALimitTheMemoryThatIsThereIsTheLimit) {
  const auto problems = [](const std::string& more, int64_t mib) {
    ConfigSources sources = FromText(kMinimal + more);
    sources.memory_bytes = mib << 20;
    return ProblemsOf(Load(sources));
  };
  EXPECT_THAT(problems("", 0), IsEmpty()) << "unknown is not checked";
  EXPECT_THAT(problems("", 77), IsEmpty());
  EXPECT_THAT(problems("", 76), ElementsAre(HasSubstr("this container or machine has 76MiB, "
                                                      "expected at least 77MiB")));
  EXPECT_THAT(problems("memory.limit: 100MiB\n", 76), IsEmpty()) << "who gives one knows better";
}

class ControlGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(root_ + "/proc/self");
    Write("/proc/self/cgroup", "");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& file, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + file).parent_path());
    std::ofstream(root_ + file) << text << "\n";
  }

  const std::string root_ = ::testing::TempDir() + "sluice-cgroup-" + std::to_string(getpid());
};

TEST_F(ControlGroupTest, TheLeastOfTheGroupsAboveCountsInVersion2) {
  Write("/proc/self/cgroup", "0::/system.slice/sluice.service");
  EXPECT_EQ(ControlGroupLimit(root_), 0);
  Write("/sys/fs/cgroup/system.slice/sluice.service/memory.max", "max");
  EXPECT_EQ(ControlGroupLimit(root_), 0);
  Write("/sys/fs/cgroup/system.slice/memory.max", "1073741824");
  EXPECT_EQ(ControlGroupLimit(root_), int64_t{1} << 30);
  Write("/sys/fs/cgroup/system.slice/sluice.service/memory.max", "268435456");
  EXPECT_EQ(ControlGroupLimit(root_), int64_t{256} << 20);
}

TEST_F(ControlGroupTest, AContainerSeesItsOwnFolderAsTheRoot) {
  Write("/proc/self/cgroup", "0::/");
  Write("/sys/fs/cgroup/memory.max", "134217728");
  EXPECT_EQ(ControlGroupLimit(root_), int64_t{128} << 20);
}

TEST_F(ControlGroupTest, Version1HasAFolderAControllerAndANumberForNone) {
  Write("/proc/self/cgroup", "8:cpu:/docker/4f\n7:memory:/docker/4f");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(ControlGroupLimit(root_), 0);
  Write("/sys/fs/cgroup/memory/docker/4f/memory.limit_in_bytes", "134217728");
  EXPECT_EQ(ControlGroupLimit(root_), int64_t{128} << 20);
}

TEST_F(ControlGroupTest, WhatCannotBeReadIsNoLimit) {
  for (const char* text : {"", "nonsense", "0::", "::::", "0::relative"}) {
    Write("/proc/self/cgroup", text);
    EXPECT_EQ(ControlGroupLimit(root_), 0) << text;
  }
  EXPECT_EQ(ControlGroupLimit(root_ + "/nowhere"), 0);
  EXPECT_GT(MemoryOfThisProcess(), 0);
}

TEST(ConfigLoader, TellsWhatDoesNotFitTogetherBesideWhatIsWrongByItself) {
  const ExtraChecks extra = [](const LoadedConfig&) {
    return std::vector<Problem>{{"p", "kafka.properties", "owned"}};
  };
  EXPECT_THAT(ProblemsOf(Load(FromText(kMinimal), extra)),
              ElementsAre("p: kafka.properties: owned"));
  const LoadedConfig loaded = Load(
      FromText(std::string(kMinimal) + "pipeline.workers: 0\nhttp.address: localhost\n"), extra);
  EXPECT_THAT(ProblemsOf(loaded),
              ElementsAre(HasSubstr("pipeline.workers: got"), HasSubstr("http.address: got"),
                          "p: kafka.properties: owned"));
}

TEST(ConfigLoader, ComparesNothingWithAValueThatIsWrongByItself) {
  // 20s is more than a third of the default, which the broken value has left in place.
  const std::string text =
      std::string(kMinimal) + "kafka.session.timeout: soon\nkafka.heartbeat.interval: 20s\n";
  EXPECT_THAT(ProblemsOf(Load(FromText(text))),
              ElementsAre(HasSubstr("kafka.session.timeout: got \"soon\"")));
  EXPECT_THAT(ProblemsOf(Load(
                  FromText("a: 1\n" + std::string(kMinimal) + "kafka.heartbeat.interval: 20s\n"))),
              ElementsAre(HasSubstr("a: there is no such option"), HasSubstr("at most a third")));
}

TEST(ConfigLoader, TreesBecomeJsonWithTheirTypes) {
  const LoadedConfig loaded = LoadMinimalPlus(
      "index.settings: {number_of_shards: 3, 'index.codec': best, v: '3', n: null, t: true,\n"
      "  list: [1.5, x, 0x1]}\n");
  EXPECT_THAT(ProblemsOf(loaded), IsEmpty());
  EXPECT_EQ(loaded.config.index_settings,
            "{\"number_of_shards\":3,\"index.codec\":\"best\",\"v\":\"3\",\"n\":null,\"t\":true,"
            "\"list\":[1.5,\"x\",\"0x1\"]}");
}

TEST(ConfigLoader, DeepTreesAndAliasBombsAreRefused) {
  std::string deep = "index.settings: {a: ";
  for (int i = 0; i < 100; ++i) deep += "[";
  for (int i = 0; i < 100; ++i) deep += "]";
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus(deep + "}\n")), ElementsAre(HasSubstr("64 levels")));
  std::string bomb = "index.settings:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "  a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_THAT(ProblemsOf(LoadMinimalPlus(bomb)), ElementsAre(HasSubstr("10000 nodes")));
}

TEST(ConfigLoader, ShownValuesCanBeReadAgain) {
  const LoadedConfig loaded = LoadMinimalPlus(
      "kafka.topics.regex: 'a''b: #.*'\nindex.names: {cdc.public.users: users}\n"
      "index.settings: {a: {b: [1, 'x']}}\n");
  ASSERT_THAT(ProblemsOf(loaded), IsEmpty());
  const LoadedConfig again = Load(FromText(RenderValues(loaded, true)));
  EXPECT_THAT(ProblemsOf(again), IsEmpty());
  EXPECT_EQ(RenderValues(again, false), RenderValues(loaded, false));
  EXPECT_EQ(again.config.kafka_topics_regex, "a'b: #.*");
}

}  // namespace
}  // namespace sluice::config
