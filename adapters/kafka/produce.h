#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kafka/handles.h"
#include "core/model/record.h"

namespace sluice::kafka {

/// A record on its way to a topic. Views are copied by Produce().
struct OutgoingRecord {
  const char* topic = nullptr;
  int32_t partition = RD_KAFKA_PARTITION_UA;  ///< Unassigned: by the key.
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const HeaderView> headers;
  uint64_t token = 0;  ///< Comes back as the opaque of the delivery report.
  std::optional<int64_t> timestamp_ms = std::nullopt;  ///< Since 1970, above 0; none: now.
  /// Stands for `topic` where it is set, so that no name is looked up for each record.
  rd_kafka_topic_t* handle = nullptr;
};

[[nodiscard]] std::vector<HeaderView> ViewsOf(std::span<const Header> headers);

/// Hands a record to the producer's queue. What is refused at once is told by the code.
rd_kafka_resp_err_t Produce(rd_kafka_t* producer, const OutgoingRecord& record);

}  // namespace sluice::kafka
