#include "service/composition/recorded.h"

#include <string>
#include <string_view>
#include <utility>

#include "adapters/kafka/compacted_topic.h"
#include "service/composition/adapter_settings.h"
#include "service/composition/capture_settings.h"
#include "service/composition/position_record.h"

namespace sluice::service {
namespace {

template <typename T>
Result<std::optional<T>> Read(const config::Config& config, const std::string& name,
                              Result<T> (*parse)(std::string_view)) {
  const auto text =
      kafka::CompactedTopic::Read(KafkaSettings(config), config.capture_positions_topic, name);
  if (!text) return text.error();
  if (!*text) return std::optional<T>();
  auto parsed = parse(**text);
  if (!parsed) return parsed.error();
  return std::optional<T>(std::move(*parsed));
}

}  // namespace

Result<std::optional<SourcePosition>> RecordedPosition(const config::Config& config) {
  return Read(config, PositionName(config), ParsePosition);
}

Result<std::optional<postgres::KnownTables>> RecordedTables(const config::Config& config) {
  return Read(config, TablesName(PositionName(config)), ParseTables);
}

Result<std::optional<kafka::TopicIds>> RecordedTopics(const config::Config& config) {
  return Read(config, TopicsName(PositionName(config)), ParseTopics);
}

}  // namespace sluice::service
