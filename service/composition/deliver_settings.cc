#include "service/composition/deliver_settings.h"

#include <algorithm>
#include <regex>

#include "service/composition/adapter_settings.h"
#include "service/composition/parked_topics.h"
#include "service/config/checks_deliver.h"

namespace sluice::service {
namespace {

constexpr int64_t kUsPerMs = 1'000;

bool HoldsDocuments(const config::Config& config, const std::string& topic) {
  return !config.documents_topics_regex.empty() &&
         std::regex_match(topic, std::regex(config.documents_topics_regex, std::regex::extended));
}

}  // namespace

DeliverySettings DeliverySettingsOf(const config::Config& config) {
  DeliverySettings settings;
  settings.stream = config.deliver_topic;
  for (const auto& [name, url] : config.deliver_destinations)
    settings.destinations.push_back({name, ParkedTopic(config, name)});
  settings.window_max = static_cast<size_t>(config.deliver_window_records);
  settings.window_max_bytes = static_cast<size_t>(config.deliver_window_bytes);
  settings.concurrency = static_cast<uint32_t>(config.deliver_concurrency);
  settings.park_after_us = config.deliver_park_after_us;
  settings.attempts_max = static_cast<uint32_t>(config.deliver_attempts_max);
  settings.backoff = {config.backoff_first_us, config.backoff_max_us};
  settings.breaker = {static_cast<uint32_t>(config.deliver_breaker_failures),
                      config.deliver_breaker_pause_us, config.deliver_breaker_pause_max_us};
  settings.rejected_max_ppm = config.dead_letters_max_share_ppm;
  settings.dead_letters_max_open = static_cast<uint32_t>(config.dead_letters_max_open);
  settings.commit_note = ParkedNote(config);
  settings.commit_interval_us = config.commit_interval_us;
  settings.drain_timeout_us = config.deliver_drain_timeout_us;
  return settings;
}

webhook::Settings WebhookSettingsOf(const config::Config& config) {
  webhook::Settings settings;
  for (const auto& [name, url] : config.deliver_destinations) {
    const auto secret =
        std::find_if(config.deliver_secrets.begin(), config.deliver_secrets.end(),
                     [&wanted = name](const auto& entry) { return entry.first == wanted; });
    settings.endpoints.push_back(
        {name, url, secret == config.deliver_secrets.end() ? "" : secret->second});
  }
  settings.ca_file = config.deliver_ca_file;
  settings.proxy = config.deliver_proxy;
  settings.connect_timeout_ms = config.deliver_connect_timeout_us / kUsPerMs;
  settings.request_timeout_ms = config.deliver_request_timeout_us / kUsPerMs;
  return settings;
}

debezium::DeliveryOptions DeliveryOptionsOf(const config::Config& config) {
  debezium::DeliveryOptions options;
  options.streams = StreamOptionsOf(config);
  // What a delivery is kept in order by is its key, whatever an index finds documents by.
  options.streams.documents.identity = debezium::DocumentIdentity::kKey;
  options.destination_field = config.deliver_destination_field;
  // A parked topic holds the source's records as they were.
  if (!options.streams.document_topics.empty() && HoldsDocuments(config, config.deliver_topic))
    options.streams.document_topics = ".*";
  return options;
}

kafka::ConsumerSettings DeliverConsumerOf(const config::Config& config) {
  kafka::ConsumerSettings settings = ConsumerSettingsOf(config, 0);
  settings.group_id = config.deliver_group_id;
  settings.mode = ConsumptionMode::kKeyShared;
  settings.topics = {config.deliver_topic};
  for (const auto& [name, url] : config.deliver_destinations)
    settings.topics.push_back(ParkedTopic(config, name));
  settings.topics_regex.clear();
  settings.assignment = kafka::AssignmentStrategy::kRange;
  return settings;
}

kafka::PublisherSettings ParkingSettingsOf() {
  kafka::PublisherSettings settings;
  settings.queue_max_bytes = size_t{8} << 20;
  settings.queue_max_records = 10'000;
  settings.message_timeout_ms = 0;
  settings.gapless = true;
  return settings;
}

kafka::DeadLetterSettings DeliverLettersOf(const config::Config& config) {
  kafka::DeadLetterSettings settings = DeadLetterSettingsOf(config);
  settings.topic = config.deliver_dead_letters_topic;
  return settings;
}

}  // namespace sluice::service
