// What is refused for now is not taken for delivered (docs/FINDINGS.md, F175): our patch of the
// library.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/conf.h"
#include "adapters/kafka/handles.h"

namespace sluice::kafka {
namespace {

using Host = std::unique_ptr<rd_kafka_t, Freer<rd_kafka_destroy>>;
using Mock = std::unique_ptr<rd_kafka_mock_cluster_t, Freer<rd_kafka_mock_cluster_destroy>>;

constexpr const char* kTopic = "t";
constexpr int kProduce = 0;  ///< The number of Kafka's request.

/// The offsets of the records that were acknowledged, in that order.
std::vector<int64_t> Acknowledged(rd_kafka_t* client, size_t count) {
  const Queue events(rd_kafka_queue_get_main(client));
  std::vector<int64_t> offsets;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (offsets.size() < count && std::chrono::steady_clock::now() < end) {
    const Event event(rd_kafka_queue_poll(events.get(), 50));
    if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
      EXPECT_EQ(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
      offsets.push_back(message->offset);
    }
  }
  return offsets;
}

void Produce(rd_kafka_topic_t* topic, std::string value) {
  ASSERT_EQ(rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, value.data(), value.size(), nullptr, 0,
                             nullptr),
            0);
}

TEST(FirstRequest, ThatIsRefusedForNowIsNotAcknowledgedByTheNext) {
  const Host host(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0));
  const Mock mock(rd_kafka_mock_cluster_new(host.get(), 1));
  ASSERT_EQ(rd_kafka_mock_topic_create(mock.get(), kTopic, 1, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  // A partition that is not there yet, and long enough an answer for another request behind it.
  rd_kafka_mock_push_request_errors(mock.get(), kProduce, 1,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  rd_kafka_mock_broker_set_rtt(mock.get(), 1, 200);
  Settings settings;
  settings.brokers = rd_kafka_mock_cluster_bootstraps(mock.get());
  PublisherSettings publisher;
  publisher.linger_ms = 0;
  Result<Conf> conf = MakePublisherConf(settings, publisher);
  ASSERT_TRUE(conf) << conf.error().ToString();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR);
  Result<Client> client = MakeClient(RD_KAFKA_PRODUCER, std::move(*conf));
  ASSERT_TRUE(client) << client.error().ToString();

  const Topic topic(rd_kafka_topic_new(client->get(), kTopic, nullptr));
  rd_kafka_mock_start_request_tracking(mock.get());
  Produce(topic.get(), "1");
  for (bool sent = false; !sent;) {
    size_t count = 0;
    rd_kafka_mock_request_t** requests = rd_kafka_mock_get_requests(mock.get(), &count);
    for (size_t i = 0; i < count; ++i)
      sent |= rd_kafka_mock_request_api_key(requests[i]) == kProduce;
    rd_kafka_mock_request_destroy_array(requests, count);
  }
  Produce(topic.get(), "2");
  EXPECT_EQ(Acknowledged(client->get(), 2), (std::vector<int64_t>{0, 1}));
  int64_t low = -1;
  int64_t high = -1;
  ASSERT_EQ(rd_kafka_query_watermark_offsets(client->get(), kTopic, 0, &low, &high, 30'000),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(high, 2) << "records that were acknowledged are not there";
}

}  // namespace
}  // namespace sluice::kafka
