#include "service/rebuild/shadow_config.h"

#include <algorithm>

#include "adapters/elasticsearch/index_names.h"
#include "core/operations/index/rebuild_decision.h"

namespace sluice::rebuild {

config::Config ShadowConfig(const config::Config& config, const std::string& index,
                            const std::string& topic, int64_t partitions) {
  config::Config shadow = config;
  shadow.kafka_topics = {topic};
  shadow.kafka_topics_regex.clear();
  shadow.kafka_group_id = ShadowGroupOf(config.kafka_group_id, index);
  shadow.kafka_group_instance_id.clear();
  shadow.kafka_consumption_mode = "key_shared";  // of a group of its own; it may have more workers
  std::erase_if(shadow.index_names, [&topic](const auto& entry) { return entry.first == topic; });
  shadow.index_names.emplace_back(topic, ShadowNameOf(index));
  // A worker without a partition would do nothing.
  shadow.workers = std::max<int64_t>(1, std::min(config.workers, partitions));
  shadow.on_halt = "exit";
  return shadow;
}

std::string TokenPrefixOf(const std::string& index) {
  return index + ".frozen-";
}

Status CheckNames(const std::string& index) {
  // The longer of the two; its number has eight digits.
  return elasticsearch::CheckIndexName(TokenPrefixOf(index) + "00000000");
}

}  // namespace sluice::rebuild
