#pragma once

#include <cstdint>
#include <functional>

#include "core/ports/clock.h"

namespace sluice::demo {

/// What a demo needs of its process.
struct DemoSurroundings {
  const Clock& clock;
  /// Waits for that many milliseconds, 0 included; true when the process was asked to stop.
  std::function<bool(int)> pause;
};

enum class DemoEnd : uint8_t {
  kDone,
  kFailed,
  kStopped,  ///< Asked to stop; what was written is in the summary.
};

}  // namespace sluice::demo
