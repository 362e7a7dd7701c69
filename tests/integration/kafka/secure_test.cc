// TLS with a private authority and passwords, by the properties that are passed through.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/dead_letter_topic.h"
#include "adapters/kafka/offset_reader.h"
#include "tests/integration/kafka/broker.h"

namespace sluice::testing {
namespace {

using Kind = SourceEvent::Kind;

std::string Environment(const char* variable, const std::string& fallback = "") {
  const char* value = std::getenv(variable);
  return value == nullptr || *value == '\0' ? fallback : value;
}

class Secure : public ::testing::Test {
 protected:
  void SetUp() override {
    settings_ = Broker::Get().settings();
    settings_.brokers = Environment("SLUICE_TEST_KAFKA_SECURE");
    ASSERT_FALSE(settings_.brokers.empty())
        << "SLUICE_TEST_KAFKA_SECURE is not set: `scripts/stack env` prints it as "
           "STACK_KAFKA_SECURE, and its authority for SLUICE_TEST_KAFKA_SECURE_CA";
    settings_.properties = {
        {"security.protocol", "SASL_SSL"},
        {"ssl.ca.location", Environment("SLUICE_TEST_KAFKA_SECURE_CA")},
        {"sasl.mechanism", "PLAIN"},
        {"sasl.username", "sluice"},
        {"sasl.password", Environment("SLUICE_TEST_KAFKA_SECURE_PASSWORD", "changeme")},
    };
    topic_ = Broker::Get().NewTopic("secure", 1);
    Broker::Get().ProduceNumbers(topic_, 0, 0, 20);
  }
  /// Reads the topic to its end and commits.
  void ReadAndCommit(const kafka::Settings& settings) {
    const std::string group = Broker::Get().Unique("g");
    Member member(QuickSettings(group, topic_), settings);
    const TopicPartition stream{topic_, 0};
    ASSERT_TRUE(member.TurnUntil([&] { return member.ends[stream] == 20; }));
    EXPECT_EQ(member.read[stream].size(), 20U);
    EXPECT_EQ(member.Count(Kind::kFault), 0U);
    EXPECT_EQ(member.CommitAndWait(stream, {Offset{20}, member.last_epoch}).kind, Kind::kCommitted);
  }
  /// What a member with these settings is told first.
  Failure FirstFault(const kafka::Settings& settings) {
    Member member(QuickSettings(Broker::Get().Unique("g"), topic_), settings);
    EXPECT_TRUE(member.TurnUntil([&] { return member.Count(Kind::kFault) > 0; }));
    const SourceEvent* fault = member.Last(Kind::kFault);
    EXPECT_TRUE(member.read.empty());
    return fault == nullptr ? Failure{} : fault->failure;
  }
  /// Makes a SCRAM user, through the listener without passwords.
  static void MakeScramUser(const std::string& name, const std::string& password) {
    Result<kafka::Conf> conf = kafka::MakeAdminConf(Broker::Get().settings());
    ASSERT_TRUE(conf.ok());
    Result<kafka::Client> client = kafka::MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
    ASSERT_TRUE(client.ok());
    rd_kafka_UserScramCredentialAlteration_t* alteration =
        rd_kafka_UserScramCredentialUpsertion_new(
            name.c_str(), RD_KAFKA_SCRAM_MECHANISM_SHA_512, 4'096,
            reinterpret_cast<const unsigned char*>(password.data()), password.size(), nullptr, 0);
    const kafka::Queue queue(rd_kafka_queue_new(client->get()));
    rd_kafka_AlterUserScramCredentials(client->get(), &alteration, 1, nullptr, queue.get());
    const kafka::Event event(rd_kafka_queue_poll(queue.get(), 15'000));
    rd_kafka_UserScramCredentialAlteration_destroy(alteration);
    ASSERT_TRUE(event) << "no answer to a new user";
    size_t count = 0;
    const auto** answers = rd_kafka_AlterUserScramCredentials_result_responses(
        rd_kafka_event_AlterUserScramCredentials_result(event.get()), &count);
    ASSERT_EQ(count, 1U);
    const rd_kafka_error_t* error =
        rd_kafka_AlterUserScramCredentials_result_response_error(answers[0]);
    ASSERT_EQ(rd_kafka_error_code(error), RD_KAFKA_RESP_ERR_NO_ERROR)
        << rd_kafka_error_string(error);
  }

  kafka::Settings settings_;
  std::string topic_;
};

TEST_F(Secure, ReadsAndCommitsByPassword) {
  ReadAndCommit(settings_);
}

TEST_F(Secure, ReadsAndCommitsByScram) {
  const std::string user = Broker::Get().Unique("user");
  MakeScramUser(user, "a secret, with \"signs\"");
  settings_.properties["sasl.mechanism"] = "SCRAM-SHA-512";
  settings_.properties["sasl.username"] = user;
  settings_.properties["sasl.password"] = "a secret, with \"signs\"";
  ReadAndCommit(settings_);
}

TEST_F(Secure, DeadLettersAndOldRecordsGoTheSameWay) {
  kafka::DeadLetterSettings letters_settings;
  letters_settings.topic = Broker::Get().Unique("dead");
  kafka::DeadLetterTopic letters(settings_, letters_settings, Broker::Get().clock());
  DeadLetter letter;
  letter.stream = {topic_, 0};
  letter.value = "x";
  letter.stage = "decode";
  ASSERT_TRUE(letters.Send(1, letter));
  std::vector<DeadLetterAck> acks;
  ASSERT_TRUE(Until([&] { return !acks.empty(); }, [&] { letters.Poll(acks); }));
  EXPECT_EQ(acks[0].verdict.disposition, Disposition::kDone);

  kafka::OffsetReader archive(settings_, kafka::ArchiveSettings{}, Broker::Get().clock());
  archive.Request(2, {topic_, 0}, Offset{7});
  std::vector<ArchivedRecord> answers;
  ASSERT_TRUE(Until([&] { return !answers.empty(); }, [&] { archive.Poll(answers); }));
  ASSERT_TRUE(answers[0].record);
  EXPECT_EQ(answers[0].record->value, "7");
}

TEST_F(Secure, AWrongPasswordIsHeldAndNamedWithoutItself) {
  settings_.properties["sasl.password"] = "not-the-password";
  const Failure failure = FirstFault(settings_);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kBrokerUnauthorized);
  EXPECT_NE(failure.detail.find("uthentication"), std::string::npos) << failure.detail;
  EXPECT_NE(failure.detail.find("kafka.properties"), std::string::npos)
      << "the cure is missing: " << failure.detail;
  EXPECT_EQ(failure.detail.find("not-the-password"), std::string::npos) << failure.detail;
}

TEST_F(Secure, AnUnknownAuthorityIsHeldAndNamed) {
  settings_.properties.erase("ssl.ca.location");
  const Failure failure = FirstFault(settings_);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kBrokerUnauthorized) << failure.detail;
  EXPECT_NE(failure.detail.find("certificate"), std::string::npos) << failure.detail;
}

TEST_F(Secure, WithoutTlsNothingIsReadAndItIsHeld) {
  settings_.properties["security.protocol"] = "SASL_PLAINTEXT";
  const Failure failure = FirstFault(settings_);
  EXPECT_EQ(failure.verdict.disposition, Disposition::kHold);
  EXPECT_EQ(failure.verdict.reason, FailureReason::kBrokerUnreachable);
  EXPECT_NE(failure.detail.find("security.protocol"), std::string::npos) << failure.detail;
}

}  // namespace
}  // namespace sluice::testing
