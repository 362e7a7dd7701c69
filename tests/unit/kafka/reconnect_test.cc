// How often the library connects to brokers that are away (docs/FINDINGS.md, F81).
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/handles.h"

namespace sluice::kafka {
namespace {

using Host = std::unique_ptr<rd_kafka_t, Freer<rd_kafka_destroy>>;
using Mock = std::unique_ptr<rd_kafka_mock_cluster_t, Freer<rd_kafka_mock_cluster_destroy>>;

constexpr const char* kStatisticsMs = "100";
constexpr int kPollMs = 50;

/// The sum of a counter that the statistics have for each broker.
int64_t SumOf(const std::string& statistics, const std::string& counter) {
  const std::string key = "\"" + counter + "\":";
  int64_t sum = 0;
  for (size_t at = statistics.find(key); at != std::string::npos; at = statistics.find(key, at + 1))
    sum += std::atoll(statistics.c_str() + at + key.size());
  return sum;
}

/// Connections tried in `seconds` while a question to a broker by its number waits.
int64_t ConnectsWhileAway(rd_kafka_t* client, std::chrono::seconds seconds) {
  const Queue events(rd_kafka_queue_get_main(client));
  int64_t connects = 0;
  const auto end = std::chrono::steady_clock::now() + seconds;
  while (std::chrono::steady_clock::now() < end) {
    const Event event(rd_kafka_queue_poll(events.get(), kPollMs));
    if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_STATS)
      connects = SumOf(rd_kafka_event_stats(event.get()), "connects");
  }
  return connects;
}

TEST(Reconnect, PausesWhileBrokersAreAwayAndARequestWaits) {
  const Host host(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0));
  const Mock mock(rd_kafka_mock_cluster_new(host.get(), 1));
  Settings settings;
  settings.brokers = rd_kafka_mock_cluster_bootstraps(mock.get());
  Result<Conf> conf = MakePublisherConf(settings, PublisherSettings{});
  ASSERT_TRUE(conf) << conf.error().ToString();
  ASSERT_EQ(rd_kafka_conf_set(conf->get(), "statistics.interval.ms", kStatisticsMs, nullptr, 0),
            RD_KAFKA_CONF_OK);
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_STATS);
  Result<Client> client = MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  ASSERT_TRUE(client) << client.error().ToString();
  // The broker is known by its number before it goes away.
  const rd_kafka_metadata_t* metadata = nullptr;
  ASSERT_EQ(rd_kafka_metadata(client->get(), 1, nullptr, &metadata, 10'000),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_mock_broker_set_down(mock.get(), 1);

  const Queue answers(rd_kafka_queue_new(client->get()));
  const AdminOptions options(
      rd_kafka_AdminOptions_new(client->get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  rd_kafka_AdminOptions_set_broker(options.get(), 1, nullptr, 0);
  const char* name = "t";
  rd_kafka_TopicCollection_t* topics = rd_kafka_TopicCollection_of_topic_names(&name, 1);
  rd_kafka_DescribeTopics(client->get(), topics, options.get(), answers.get());
  rd_kafka_TopicCollection_destroy(topics);
  const int64_t connects = ConnectsWhileAway(client->get(), std::chrono::seconds(3));
  EXPECT_GT(connects, 0);
  EXPECT_LT(connects, 100) << "reconnect.backoff.ms is 100 and grows";
}

}  // namespace
}  // namespace sluice::kafka
