#include "service/composition/adapter_settings.h"

namespace sluice::service {
namespace {

size_t Bytes(int64_t value) {
  return static_cast<size_t>(value);
}

constexpr int64_t kUsPerMs = 1'000;

/// How long a copy of a write can be alive: another owner may begin to send it until the lease is
/// over, and the request and the node each take their time.
int64_t WindowUs(const config::Config& config) {
  return config.kafka_session_timeout_us + config.elasticsearch_request_timeout_us +
         config.elasticsearch_bulk_timeout_us + config.window_allowance_us;
}

}  // namespace

kafka::Settings KafkaSettings(const config::Config& config) {
  kafka::Settings settings;
  for (const std::string& broker : config.kafka_brokers)
    settings.brokers += (settings.brokers.empty() ? "" : ",") + broker;
  settings.client_id = config.kafka_client_id;
  settings.properties.insert(config.kafka_properties.begin(), config.kafka_properties.end());
  return settings;
}

ConsumptionMode ConsumptionModeOf(const std::string& name) {
  for (int i = 0; i < kConsumptionModes; ++i) {
    const auto mode = static_cast<ConsumptionMode>(i);
    if (name == ConsumptionModeName(mode)) return mode;
  }
  return ConsumptionMode::kKeyShared;  // no other name passes the option table
}

kafka::ConsumerSettings ConsumerSettingsOf(const config::Config& config, int worker) {
  kafka::ConsumerSettings settings;
  settings.group_id = config.kafka_group_id;
  settings.mode = ConsumptionModeOf(config.kafka_consumption_mode);
  if (!config.kafka_group_instance_id.empty())
    settings.group_instance_id = config.kafka_group_instance_id + "-" + std::to_string(worker);
  settings.topics = config.kafka_topics;
  settings.topics_regex = config.kafka_topics_regex;
  settings.topics_refresh_ms = config.kafka_topics_refresh_us / kUsPerMs;
  settings.assignment = config.kafka_assignment_strategy == "cooperative-sticky"
                            ? kafka::AssignmentStrategy::kCooperativeSticky
                            : kafka::AssignmentStrategy::kRange;
  settings.session_timeout_ms = config.kafka_session_timeout_us / kUsPerMs;
  settings.heartbeat_interval_ms = config.kafka_heartbeat_interval_us / kUsPerMs;
  settings.max_poll_interval_ms = config.kafka_max_poll_interval_us / kUsPerMs;
  settings.queue_max_bytes = Bytes(config.kafka_queue_max_bytes);
  settings.fetch_max_bytes = Bytes(config.kafka_fetch_max_bytes);
  settings.partition_fetch_max_bytes = Bytes(config.kafka_partition_fetch_max_bytes);
  return settings;
}

SoleSettings SoleSettingsOf(const kafka::ConsumerSettings& consumer) {
  SoleSettings settings;
  settings.asker = {consumer.mode, consumer.group_id};
  // It is told to leave as soon as it was given partitions, and has nothing to finish.
  settings.leave_max_us = consumer.session_timeout_ms * kUsPerMs / 3;
  return settings;
}

kafka::DeadLetterSettings DeadLetterSettingsOf(const config::Config& config) {
  kafka::DeadLetterSettings settings;
  settings.topic = config.dead_letters_topic;
  settings.include_error_text = config.dead_letters_include_error_text;
  settings.queue_max_bytes = Bytes(config.dead_letters_queue_max_bytes);
  settings.letter_max_bytes = Bytes(config.dead_letters_max_bytes);
  return settings;
}

elasticsearch::Settings SearchSettings(const config::Config& config) {
  elasticsearch::Settings settings;
  settings.urls = config.elasticsearch_urls;
  settings.username = config.elasticsearch_username;
  settings.password = config.elasticsearch_password;
  settings.api_key = config.elasticsearch_api_key;
  settings.ca_file = config.elasticsearch_ca_file;
  settings.certificate_file = config.elasticsearch_certificate_file;
  settings.key_file = config.elasticsearch_key_file;
  settings.gzip = config.elasticsearch_gzip;
  settings.connect_timeout_ms = config.elasticsearch_connect_timeout_us / kUsPerMs;
  settings.request_timeout_ms = config.elasticsearch_request_timeout_us / kUsPerMs;
  settings.bulk_timeout_ms = config.elasticsearch_bulk_timeout_us / kUsPerMs;
  settings.index_names = config.index_names;
  settings.index_settings = config.index_settings;
  settings.index_mappings = config.index_mappings;
  settings.allow_pipelines = config.index_allow_pipelines;
  settings.soft_deletes = config.index_deletes == "soft";
  settings.gc_deletes_least_ms = WindowUs(config) / kUsPerMs;
  settings.control_index = config.control_index;
  settings.divergent_index = config.divergent_index;
  settings.retry_first_ms = config.backoff_first_us / kUsPerMs;
  settings.retry_longest_ms = config.backoff_max_us / kUsPerMs;
  return settings;
}

debezium::StreamOptions StreamOptionsOf(const config::Config& config) {
  debezium::StreamOptions options;
  debezium::EventFormat format = debezium::EventFormat::kAuto;
  if (config.event_format == "json") format = debezium::EventFormat::kSchemaless;
  if (config.event_format == "json_schema") format = debezium::EventFormat::kWithSchema;
  options.envelopes.format = options.documents.format = format;
  if (auto bytes = debezium::PlaceholderBytes(config.unavailable_placeholder); bytes)
    options.envelopes.placeholder = *bytes;
  options.document_topics = config.documents_topics_regex;
  options.documents.identity = config.documents_id == "header" ? debezium::DocumentIdentity::kHeader
                               : config.documents_id == "position"
                                   ? debezium::DocumentIdentity::kPosition
                                   : debezium::DocumentIdentity::kKey;
  return options;
}

PipelineSettings PipelineSettingsOf(const config::Config& config) {
  PipelineSettings settings;
  settings.group = config.kafka_group_id;
  settings.soft_deletes = config.index_deletes == "soft";
  settings.version_mode =
      config.version_mode == "header" ? VersionMode::kHeader : VersionMode::kOffset;
  settings.truncate_mode = config.truncate_mode == "ignore"  ? TruncateMode::kIgnore
                           : config.truncate_mode == "apply" ? TruncateMode::kApply
                                                             : TruncateMode::kHalt;
  settings.bulk_max_bytes = Bytes(config.bulk_max_bytes);
  settings.bulk_max_documents = Bytes(config.bulk_max_documents);
  settings.bulk_linger_us = config.bulk_linger_us;
  settings.bulk_max_in_flight = static_cast<uint32_t>(config.bulk_max_in_flight);
  settings.document_max_bytes = Bytes(config.document_max_bytes);
  settings.queue_max_bytes = Bytes(config.pipeline_queue_max_bytes);
  settings.poll_max_records = static_cast<uint32_t>(config.pipeline_poll_max_records);
  settings.dead_letters_max_open = static_cast<uint32_t>(config.dead_letters_max_open);
  settings.rejected_max_ppm = config.dead_letters_max_share_ppm;
  settings.divergent_max_ids = Bytes(config.divergent_max_ids);
  settings.backoff = {config.backoff_first_us, config.backoff_max_us};
  settings.commit_interval_us = config.commit_interval_us;
  settings.session_timeout_us = config.kafka_session_timeout_us;
  settings.lease_us = config.kafka_session_timeout_us;
  settings.window_us = WindowUs(config);
  settings.revoke_timeout_us = config.pipeline_revoke_timeout_us;
  settings.shutdown_timeout_us = config.shutdown_timeout_us;
  return settings;
}

}  // namespace sluice::service
