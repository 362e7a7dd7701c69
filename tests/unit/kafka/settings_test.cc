#include "adapters/kafka/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kafka/conf.h"

namespace sluice::kafka {
namespace {

using ::testing::HasSubstr;

ConsumerSettings Good() {
  ConsumerSettings consumer;
  consumer.group_id = "g";
  consumer.topics = {"t"};
  return consumer;
}

Settings Somewhere() {
  Settings settings;
  settings.brokers = "127.0.0.1:1";
  return settings;
}

TEST(KafkaSettings, EveryOwnedPropertyIsRefusedWithItsReason) {
  for (const OwnedProperty& owned : OwnedProperties()) {
    const std::vector<Error> errors = CheckProperties({{std::string(owned.name), "x"}});
    ASSERT_EQ(errors.size(), 1U) << owned.name;
    EXPECT_THAT(errors[0].what, HasSubstr(std::string(owned.name)));
    EXPECT_THAT(errors[0].what, HasSubstr(std::string(owned.reason)));
    EXPECT_FALSE(errors[0].cure.empty());
  }
}

TEST(KafkaSettings, TheDeliveryContractsPropertiesAreOwned) {
  for (const char* name : {"enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset",
                           "enable.partition.eof", "check.crcs", "isolation.level",
                           "enable.metrics.push", "group.protocol", "queued.min.messages",
                           "queued.max.messages.kbytes", "partition.assignment.strategy"}) {
    EXPECT_EQ(CheckProperties({{name, "true"}}).size(), 1U) << name;
  }
}

TEST(KafkaSettings, TlsAndSaslPassThrough) {
  EXPECT_TRUE(CheckProperties({{"security.protocol", "sasl_ssl"},
                               {"sasl.mechanisms", "SCRAM-SHA-512"},
                               {"sasl.username", "u"},
                               {"sasl.password", "p"},
                               {"ssl.ca.location", "/etc/ssl/ca.pem"},
                               {"ssl.endpoint.identification.algorithm", "https"}})
                  .empty());
}

TEST(KafkaSettings, AllMistakesAreToldAtOnceAndNoValueIsRepeated) {
  const std::vector<Error> errors = CheckProperties({{"enable.auto.commit", "true"},
                                                     {"no.such.property", "secret-1"},
                                                     {"socket.timeout.ms", "secret-2"}});
  ASSERT_EQ(errors.size(), 3U);
  for (const Error& error : errors) {
    EXPECT_EQ(error.ToString().find("secret"), std::string::npos) << error.ToString();
  }
}

TEST(KafkaSettings, AMemberNeedsBrokersAGroupAndTopics) {
  EXPECT_TRUE(CheckConsumer(Somewhere(), Good()).empty());
  EXPECT_EQ(CheckConsumer(Settings(), ConsumerSettings()).size(), 3U);
}

TEST(KafkaSettings, ABadExpressionAndBadTimesAreToldTogether) {
  ConsumerSettings consumer = Good();
  consumer.topics_regex = "a(";
  consumer.session_timeout_ms = 1'000;
  consumer.heartbeat_interval_ms = 900;
  consumer.max_poll_interval_ms = 500;
  EXPECT_EQ(CheckConsumer(Somewhere(), consumer).size(), 3U);
  consumer = Good();
  consumer.topics = {"^starts.like.an.expression"};
  EXPECT_EQ(CheckConsumer(Somewhere(), consumer).size(), 1U);
}

std::string ValueOf(const Conf& conf, const char* name) {
  char text[256];
  size_t size = sizeof(text);
  return rd_kafka_conf_get(conf.get(), name, text, &size) == RD_KAFKA_CONF_OK ? std::string(text)
                                                                              : "<none>";
}

TEST(KafkaSettings, SharedDealsPartitionsOutInTurn) {
  ConsumerSettings consumer = Good();
  consumer.mode = ConsumptionMode::kShared;
  const Result<Conf> conf = MakeConsumerConf(Somewhere(), consumer);
  ASSERT_TRUE(conf) << conf.error().ToString();
  EXPECT_EQ(ValueOf(*conf, "partition.assignment.strategy"), "roundrobin");
}

TEST(KafkaSettings, WhatTheContractOwnsReachesTheLibrary) {
  Result<Conf> conf = MakeConsumerConf(Somewhere(), Good());
  ASSERT_TRUE(conf) << conf.error().ToString();
  const auto value = [&conf](const char* name) { return ValueOf(*conf, name); };
  EXPECT_EQ(value("enable.auto.commit"), "false");
  EXPECT_EQ(value("enable.auto.offset.store"), "false");
  EXPECT_EQ(value("enable.partition.eof"), "true");
  EXPECT_EQ(value("check.crcs"), "true");
  EXPECT_EQ(value("isolation.level"), "read_committed");
  EXPECT_EQ(value("enable.metrics.push"), "false");
  EXPECT_EQ(value("group.protocol"), "classic");
  EXPECT_EQ(value("partition.assignment.strategy"), "range");
  EXPECT_EQ(value("queued.max.messages.kbytes"), "8192");
  EXPECT_EQ(value("statistics.interval.ms"), "0");
}

TEST(KafkaSettings, EveryKindOfClientCanBeMadeFromTheDefaults) {
  for (const bool producer : {false, true}) {
    Result<Conf> conf = producer ? MakeProducerConf(Somewhere(), DeadLetterSettings())
                                 : MakeConsumerConf(Somewhere(), Good());
    ASSERT_TRUE(conf) << conf.error().ToString();
    Result<Client> client =
        MakeClient(producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, std::move(*conf));
    EXPECT_TRUE(client) << client.error().ToString();
  }
  Result<Conf> reader = MakeReaderConf(Somewhere(), 1'048'576);
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_TRUE(MakeClient(RD_KAFKA_CONSUMER, std::move(*reader)));
}

TEST(KafkaSettings, AMissingCertificateIsAnErrorAtStartWithoutABroker) {
  Settings settings = Somewhere();
  settings.properties = {{"security.protocol", "ssl"}, {"ssl.ca.location", "/no/such/file.pem"}};
  Result<Conf> conf = MakeConsumerConf(settings, Good());
  ASSERT_TRUE(conf);
  const Result<Client> client = MakeClient(RD_KAFKA_CONSUMER, std::move(*conf));
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().what, HasSubstr("ssl.ca.location"));
}

}  // namespace
}  // namespace sluice::kafka
