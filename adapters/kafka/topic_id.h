#pragma once

#include <librdkafka/rdkafka.h>

#include <span>
#include <string>

namespace sluice::kafka {

/// The id that a topic was given at its creation, in the brokers' own text; empty where brokers
/// give none (before 2.8).
[[nodiscard]] std::string TopicIdOf(const rd_kafka_TopicDescription_t& topic);

/// What an answer to DescribeTopics tells, topic by topic; none of one that failed as a whole.
/// Lives as long as the event.
[[nodiscard]] std::span<const rd_kafka_TopicDescription_t* const> DescribedTopics(
    rd_kafka_event_t* event);
[[nodiscard]] rd_kafka_resp_err_t CodeOf(const rd_kafka_TopicDescription_t& topic);

}  // namespace sluice::kafka
