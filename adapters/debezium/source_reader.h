#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/debezium/prefix_cache.h"
#include "core/model/position.h"

namespace sluice::debezium {

/// What indexing wants to know of an envelope's `source`.
struct SourceFacts {
  int64_t ts_ms = 0;               ///< `ts_ms`; 0 when absent, null or no integer.
  bool first_of_snapshot = false;  ///< `snapshot` is "first" or "first_in_data_collection".
};

/// Reads `source`, whose beginning (version, connector, name) is the same in each record of a
/// topic: it is compared, not parsed. Each first member of its name counts. A malformed or missing
/// `source` gives what was found before the fault: it decides nothing about the row.
///
/// Threads:   one call at a time per instance. Instances share nothing.
/// Ownership: the text is borrowed for the call.
/// Time:      never blocks.
/// Errors:    none.
class SourceReader {
 public:
  SourceFacts Read(PartitionSlot slot, std::string_view source);

 private:
  PrefixCache prefixes_;  ///< From the brace to the first byte of `ts_ms`'s value.
};

}  // namespace sluice::debezium
