#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace sluice::service {

/// How a part of the process ended.
enum class PartEnd : uint8_t {
  kDone,      ///< Asked to stop, or nothing was left to do; all that was taken is settled.
  kTimedOut,  ///< Asked to stop; what was not settled in time is taken again.
  kHalted,    ///< Going on could lose data.
  kRefused,   ///< Another process has the work that this one was to do.
};

/// Something that runs on a thread of its own until it is asked to stop or ends by itself.
///
/// Threads:   Start(), RequestStop() and end() from any thread.
/// Ownership: as its maker says.
/// Time:      RequestStop() returns at once.
/// Errors:    none here: an end.
class Part {
 public:
  virtual ~Part() = default;

  /// `on_end` is called on the part's thread when it has ended.
  virtual void Start(std::function<void()> on_end) = 0;
  virtual void RequestStop() = 0;
  /// Nothing while it runs.
  [[nodiscard]] virtual std::optional<PartEnd> end() const = 0;
};

}  // namespace sluice::service
