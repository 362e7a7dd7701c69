// Dead letters against a real broker.
#include "adapters/kafka/dead_letter_topic.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

DeadLetter Letter() {
  static const std::vector<Header> own = {{"trace", "1"}, {"nothing", std::nullopt}};
  DeadLetter letter;
  letter.stream = {"cdc.public.users", 4};
  letter.offset = Offset{17};
  letter.key = "k\n";
  letter.value = "{\"broken\"";
  letter.headers = own;
  letter.stage = "decode";
  letter.reason = RejectReason::kBadJson;
  letter.attempts = 1;
  return letter;
}

std::vector<DeadLetterAck> Await(kafka::DeadLetterTopic& letters, size_t count) {
  std::vector<DeadLetterAck> acks;
  EXPECT_TRUE(Until([&] { return acks.size() >= count; }, [&] { letters.Poll(acks); }));
  return acks;
}

std::optional<std::string> HeaderOf(const OwnedRecord& record, const std::string& name) {
  for (const Header& header : record.headers) {
    if (header.name == name) return header.value;
  }
  return std::nullopt;
}

kafka::DeadLetterSettings SettingsFor(const std::string& topic) {
  kafka::DeadLetterSettings settings;
  settings.topic = topic;
  settings.message_timeout_ms = 5'000;
  return settings;
}

TEST(DeadLetterTopic, KeepsTheRecordsBytesAndSaysWhyItIsThere) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.Unique("dead");  // created by the first letter
  kafka::DeadLetterTopic letters(broker.settings(), SettingsFor(topic), broker.clock());
  EXPECT_TRUE(letters.Send(1, Letter()));
  DeadLetter tombstone = Letter();
  tombstone.value.reset();
  EXPECT_TRUE(letters.Send(2, tombstone));
  DeadLetter nothing = Letter();
  nothing.key.reset();
  nothing.value = "";
  EXPECT_TRUE(letters.Send(3, nothing));
  const std::vector<DeadLetterAck> acks = Await(letters, 3);
  for (const DeadLetterAck& ack : acks) {
    EXPECT_EQ(ack.verdict.disposition, Disposition::kDone) << ack.token;
  }
  const std::vector<OwnedRecord> stored = Broker::Get().ReadAll(topic);
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[0].key, "k\n");
  EXPECT_EQ(stored[0].value, "{\"broken\"");
  EXPECT_EQ(stored[0].headers[0].name, "trace");
  EXPECT_EQ(stored[0].headers[1].value, std::nullopt);
  EXPECT_EQ(HeaderOf(stored[0], "__connect.errors.topic"), "cdc.public.users");
  EXPECT_EQ(HeaderOf(stored[0], "__connect.errors.offset"), "17");
  EXPECT_EQ(HeaderOf(stored[0], "sluice.reason"), "bad_json");
  EXPECT_EQ(stored[1].value, std::nullopt);
  EXPECT_EQ(stored[2].key, std::nullopt);
  EXPECT_EQ(stored[2].value, "");
}

TEST(DeadLetterTopic, RefusesALetterForItsSizeAndNotItsNeighbours) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("small", 1, {{"max.message.bytes", "100000"}});
  kafka::DeadLetterTopic letters(broker.settings(), SettingsFor(topic), broker.clock());
  const std::string large(200'000, 'x');
  DeadLetter too_large = Letter();
  too_large.value = large;
  EXPECT_TRUE(letters.Send(1, Letter()));
  EXPECT_TRUE(letters.Send(2, too_large));
  EXPECT_TRUE(letters.Send(3, Letter()));
  const std::string huge(11 * 1024 * 1024, 'x');
  too_large.value = huge;
  EXPECT_TRUE(letters.Send(4, too_large));  // refused before it reaches the broker
  for (const DeadLetterAck& ack : Await(letters, 4)) {
    const bool fits = ack.token == 1 || ack.token == 3;
    EXPECT_EQ(ack.verdict.disposition, fits ? Disposition::kDone : Disposition::kReject)
        << ack.token;
    if (!fits) {
      EXPECT_EQ(ack.verdict.reason, FailureReason::kRecordTooLarge);
    }
  }
  EXPECT_EQ(Broker::Get().ReadAll(topic).size(), 2U);
}

TEST(DeadLetterTopic, HoldsWhileNoBrokerAnswers) {
  Broker& broker = Broker::Get();
  kafka::Settings nowhere = broker.settings();
  nowhere.brokers = "127.0.0.1:1";
  kafka::DeadLetterSettings settings = SettingsFor("t");
  settings.message_timeout_ms = 1'000;
  kafka::DeadLetterTopic letters(nowhere, settings, broker.clock());
  EXPECT_TRUE(letters.Send(9, Letter()));
  const std::vector<DeadLetterAck> acks = Await(letters, 1);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].token, 9U);
  EXPECT_EQ(acks[0].verdict.disposition, Disposition::kHold);
  EXPECT_EQ(acks[0].verdict.reason, FailureReason::kBrokerUnreachable);
}

TEST(DeadLetterTopic, AFullQueueSaysSoAndTakesMoreAfterwards) {
  Broker& broker = Broker::Get();
  const std::string topic = broker.NewTopic("full", 1);
  kafka::DeadLetterSettings settings = SettingsFor(topic);
  settings.queue_max_letters = 10;
  kafka::DeadLetterTopic letters(broker.settings(), settings, broker.clock());
  uint64_t sent = 0;
  while (sent < 1'000 && letters.Send(sent, Letter())) ++sent;
  EXPECT_LT(sent, 1'000U);
  EXPECT_EQ(Await(letters, sent).size(), sent);
  EXPECT_TRUE(letters.Send(sent, Letter()));
  EXPECT_EQ(Await(letters, 1).size(), 1U);
}

TEST(DeadLetterTopic, WakesItsWaiter) {
  Broker& broker = Broker::Get();
  kafka::DeadLetterTopic letters(broker.settings(), SettingsFor(broker.NewTopic("wake", 1)),
                                 broker.clock());
  EXPECT_TRUE(letters.Send(1, Letter()));
  std::vector<DeadLetterAck> acks;
  // Without polling in between: only the descriptor tells. Logs and the topic's creation may wake
  // it too.
  for (int wakes = 0; wakes < 20 && acks.empty(); ++wakes) {
    pollfd descriptor{letters.descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&descriptor, 1, 10'000), 1);
    letters.Poll(acks);
  }
  EXPECT_EQ(acks.size(), 1U);
}

}  // namespace
}  // namespace sluice::testing
