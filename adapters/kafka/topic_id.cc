#include "adapters/kafka/topic_id.h"

namespace sluice::kafka {

std::string TopicIdOf(const rd_kafka_TopicDescription_t& topic) {
  const rd_kafka_Uuid_t* id = rd_kafka_TopicDescription_topic_id(&topic);
  if (id == nullptr) return {};
  if (rd_kafka_Uuid_most_significant_bits(id) == 0 && rd_kafka_Uuid_least_significant_bits(id) == 0)
    return {};
  const char* text = rd_kafka_Uuid_base64str(id);
  return text == nullptr ? std::string() : std::string(text);
}

std::span<const rd_kafka_TopicDescription_t* const> DescribedTopics(rd_kafka_event_t* event) {
  const rd_kafka_DescribeTopics_result_t* result = rd_kafka_event_DescribeTopics_result(event);
  if (result == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  size_t count = 0;
  const rd_kafka_TopicDescription_t** topics =
      rd_kafka_DescribeTopics_result_topics(result, &count);
  return {topics, count};
}

rd_kafka_resp_err_t CodeOf(const rd_kafka_TopicDescription_t& topic) {
  return rd_kafka_error_code(rd_kafka_TopicDescription_error(&topic));
}

}  // namespace sluice::kafka
