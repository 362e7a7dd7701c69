#pragma once

#include "adapters/debezium/encoder_options.h"
#include "adapters/kafka/settings.h"
#include "adapters/pattern/pattern.h"
#include "adapters/postgres/chunk_desk.h"
#include "adapters/postgres/settings.h"
#include "core/operations/source/relay.h"
#include "core/operations/source/start_decision.h"
#include "core/operations/source/stream_names.h"
#include "service/config/config.h"

namespace sluice::service {

/// What the configuration means to each part of `sluice capture`. Pure.
[[nodiscard]] postgres::Settings DatabaseSettings(const config::Config& config);
[[nodiscard]] postgres::PublicationSettings PublicationSettingsOf(const config::Config& config);
[[nodiscard]] postgres::FilterSettings FilterSettingsOf(const config::Config& config);
[[nodiscard]] postgres::StreamSettings StreamSettingsOf(const config::Config& config);
[[nodiscard]] postgres::SnapshotSettings SnapshotSettingsOf(const config::Config& config);
[[nodiscard]] postgres::ChunkSettings ChunkSettingsOf(const config::Config& config);
[[nodiscard]] kafka::PublisherSettings PublisherSettingsOf(const config::Config& config);
[[nodiscard]] RelaySettings RelaySettingsOf(const config::Config& config);
[[nodiscard]] SnapshotMode SnapshotModeOf(const config::Config& config);
[[nodiscard]] debezium::EncoderOptions EncoderOptionsOf(const config::Config& config,
                                                        const std::string& version);

/// The same with what is asked table by table: its stream's name, and whether it follows Debezium
/// in everything.
[[nodiscard]] Result<debezium::EncoderOptions> EncoderOptionsOf(const config::Config& config,
                                                                const std::string& version,
                                                                const StreamNames& names);
/// As topic.prefix and the routing options have them.
[[nodiscard]] Result<StreamNames> StreamNamesOf(const config::Config& config);

/// Tables that follow Debezium's records in everything: `compat.debezium`. Fails for an expression
/// that is none.
[[nodiscard]] Result<std::function<bool(const Table&)>> CompatOf(const config::Config& config);

/// How a source ends that cannot say whether an option's expression matches a name.
[[nodiscard]] Failure HaltOf(const pattern::MatchFailure& failure);

/// The name under which the position is recorded: one a prefix and slot.
[[nodiscard]] std::string PositionName(const config::Config& config);

/// What the logical messages are called that are signals to this source, by its slot.
[[nodiscard]] std::string SignalPrefix(const config::Config& config);

}  // namespace sluice::service
