#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

namespace sluice::kafka {

/// The id that a topic was given at its creation, in the brokers' own text; empty where brokers
/// give none (before 2.8).
[[nodiscard]] std::string TopicIdOf(const rd_kafka_TopicDescription_t& topic);

}  // namespace sluice::kafka
