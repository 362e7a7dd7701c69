#pragma once

#include "adapters/debezium/stream_decoder.h"
#include "adapters/elasticsearch/settings.h"
#include "adapters/kafka/settings.h"
#include "core/operations/group/sole_source.h"
#include "core/operations/index/pipeline_settings.h"
#include "service/config/config.h"

namespace sluice::service {

/// The configuration in the words of each part. Values were checked by the loader.
[[nodiscard]] kafka::Settings KafkaSettings(const config::Config& config);
/// `worker` counts from 0; its number goes into the static member's name.
[[nodiscard]] kafka::ConsumerSettings ConsumerSettingsOf(const config::Config& config, int worker);
[[nodiscard]] ConsumptionMode ConsumptionModeOf(const std::string& name);
/// Of a consumer whose mode has one active member.
[[nodiscard]] SoleSettings SoleSettingsOf(const kafka::ConsumerSettings& consumer);
[[nodiscard]] kafka::DeadLetterSettings DeadLetterSettingsOf(const config::Config& config);
[[nodiscard]] elasticsearch::Settings SearchSettings(const config::Config& config);
[[nodiscard]] debezium::StreamOptions StreamOptionsOf(const config::Config& config);
[[nodiscard]] PipelineSettings PipelineSettingsOf(const config::Config& config);

}  // namespace sluice::service
