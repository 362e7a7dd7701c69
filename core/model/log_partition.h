#pragma once

#include <string>

#include "core/model/position.h"

namespace sluice {

/// One partition of a log, as the brokers describe it.
struct LogPartition {
  TopicPartition stream;
  std::string topic_id;  ///< Given to the topic at its creation; empty where brokers give none.
  Offset begin;          ///< Of the oldest record that is kept.
  Offset end;            ///< Of the record to be written next.
};

}  // namespace sluice
