#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/position.h"
#include "core/model/record.h"

namespace sluice::kafka {

/// A dead letter as its topic holds it (what DeadLetterHeaders() writes).
struct StoredLetter {
  TopicPartition place;  ///< In the dead-letter topic.
  Offset at;
  /// The refused record; with `original` all of it, else what is left of it.
  OwnedRecord record;
  bool original = true;
  std::string stage;
  std::string reason;
  std::string error_type;  ///< The server's; empty for our own reasons.
  std::string message;     ///< With the server's text where that is kept.
  std::string index;  ///< Empty when unknown, as are id, version (0), operation and destination.
  std::string id;     ///< Of the document; of a delivery, its Idempotency-Key.
  std::string destination;  ///< Of a delivery.
  int64_t version = 0;
  std::string operation;
  int64_t attempts = 0;
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  std::string replaced;  ///< Offsets, comma-separated.
};

/// None: the record is no dead letter of this program.
[[nodiscard]] std::optional<StoredLetter> ReadLetter(const OwnedRecord& record);

}  // namespace sluice::kafka
