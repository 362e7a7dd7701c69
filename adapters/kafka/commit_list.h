#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "core/model/position.h"

namespace sluice::kafka {

/// Adds a position to a list that is to be committed, with what is told beside it.
void AddCommit(rd_kafka_t* client, rd_kafka_topic_partition_list_t* list,
               const TopicPartition& name, const CommitPosition& position, std::string_view note);

/// What was told beside a position of a list that the brokers gave.
[[nodiscard]] std::string NoteOf(const rd_kafka_topic_partition_t& committed);

}  // namespace sluice::kafka
