#pragma once

#include "adapters/debezium/delivery_decoder.h"
#include "adapters/kafka/settings.h"
#include "adapters/webhook/settings.h"
#include "core/operations/delivery/delivery_settings.h"
#include "service/config/config.h"

namespace sluice::service {

/// The configuration of deliveries in each part's words.
[[nodiscard]] DeliverySettings DeliverySettingsOf(const config::Config& config);
[[nodiscard]] webhook::Settings WebhookSettingsOf(const config::Config& config);
[[nodiscard]] debezium::DeliveryOptions DeliveryOptionsOf(const config::Config& config);
/// Reads the topic and all parked ones, each partition of one with those of its number.
[[nodiscard]] kafka::ConsumerSettings DeliverConsumerOf(const config::Config& config);
/// Writes parked records without gaps and without giving up.
[[nodiscard]] kafka::PublisherSettings ParkingSettingsOf();
[[nodiscard]] kafka::DeadLetterSettings DeliverLettersOf(const config::Config& config);

}  // namespace sluice::service
