#pragma once

#include <cstdint>

namespace sluice::telemetry {

/// What this process uses of the machine, as Linux tells. -1: unknown.
struct ProcessUsage {
  double cpu_seconds = -1;
  int64_t resident_bytes = -1;
  int64_t virtual_bytes = -1;
  int64_t open_files = -1;
  int64_t open_files_max = -1;
  double started_seconds = -1;  ///< Since 1970.
};

[[nodiscard]] ProcessUsage ReadProcessUsage();

}  // namespace sluice::telemetry
