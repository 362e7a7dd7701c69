#pragma once

#include <chrono>
#include <vector>

#include "core/ports/waiter.h"

namespace sluice::service {

/// Sleeps until one of some descriptors is readable or somebody wakes it.
///
/// Threads:   Wait() and Watch() from one thread; Wake() from any.
/// Ownership: descriptors are borrowed.
/// Time:      Wait() returns after `longest` at the latest.
/// Errors:    none.
class DescriptorWaiter : public Waiter {
 public:
  DescriptorWaiter();
  ~DescriptorWaiter() override;
  DescriptorWaiter(const DescriptorWaiter&) = delete;
  DescriptorWaiter& operator=(const DescriptorWaiter&) = delete;

  /// From now on these alone.
  void Watch(std::vector<int> descriptors) { descriptors_ = std::move(descriptors); }

  void Wait(std::chrono::milliseconds longest) override;
  void Wake() override;

 private:
  int wake_;
  std::vector<int> descriptors_;
};

}  // namespace sluice::service
