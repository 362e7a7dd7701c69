#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "core/ports/clock.h"

namespace sluice::demo {

struct DemoOptions {
  int64_t quantity = 10;                ///< Users to insert.
  std::optional<std::string> postgres;  ///< Where to, see AddressOf().
  uint64_t seed = 0;                    ///< The same seed tells the same story.
  double rate = 0;                      ///< Transactions a second; 0: as fast as it goes.
  bool json = false;
  bool terminal = false;  ///< `err` is a terminal that may be drawn on.
  int columns = 80;
};

/// What the demo needs of its process.
struct DemoSurroundings {
  const Clock& clock;
  /// Waits for that many milliseconds, 0 included; true when the process was asked to stop.
  std::function<bool(int)> pause;
};

enum class DemoEnd : uint8_t {
  kDone,
  kFailed,
  kStopped,  ///< Asked to stop; what was committed is in the summary.
};

/// `sluice demo users`: inserts users and orders, changes e-mail addresses, deletes users, some of
/// it several changes to a transaction, so that there is something to see in the topics and in the
/// index. Tables and database are created when missing. The summary on `out` names the rows.
[[nodiscard]] DemoEnd RunDemoUsers(const DemoOptions& options, const DemoSurroundings& surroundings,
                                   std::ostream& out, std::ostream& err);

}  // namespace sluice::demo
