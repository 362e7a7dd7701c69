// What goes together with a mode of consumption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/config/loader.h"

namespace sluice::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> ProblemsWith(const std::string& more) {
  ConfigSources sources;
  sources.file = "f.yaml";
  sources.text =
      "kafka.brokers: ['127.0.0.1:9092']\n"
      "elasticsearch.urls: ['http://e:1']\n" +
      more;
  std::vector<std::string> texts;
  for (const Problem& problem : Load(sources).problems) texts.push_back(problem.ToString());
  return texts;
}

constexpr const char* kTopics = "kafka.topics: [tick]\n";
constexpr const char* kDocuments = "event.documents: {topics.regex: 'tick|tock', id: position}\n";

TEST(ConsumptionConfig, IsKeySharedByDefault) {
  ConfigSources sources;
  sources.text = "kafka: {brokers: ['b:1'], topics: [t]}\nelasticsearch.urls: ['http://e:1']\n";
  sources.file = "f.yaml";
  EXPECT_EQ(Load(sources).config.kafka_consumption_mode, "key_shared");
}

TEST(ConsumptionConfig, OneActiveMemberIsOneWorkerThatLeavesWhenItStops) {
  for (const std::string mode : {"exclusive", "failover"}) {
    const std::string text = std::string(kTopics) + "kafka.consumption.mode: " + mode + "\n";
    EXPECT_THAT(ProblemsWith(text), IsEmpty());
    EXPECT_THAT(ProblemsWith(text + "pipeline.workers: 4\n"),
                ElementsAre(HasSubstr("pipeline.workers: got 4, expected 1 with "
                                      "kafka.consumption.mode: " +
                                      mode)));
    EXPECT_THAT(ProblemsWith(text + "kafka.group.instance.id: a\n"),
                ElementsAre(HasSubstr("kafka.group.instance.id: got \"a\", expected nothing")));
  }
}

TEST(ConsumptionConfig, SharedIsForDocumentsByPositionOnly) {
  const std::string shared = "kafka.consumption.mode: shared\n";
  EXPECT_THAT(ProblemsWith(kTopics + shared + kDocuments), IsEmpty());
  EXPECT_THAT(ProblemsWith(kTopics + shared + "event.documents: {topics.regex: 'tick', id: key}\n"),
              ElementsAre(HasSubstr("event.documents.id: got key, expected position")));
  EXPECT_THAT(
      ProblemsWith(kTopics + shared + "event.documents: {topics.regex: 'tock', id: position}\n"),
      ElementsAre(HasSubstr("topic tick is not among those of event.documents")));
  EXPECT_THAT(ProblemsWith("kafka.topics.regex: 'tick|tock'\n" + shared + kDocuments), IsEmpty());
  EXPECT_THAT(ProblemsWith("kafka.topics.regex: 't.*'\n" + shared + kDocuments),
              ElementsAre(HasSubstr("kafka.topics.regex is not the same expression")));
  EXPECT_THAT(ProblemsWith(kTopics + shared + kDocuments +
                           "kafka.partition.assignment.strategy: cooperative-sticky\n"),
              ElementsAre(HasSubstr("kafka.partition.assignment.strategy: got")));
}

}  // namespace
}  // namespace sluice::config
