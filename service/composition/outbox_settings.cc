#include "service/composition/outbox_settings.h"

#include <utility>

#include "adapters/pattern/pattern.h"
#include "adapters/postgres/table_filter.h"
#include "service/composition/capture_settings.h"
#include "service/config/capture_rules.h"

namespace sluice::service {
namespace {

using pattern::Pattern;

OutboxSettings::Placement PlacementOf(config::OutboxPlacement::Place place) {
  switch (place) {
    case config::OutboxPlacement::Place::kHeader: return OutboxSettings::Placement::kHeader;
    case config::OutboxPlacement::Place::kEnvelope: return OutboxSettings::Placement::kEnvelope;
    case config::OutboxPlacement::Place::kPartition: break;
  }
  return OutboxSettings::Placement::kPartition;
}

EmptyMember EmptyOf(const std::string& choice) {
  return choice == "ignore" ? EmptyMember::kLeftOut : EmptyMember::kKept;
}

OutboxShape::Form FormOf(const std::string& choice) {
  return choice == "text" ? OutboxShape::Form::kText : OutboxShape::Form::kJson;
}

/// What the source and the indexer write themselves, and the brokers' own topics.
std::vector<std::string> ReservedStreams(const config::Config& config) {
  const RelaySettings relay = RelaySettingsOf(config);
  return {config.capture_positions_topic, config.dead_letters_topic, relay.transaction_stream,
          relay.message_stream,           relay.heartbeat_stream,    "__consumer_offsets",
          "__transaction_state",          "__share_group_state",     "__cluster_metadata"};
}

Status AddRoute(const config::Config& config, OutboxSettings& settings) {
  auto regex = Pattern::Make(config.outbox_topic_regex, Pattern::Case::kMinds);
  if (!regex) return Error{"outbox.route.topic.regex: " + regex.error().ToString(), ""};
  settings.stream_of = [regex = std::move(*regex),
                        replacement = config.outbox_topic_replacement](const std::string& route) {
    return regex.Matches(route) ? regex.ReplaceFirst(route, replacement) : route;
  };
  return {};
}

}  // namespace

Result<std::function<bool(const Table&)>> IsOutboxOf(const config::Config& config) {
  auto names = postgres::NameList::Parse(config::JoinCommas(config.outbox_tables),
                                         "outbox.table.include.list");
  if (!names) return names.error();
  return std::function<bool(const Table&)>([list = std::move(*names)](const Table& table) {
    return list.Matches(table.schema + "." + table.name);
  });
}

Result<OutboxSettings> OutboxSettingsOf(const config::Config& config) {
  OutboxSettings settings;
  if (config.outbox_tables.empty()) return settings;
  auto is_outbox = IsOutboxOf(config);
  if (!is_outbox) return is_outbox.error();
  settings.is_outbox = std::move(*is_outbox);
  auto compat = CompatOf(config);
  if (!compat) return compat.error();
  settings.retells_rekeyed = std::move(*compat);
  const auto placements = config::OutboxPlacements(config);
  if (!placements) return placements.error();
  for (const config::OutboxPlacement& placement : *placements) {
    settings.extras.push_back({placement.column, PlacementOf(placement.place), placement.name});
  }
  if (Status status = AddRoute(config, settings); !status) return status.error();
  settings.id_column = config.outbox_event_id;
  settings.key_column = config.outbox_event_key;
  settings.payload_column = config.outbox_event_payload;
  settings.route_column = config.outbox_route_by;
  settings.timestamp_column = config.outbox_event_timestamp;
  settings.schema_version_column = config.outbox_event_schema_version;
  settings.skips_missing_extras = config.outbox_additional_missing == "ignore";
  settings.reserved = ReservedStreams(config);
  settings.streams_max = static_cast<size_t>(config.outbox_topics_max);
  settings.tombstones_on_empty = config.outbox_tombstones;
  settings.halts_on_update = config.outbox_op_invalid == "fatal";
  settings.halts_on_unroutable = config.outbox_unroutable == "halt";
  settings.shape.expands = config.outbox_expand_json;
  settings.shape.nulls = EmptyOf(config.outbox_json_nulls);
  settings.shape.empty_arrays = EmptyOf(config.outbox_json_empty_arrays);
  settings.shape.key_form = FormOf(config.outbox_key_format);
  settings.shape.value_form = FormOf(config.outbox_value_format);
  return settings;
}

}  // namespace sluice::service
