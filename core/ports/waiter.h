#pragma once

#include <chrono>

namespace sluice {

/// The one place where a pipeline sleeps: until a socket, the record source, a timer or a request
/// to stop has something for it.
///
/// Threads:   Wait() from the pipeline's thread; Wake() from any.
/// Ownership: none.
/// Time:      Wait() returns after `longest` at the latest. Waking up early is harmless.
/// Errors:    none.
class Waiter {
 public:
  virtual ~Waiter() = default;

  virtual void Wait(std::chrono::milliseconds longest) = 0;
  virtual void Wake() = 0;
};

}  // namespace sluice
