#include "service/composition/capture_settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/postgres/table_filter.h"
#include "service/config/capture_rules.h"

namespace sluice::service {
namespace {

constexpr int64_t kUsPerMs = 1'000;

/// The value whose name is `name`; the option table admits no other.
template <typename Value, size_t N>
Value Named(const std::array<std::pair<std::string_view, Value>, N>& names,
            const std::string& name) {
  const auto at = std::find_if(names.begin(), names.end(),
                               [&](const auto& known) { return known.first == name; });
  return at == names.end() ? names.front().second : at->second;
}

debezium::MaskRule::Kind MaskKind(config::ColumnRule::Kind kind) {
  switch (kind) {
    case config::ColumnRule::Kind::kMask: return debezium::MaskRule::Kind::kStars;
    case config::ColumnRule::Kind::kHash: return debezium::MaskRule::Kind::kHash;
    case config::ColumnRule::Kind::kHashV2: return debezium::MaskRule::Kind::kHashV2;
    case config::ColumnRule::Kind::kTruncate: return debezium::MaskRule::Kind::kTruncate;
  }
  return debezium::MaskRule::Kind::kStars;
}

std::vector<debezium::MaskRule> MasksOf(const config::Config& config) {
  std::vector<debezium::MaskRule> masks;
  const auto rules = config::ColumnRules(config);
  if (!rules) return masks;  // told by the configuration's own checks
  for (const config::ColumnRule& rule : *rules) {
    const auto names = postgres::NameList::Parse(config::JoinCommas(rule.columns), "column.mask");
    if (!names) continue;
    masks.push_back({MaskKind(rule.kind), static_cast<uint32_t>(rule.chars), rule.algorithm,
                     rule.salt, [list = *names](const Table& table, const Column& column) {
                       return list.Matches(table.schema + "." + table.name + "." + column.name);
                     }});
  }
  return masks;
}

/// Of logical messages that are between sources and their operators.
constexpr std::string_view kReservedPrefix = "sluice.";

std::string WatermarkPrefix(const config::Config& config) {
  return std::string(kReservedPrefix) + "watermark." + config.slot_name;
}

}  // namespace

postgres::Settings DatabaseSettings(const config::Config& config) {
  postgres::Settings settings;
  settings.host = config.database_hostname;
  settings.port = static_cast<uint16_t>(config.database_port);
  settings.user = config.database_user;
  settings.password = config.database_password;
  settings.database = config.database_dbname;
  settings.sslmode = config.database_sslmode;
  settings.sslcert = config.database_sslcert;
  settings.sslkey = config.database_sslkey;
  settings.sslrootcert = config.database_sslrootcert;
  return settings;
}

postgres::PublicationSettings PublicationSettingsOf(const config::Config& config) {
  using Mode = postgres::PublicationMode;
  static constexpr std::array<std::pair<std::string_view, Mode>, 4> kModes = {{
      {"all_tables", Mode::kAllTables},
      {"disabled", Mode::kDisabled},
      {"filtered", Mode::kFiltered},
      {"no_tables", Mode::kNoTables},
  }};
  postgres::PublicationSettings settings;
  settings.name = config.publication_name;
  settings.mode = Named(kModes, config.publication_autocreate_mode);
  settings.via_partition_root = config.publish_via_partition_root;
  return settings;
}

postgres::FilterSettings FilterSettingsOf(const config::Config& config) {
  postgres::FilterSettings settings;
  settings.schema_include = config::JoinCommas(config.schema_include_list);
  settings.schema_exclude = config::JoinCommas(config.schema_exclude_list);
  settings.table_include = config::JoinCommas(config.table_include_list);
  settings.table_exclude = config::JoinCommas(config.table_exclude_list);
  settings.column_include = config::JoinCommas(config.column_include_list);
  settings.column_exclude = config::JoinCommas(config.column_exclude_list);
  settings.message_key_columns = config.message_key_columns;
  settings.signal_table = config.signal_data_collection;
  return settings;
}

postgres::StreamSettings StreamSettingsOf(const config::Config& config) {
  postgres::StreamSettings settings;
  settings.status_interval_ms = config.status_update_interval_us / kUsPerMs;
  return settings;
}

postgres::SnapshotSettings SnapshotSettingsOf(const config::Config& config) {
  postgres::SnapshotSettings settings;
  const auto conditions = config::SnapshotConditions(config);
  if (conditions) settings.conditions.insert(conditions->begin(), conditions->end());
  return settings;
}

postgres::ChunkSettings ChunkSettingsOf(const config::Config& config) {
  postgres::ChunkSettings settings;
  settings.rows = static_cast<size_t>(config.incremental_snapshot_chunk_size);
  settings.watermark_prefix = WatermarkPrefix(config);
  settings.via_partition_root = config.publish_via_partition_root;
  return settings;
}

kafka::PublisherSettings PublisherSettingsOf(const config::Config& config) {
  kafka::PublisherSettings settings;
  settings.linger_ms = config.producer_linger_us / kUsPerMs;
  settings.compression = config.producer_compression_type;
  settings.batch_max_bytes = static_cast<size_t>(config.producer_batch_size_bytes);
  settings.record_max_bytes = static_cast<size_t>(config.producer_max_request_size_bytes);
  settings.queue_max_bytes = static_cast<size_t>(config.producer_buffer_memory_bytes);
  settings.create_partitions = static_cast<int32_t>(config.topic_creation_partitions);
  settings.create_replication = static_cast<int16_t>(config.topic_creation_replication_factor);
  return settings;
}

RelaySettings RelaySettingsOf(const config::Config& config) {
  static constexpr std::array<std::pair<std::string_view, CountedChange>, 4> kOperations = {{
      {"c", CountedChange::kCreate},
      {"u", CountedChange::kUpdate},
      {"d", CountedChange::kDelete},
      {"t", CountedChange::kTruncate},
  }};
  RelaySettings settings;
  settings.tombstones_on_delete = config.tombstones_on_delete;
  for (const std::string& name : config.skipped_operations) {
    if (name == "none") continue;
    settings.skipped[static_cast<size_t>(Named(kOperations, name))] = true;
  }
  if (config.provide_transaction_metadata) {
    settings.transaction_stream =
        config.topic_transaction.find(config.topic_delimiter) == 0
            ? config.topic_transaction
            : config.topic_prefix + config.topic_delimiter + config.topic_transaction;
  }
  settings.message_stream = config.topic_prefix + config.topic_delimiter + "message";
  settings.heartbeat_stream = config.topic_heartbeat_prefix + "." + config.topic_prefix;
  settings.heartbeat_interval_us = config.heartbeat_interval_us;
  settings.signal_table = config.signal_data_collection;
  settings.signal_prefix = SignalPrefix(config);
  settings.watermark_prefix = WatermarkPrefix(config);
  settings.reserved_prefix = kReservedPrefix;
  settings.stop_timeout_us = config.shutdown_timeout_us;
  return settings;
}

SnapshotMode SnapshotModeOf(const config::Config& config) {
  static constexpr std::array<std::pair<std::string_view, SnapshotMode>, 5> kModes = {{
      {"initial", SnapshotMode::kInitial},
      {"initial_only", SnapshotMode::kInitialOnly},
      {"no_data", SnapshotMode::kNoData},
      {"when_needed", SnapshotMode::kWhenNeeded},
      {"always", SnapshotMode::kAlways},
  }};
  return Named(kModes, config.snapshot_mode);
}

debezium::EncoderOptions EncoderOptionsOf(const config::Config& config,
                                          const std::string& version) {
  using debezium::BinaryMode;
  using debezium::DecimalMode;
  using debezium::HstoreMode;
  using debezium::IntervalMode;
  using debezium::TimeMode;
  static constexpr std::array<std::pair<std::string_view, DecimalMode>, 3> kDecimals = {{
      {"precise", DecimalMode::kPrecise},
      {"double", DecimalMode::kDouble},
      {"string", DecimalMode::kString},
  }};
  static constexpr std::array<std::pair<std::string_view, TimeMode>, 6> kTimes = {{
      {"adaptive", TimeMode::kAdaptive},
      {"adaptive_time_microseconds", TimeMode::kAdaptiveTimeMicroseconds},
      {"connect", TimeMode::kConnect},
      {"isostring", TimeMode::kIsoString},
      {"microseconds", TimeMode::kMicroseconds},
      {"nanoseconds", TimeMode::kNanoseconds},
  }};
  static constexpr std::array<std::pair<std::string_view, IntervalMode>, 2> kIntervals = {{
      {"numeric", IntervalMode::kNumeric},
      {"string", IntervalMode::kString},
  }};
  static constexpr std::array<std::pair<std::string_view, BinaryMode>, 4> kBinaries = {{
      {"bytes", BinaryMode::kBytes},
      {"base64", BinaryMode::kBase64},
      {"base64-url-safe", BinaryMode::kBase64UrlSafe},
      {"hex", BinaryMode::kHex},
  }};
  static constexpr std::array<std::pair<std::string_view, HstoreMode>, 2> kHstores = {{
      {"json", HstoreMode::kJson},
      {"map", HstoreMode::kMap},
  }};
  debezium::EncoderOptions options;
  options.version = version;
  options.logical_name = config.topic_prefix;
  options.database = config.database_dbname;
  options.key_schemas = config.key_schemas_enable;
  options.value_schemas = config.value_schemas_enable;
  options.decimal = Named(kDecimals, config.decimal_handling_mode);
  options.time = Named(kTimes, config.time_precision_mode);
  options.interval = Named(kIntervals, config.interval_handling_mode);
  options.binary = Named(kBinaries, config.binary_handling_mode);
  options.hstore = Named(kHstores, config.hstore_handling_mode);
  options.money_fraction_digits = static_cast<int32_t>(config.money_fraction_digits);
  options.unknown_types = config.include_unknown_datatypes;
  const auto placeholder = debezium::PlaceholderBytes(config.unavailable_value_placeholder);
  if (placeholder) options.unavailable_value = *placeholder;  // else told by the checks
  options.masks = MasksOf(config);
  return options;
}

Result<debezium::EncoderOptions> EncoderOptionsOf(const config::Config& config,
                                                  const std::string& version,
                                                  const StreamNames& names) {
  auto compat = CompatOf(config);
  if (!compat) return compat.error();
  debezium::EncoderOptions options = EncoderOptionsOf(config, version);
  options.fidelity = [compat = std::move(*compat)](const Table& table) {
    return compat(table) ? debezium::Fidelity::kCompat : debezium::Fidelity::kCorrect;
  };
  options.schema_prefix = [names](const Table& table) { return names.Unrouted(table); };
  return options;
}

Result<StreamNames> StreamNamesOf(const config::Config& config) {
  if (config.topic_routing_regex.empty()) {
    return StreamNames(config.topic_prefix, config.topic_delimiter);
  }
  auto regex = pattern::Pattern::Make(config.topic_routing_regex, pattern::Pattern::Case::kMinds);
  if (!regex) return Error{"topic.routing.regex: " + regex.error().ToString(), ""};
  return StreamNames(config.topic_prefix, config.topic_delimiter,
                     [regex = std::move(*regex),
                      replacement = config.topic_routing_replacement](const std::string& name) {
                       return regex.Matches(name) ? regex.ReplaceFirst(name, replacement) : name;
                     });
}

Result<std::function<bool(const Table&)>> CompatOf(const config::Config& config) {
  auto names =
      postgres::NameList::Parse(config::JoinCommas(config.compat_debezium), "compat.debezium");
  if (!names) return names.error();
  return std::function<bool(const Table&)>([list = std::move(*names)](const Table& table) {
    return list.Matches(table.schema + "." + table.name);
  });
}

Failure HaltOf(const pattern::MatchFailure& failure) {
  return {
      {Disposition::kHalt, FailureReason::kInternal, WriteResult::kCreated}, "", failure.what()};
}

std::string PositionName(const config::Config& config) {
  return config.topic_prefix + "/" + config.slot_name;
}

std::string SignalPrefix(const config::Config& config) {
  return std::string(kReservedPrefix) + "signal." + config.slot_name;
}

}  // namespace sluice::service
