#pragma once

namespace sluice::service {

/// What the process tells its caller. Documented by `sluice --help`.
enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,          ///< Usage or configuration.
  kHalted = 3,         ///< Going on could lose data.
  kNo = 4,             ///< The answer is no: a check failed.
  kInterrupted = 130,  ///< A second signal.
};

}  // namespace sluice::service
