// Old records read again by their offset, against a real broker.
#include "adapters/kafka/offset_reader.h"

#include <gtest/gtest.h>

#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

kafka::ArchiveSettings Quick() {
  kafka::ArchiveSettings settings;
  settings.capacity = 8;
  settings.report_hold_ms = 500;
  return settings;
}

/// Polls until `count` answers are there that match. A request that takes long is reported as held
/// in between; that is a message on the way, not its answer.
std::vector<ArchivedRecord> Await(kafka::OffsetReader& reader, size_t count,
                                  Disposition wanted = Disposition::kDone) {
  std::vector<ArchivedRecord> matching;
  EXPECT_TRUE(Until([&] { return matching.size() >= count; },
                    [&] {
                      std::vector<ArchivedRecord> answers;
                      reader.Poll(answers);
                      for (ArchivedRecord& answer : answers) {
                        if (answer.verdict.disposition == wanted) {
                          matching.push_back(std::move(answer));
                        }
                      }
                    }));
  return matching;
}

TEST(OffsetReader, ReadsARecordWithItsHeadersAsItWas) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("archive", 2);
  broker.ProduceNumbers(topic, 1, 0, 5);
  broker.Produce(topic, {{"key", "value", {{"a", "1"}, {"none", std::nullopt}, {"", ""}}, 1},
                         {"gone", std::nullopt, {}, 1},
                         {std::nullopt, "", {}, 1}});
  kafka::OffsetReader reader(broker.settings(), Quick(), broker.clock());
  reader.Request(7, {topic, 1}, Offset{5});
  std::vector<ArchivedRecord> answers = Await(reader, 1);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].token, 7U);
  EXPECT_EQ(answers[0].verdict.disposition, Disposition::kDone);
  ASSERT_TRUE(answers[0].record);
  EXPECT_EQ(answers[0].record->stream, (TopicPartition{topic, 1}));
  EXPECT_EQ(answers[0].record->offset, Offset{5});
  EXPECT_EQ(answers[0].record->key, "key");
  EXPECT_EQ(answers[0].record->value, "value");
  ASSERT_EQ(answers[0].record->headers.size(), 3U);
  EXPECT_EQ(answers[0].record->headers[0].name, "a");
  EXPECT_EQ(answers[0].record->headers[0].value, "1");
  EXPECT_EQ(answers[0].record->headers[1].value, std::nullopt);
  EXPECT_EQ(answers[0].record->headers[2].value, "");

  reader.Request(8, {topic, 1}, Offset{6});
  reader.Request(9, {topic, 1}, Offset{7});
  answers = Await(reader, 2);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].record->value, std::nullopt);
  EXPECT_EQ(answers[1].record->key, std::nullopt);
  EXPECT_EQ(answers[1].record->value, "");
}

TEST(OffsetReader, AnswersManyRequestsInAnyOrderAndOfManyPartitions) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("many", 2);
  broker.ProduceNumbers(topic, 0, 0, 5'000);
  broker.ProduceNumbers(topic, 1, 0, 10);
  kafka::OffsetReader reader(broker.settings(), Quick(), broker.clock());
  const std::vector<std::pair<int32_t, int64_t>> wanted = {{0, 4'900}, {0, 3}, {1, 9}, {0, 2'500},
                                                           {1, 0},     {0, 4}, {0, 3}};
  for (size_t i = 0; i < wanted.size(); ++i) {
    reader.Request(i, {topic, wanted[i].first}, Offset{wanted[i].second});
  }
  const std::vector<ArchivedRecord> answers = Await(reader, wanted.size());
  ASSERT_EQ(answers.size(), wanted.size());
  for (const ArchivedRecord& answer : answers) {
    ASSERT_TRUE(answer.record) << answer.token;
    EXPECT_EQ(answer.record->stream.partition, wanted[answer.token].first);
    EXPECT_EQ(answer.record->value, std::to_string(wanted[answer.token].second));
  }
}

TEST(OffsetReader, SaysThatADeletedRecordIsGoneAndStillFindsLaterOnes) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("deleted", 1);
  broker.ProduceNumbers(topic, 0, 0, 10);
  ASSERT_TRUE(broker.admin().DeleteRecordsBefore({topic, 0}, Offset{5}));
  kafka::OffsetReader reader(broker.settings(), Quick(), broker.clock());
  reader.Request(1, {topic, 0}, Offset{2});
  reader.Request(2, {topic, 0}, Offset{4});
  reader.Request(3, {topic, 0}, Offset{8});
  const std::vector<ArchivedRecord> answers = Await(reader, 3);
  ASSERT_EQ(answers.size(), 3U);
  for (const ArchivedRecord& answer : answers) {
    EXPECT_EQ(answer.verdict.disposition, Disposition::kDone);
    EXPECT_EQ(answer.record.has_value(), answer.token == 3) << answer.token;
  }
}

TEST(OffsetReader, SaysThatACompactedRecordIsGone) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("compacted", 1,
                                            {{"cleanup.policy", "compact"},
                                             {"min.cleanable.dirty.ratio", "0.01"},
                                             {"segment.ms", "100"},
                                             {"max.compaction.lag.ms", "100"},
                                             {"min.compaction.lag.ms", "0"}});
  broker.Produce(topic, {{"a", "old", {}, 0}, {"b", "kept", {}, 0}});
  kafka::OffsetReader reader(broker.settings(), Quick(), broker.clock());
  std::vector<ArchivedRecord> answers;
  // The cleaner runs in its own time and only over closed segments, so new ones are begun until it
  // has done so.
  const bool compacted = Until([&] { return !answers.empty() && !answers.back().record; },
                               [&] {
                                 broker.Produce(topic, {{"a", "new", {}, 0}});
                                 reader.Request(1, {topic, 0}, Offset{0});
                                 answers = Await(reader, 1);
                               },
                               40);
  ASSERT_TRUE(compacted);
  reader.Request(2, {topic, 0}, Offset{1});
  answers = Await(reader, 1);
  ASSERT_TRUE(answers[0].record);
  EXPECT_EQ(answers[0].record->value, "kept");
}

TEST(OffsetReader, SaysThatWhatWasNeverWrittenIsNotThere) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("beyond", 1);
  broker.ProduceNumbers(topic, 0, 0, 3);
  kafka::OffsetReader reader(broker.settings(), Quick(), broker.clock());
  reader.Request(1, {topic, 0}, Offset{3});
  reader.Request(2, {topic, 0}, Offset{50});
  const std::vector<ArchivedRecord> answers = Await(reader, 2);
  for (const ArchivedRecord& answer : answers) {
    EXPECT_EQ(answer.verdict.disposition, Disposition::kDone);
    EXPECT_FALSE(answer.record);
  }
}

TEST(OffsetReader, HoldsAndRepeatsWhileNoBrokerAnswers) {
  Broker& broker = Broker::Get();
  kafka::Settings nowhere = broker.settings();
  nowhere.brokers = "127.0.0.1:1";
  kafka::OffsetReader reader(nowhere, Quick(), broker.clock());
  reader.Request(5, {"t", 0}, Offset{0});
  const std::vector<ArchivedRecord> answers = Await(reader, 3, Disposition::kHold);
  for (const ArchivedRecord& answer : answers) {
    EXPECT_EQ(answer.token, 5U);
    EXPECT_EQ(answer.verdict.reason, FailureReason::kBrokerUnreachable);
  }
}

TEST(OffsetReader, WakesItsWaiterAndIsQuietAfterwards) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("quiet", 1);
  broker.ProduceNumbers(topic, 0, 0, 3);
  kafka::OffsetReader reader(broker.settings(), Quick(), broker.clock());
  reader.Request(1, {topic, 0}, Offset{1});
  EXPECT_EQ(Await(reader, 1).size(), 1U);
  // New records of the topic are of no interest to it.
  broker.ProduceNumbers(topic, 0, 3, 3);
  std::vector<ArchivedRecord> more;
  EXPECT_FALSE(Until([&] { return !more.empty(); }, [&] { reader.Poll(more); }, 1));
}

}  // namespace
}  // namespace sluice::testing
