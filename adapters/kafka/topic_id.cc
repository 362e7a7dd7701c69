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

}  // namespace sluice::kafka
