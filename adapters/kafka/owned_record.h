#pragma once

#include "adapters/kafka/handles.h"
#include "core/model/record.h"

namespace sluice::kafka {

/// A copy of a fetched message with its headers.
OwnedRecord CopyRecord(const rd_kafka_message_t& message);

}  // namespace sluice::kafka
