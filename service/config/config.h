#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

/// Names and texts in the order in which they were written.
using TextMap = std::vector<std::pair<std::string, std::string>>;

/// The effective settings of all parts, in base units: sizes in bytes, durations in microseconds.
/// What each one means, and for which half, stands in the option table (options.cc), its only
/// declaration; values are filled in and checked by the loader.
struct Config {
  std::vector<std::string> kafka_brokers;
  std::string kafka_client_id;
  std::string kafka_group_id;
  std::string kafka_group_instance_id;
  std::string kafka_consumption_mode;
  std::vector<std::string> kafka_topics;
  std::string kafka_topics_regex;
  int64_t kafka_topics_refresh_us = 0;
  std::string kafka_assignment_strategy;
  int64_t kafka_session_timeout_us = 0;
  int64_t kafka_heartbeat_interval_us = 0;
  int64_t kafka_max_poll_interval_us = 0;
  int64_t kafka_queue_max_bytes = 0;
  int64_t kafka_fetch_max_bytes = 0;
  int64_t kafka_partition_fetch_max_bytes = 0;
  TextMap kafka_properties;

  std::string event_format;
  std::string unavailable_placeholder;
  std::string documents_topics_regex;  ///< Empty: no topic holds documents.
  std::string documents_id;
  std::string version_mode;
  std::string truncate_mode;

  std::vector<std::string> elasticsearch_urls;
  std::string elasticsearch_username;
  std::string elasticsearch_password;
  std::string elasticsearch_api_key;
  std::string elasticsearch_ca_file;
  std::string elasticsearch_certificate_file;
  std::string elasticsearch_key_file;
  bool elasticsearch_gzip = false;
  int64_t elasticsearch_connect_timeout_us = 0;
  int64_t elasticsearch_request_timeout_us = 0;
  int64_t elasticsearch_bulk_timeout_us = 0;

  TextMap index_names;
  std::string index_settings;  ///< One JSON object.
  std::string index_mappings;  ///< One JSON object.
  bool index_allow_pipelines = false;
  std::string index_deletes;
  std::string control_index;
  std::string divergent_index;
  int64_t divergent_max_ids = 0;

  int64_t bulk_max_bytes = 0;
  int64_t bulk_max_documents = 0;
  int64_t bulk_linger_us = 0;
  int64_t bulk_max_in_flight = 0;
  int64_t document_max_bytes = 0;

  int64_t workers = 0;
  int64_t pipeline_queue_max_bytes = 0;
  int64_t pipeline_poll_max_records = 0;
  int64_t pipeline_revoke_timeout_us = 0;
  int64_t commit_interval_us = 0;
  int64_t window_allowance_us = 0;
  int64_t memory_limit_bytes = 0;

  int64_t backoff_first_us = 0;
  int64_t backoff_max_us = 0;

  std::string dead_letters_topic;
  bool dead_letters_include_error_text = false;
  int64_t dead_letters_max_open = 0;
  int64_t dead_letters_max_share_ppm = 0;
  int64_t dead_letters_queue_max_bytes = 0;
  int64_t dead_letters_max_bytes = 0;

  int64_t shutdown_timeout_us = 0;
  std::string on_halt;

  std::string http_address;
  int64_t http_port = 0;
  int64_t health_stalled_after_us = 0;
  int64_t health_turn_max_us = 0;

  std::string log_level;
  std::string log_format;

  std::string database_hostname;
  int64_t database_port = 0;
  std::string database_user;
  std::string database_password;
  std::string database_dbname;
  std::string database_sslmode;
  std::string database_sslcert;
  std::string database_sslkey;
  std::string database_sslrootcert;

  std::string plugin_name;
  std::string slot_name;
  bool slot_failover = false;
  std::string publication_name;
  std::string publication_autocreate_mode;
  bool publish_via_partition_root = false;
  int64_t status_update_interval_us = 0;
  int64_t heartbeat_interval_us = 0;  ///< 0: no heartbeats.
  std::string heartbeat_action_query;
  int64_t retriable_restart_wait_us = 0;

  std::vector<std::string> schema_include_list;
  std::vector<std::string> schema_exclude_list;
  std::vector<std::string> table_include_list;
  std::vector<std::string> table_exclude_list;
  std::vector<std::string> column_include_list;
  std::vector<std::string> column_exclude_list;
  std::string message_key_columns;
  TextMap column_mask_with;    ///< "12.chars"; read by ColumnRules().
  TextMap column_mask_hash;    ///< "SHA-256.with.salt.x"; read by ColumnRules().
  TextMap column_truncate_to;  ///< "20.chars"; read by ColumnRules().

  std::string snapshot_mode;
  int64_t snapshot_max_threads = 0;
  TextMap snapshot_select_statement_overrides;  ///< Read by SnapshotConditions().
  int64_t incremental_snapshot_chunk_size = 0;
  std::string signal_data_collection;  ///< schema.table; empty: none.

  std::string topic_prefix;
  std::string topic_delimiter;
  std::string topic_heartbeat_prefix;
  std::string topic_transaction;
  std::string topic_routing_regex;
  std::string topic_routing_replacement;
  int64_t topic_creation_partitions = 0;          ///< -1: as the brokers have it.
  int64_t topic_creation_replication_factor = 0;  ///< -1: as the brokers have it.

  bool key_schemas_enable = false;
  bool value_schemas_enable = false;
  bool tombstones_on_delete = false;
  std::vector<std::string> skipped_operations;  ///< c, u, d, t; or none alone.
  bool provide_transaction_metadata = false;
  std::vector<std::string> compat_debezium;

  std::vector<std::string> outbox_tables;  ///< None: no table is an outbox.
  std::string outbox_event_id;
  std::string outbox_event_key;
  std::string outbox_event_payload;
  std::string outbox_event_timestamp;         ///< Empty: none.
  std::string outbox_event_schema_version;    ///< Empty: none.
  std::vector<std::string> outbox_placement;  ///< Read by OutboxPlacements().
  std::string outbox_additional_missing;
  bool outbox_expand_json = false;
  std::string outbox_json_nulls;
  std::string outbox_json_empty_arrays;
  std::string outbox_op_invalid;
  std::string outbox_route_by;
  std::string outbox_topic_regex;
  std::string outbox_topic_replacement;
  bool outbox_tombstones = false;
  std::string outbox_unroutable;
  int64_t outbox_topics_max = 0;
  std::string outbox_key_format;
  std::string outbox_value_format;

  std::string changelog_name;
  std::vector<std::string> changelog_topics;
  std::string changelog_topics_regex;
  int64_t changelog_topics_refresh_us = 0;
  std::vector<std::string> changelog_fields;   ///< None: there is no change log.
  std::vector<std::string> changelog_columns;  ///< Read by ChangelogSpecOf().
  bool changelog_unchanged = false;
  std::string changelog_id;
  int64_t changelog_keep_interval_us = 0;
  std::string changelog_topic;  ///< Empty: rows go to no topic.
  std::string changelog_positions_topic;
  std::string changelog_file_directory;  ///< Empty: rows go to no file.
  std::string changelog_file_format;
  bool changelog_file_header = false;
  int64_t changelog_file_rotate_bytes = 0;
  int64_t changelog_file_rotate_interval_us = 0;

  std::string decimal_handling_mode;
  std::string time_precision_mode;
  std::string interval_handling_mode;
  std::string binary_handling_mode;
  std::string hstore_handling_mode;
  int64_t money_fraction_digits = 0;
  std::string unavailable_value_placeholder;  ///< What is written; unavailable_placeholder is read.
  bool include_unknown_datatypes = false;

  int64_t producer_linger_us = 0;
  std::string producer_compression_type;
  int64_t producer_batch_size_bytes = 0;
  int64_t producer_max_request_size_bytes = 0;
  int64_t producer_buffer_memory_bytes = 0;

  std::string capture_positions_topic;
  int64_t capture_guardian_interval_us = 0;

  std::string deliver_topic;
  std::string deliver_group_id;
  std::string deliver_destination_field;
  TextMap deliver_destinations;  ///< Name and URL, in the order of DestinationSlot.
  TextMap deliver_secrets;
  std::string deliver_ca_file;
  std::string deliver_proxy;
  int64_t deliver_connect_timeout_us = 0;
  int64_t deliver_request_timeout_us = 0;
  int64_t deliver_concurrency = 0;
  int64_t deliver_window_records = 0;
  int64_t deliver_window_bytes = 0;
  int64_t deliver_park_after_us = 0;
  std::string deliver_parked_prefix;  ///< Empty: of the group; read by ParkedTopic().
  int64_t deliver_attempts_max = 0;   ///< 0: without end.
  int64_t deliver_breaker_failures = 0;
  int64_t deliver_breaker_pause_us = 0;
  int64_t deliver_breaker_pause_max_us = 0;
  int64_t deliver_drain_timeout_us = 0;
  std::string deliver_dead_letters_topic;

  /// Secrets that were given as references: option path → the text before it was resolved, so that
  /// a secret that has changed can be read again.
  TextMap secret_references;
};

}  // namespace sluice::config
