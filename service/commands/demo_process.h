#pragma once

#include <functional>

#include "service/lifecycle/exit_code.h"
#include "service/lifecycle/signals.h"

namespace sluice::service {

/// A terminal that understands being drawn on.
[[nodiscard]] bool DrawsOnErrors();
/// How wide it is; 80 where nobody knows.
[[nodiscard]] int ErrorColumns();

/// Waits for a while or for a signal to stop, and remembers which one came.
///
/// Threads:   one call at a time; made before any thread is started.
/// Ownership: its own signals.
/// Time:      as it is told.
/// Errors:    none.
class StoppablePause {
 public:
  /// True when the process was asked to stop.
  bool operator()(int longest_ms);
  /// 0: none.
  [[nodiscard]] int stopped_by() const { return stopped_by_; }
  /// Of a command that a signal has stopped before it was done.
  [[nodiscard]] ExitCode stopped() const;

 private:
  StopSignals signals_;
  int stopped_by_ = 0;
};

}  // namespace sluice::service
