#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace sluice::kafka {

/// Owners of librdkafka's objects: each frees what it holds, nothing more.
template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Conf = std::unique_ptr<rd_kafka_conf_t, Freer<rd_kafka_conf_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Freer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Freer<rd_kafka_event_destroy>>;
using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Freer<rd_kafka_topic_partition_list_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Freer<rd_kafka_topic_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Freer<rd_kafka_message_destroy>>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, Freer<rd_kafka_error_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Freer<rd_kafka_AdminOptions_destroy>>;
using Metadata = std::unique_ptr<const struct rd_kafka_metadata, Freer<rd_kafka_metadata_destroy>>;

/// Destroys a client without leaving its group: leaving is done before, where it is wanted.
struct ClientFreer {
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};
using Client = std::unique_ptr<rd_kafka_t, ClientFreer>;

}  // namespace sluice::kafka
