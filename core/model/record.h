#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/position.h"

namespace sluice {

/// One record of a stream as it was read: views into the reader's memory, valid until the reader is
/// told to release them. A missing key or value (null) is not an empty one.
struct Record {
  PartitionSlot partition;
  Offset offset;
  int32_t leader_epoch = -1;
  int64_t timestamp_ms = -1;  ///< Milliseconds since 1970, -1 when the broker has none.
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  uint32_t number = 0;  ///< Among those that were read together; by it its headers are asked for.
};

/// A header of a record. A null value is not an empty one.
struct Header {
  std::string name;
  std::optional<std::string> value;
};

/// A header as it is sent: views for the length of a call.
struct HeaderView {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// A record with memory of its own.
struct OwnedRecord {
  TopicPartition stream;
  Offset offset;
  int64_t timestamp_ms = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<Header> headers;
};

}  // namespace sluice
