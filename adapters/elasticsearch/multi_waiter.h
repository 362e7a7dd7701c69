#pragma once

#include <vector>

#include "adapters/elasticsearch/transport.h"
#include "core/ports/waiter.h"

namespace sluice::elasticsearch {

/// Waits on the transport's sockets and on other descriptors at once, such as the one by which a
/// record source tells that something has arrived. What made a descriptor readable is left in it:
/// its owner drains it.
///
/// Threads:   Wait() from the transport's thread; Wake() from any.
/// Ownership: transport and descriptors are borrowed.
/// Time:      Wait() returns after `longest` at the latest.
/// Errors:    none.
class MultiWaiter : public Waiter {
 public:
  explicit MultiWaiter(Transport& transport) : transport_(transport) {}

  void AddDescriptor(int descriptor);
  void Wait(std::chrono::milliseconds longest) override;
  void Wake() override;

 private:
  Transport& transport_;
  std::vector<curl_waitfd> descriptors_;
};

}  // namespace sluice::elasticsearch
