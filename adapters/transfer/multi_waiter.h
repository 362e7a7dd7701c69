#pragma once

#include <curl/curl.h>

#include <vector>

#include "core/ports/waiter.h"

namespace sluice::transfer {

/// Waits on the sockets of transfers and on other descriptors at once, such as the one by which a
/// record source tells that something has arrived. What made a descriptor readable is left in it:
/// its owner drains it.
///
/// Threads:   Wait() from the transfers' thread; Wake() from any.
/// Ownership: transfers and descriptors are borrowed.
/// Time:      Wait() returns after `longest` at the latest.
/// Errors:    none.
class MultiWaiter : public Waiter {
 public:
  explicit MultiWaiter(CURLM* transfers) : transfers_(transfers) {}

  void AddDescriptor(int descriptor);
  void Wait(std::chrono::milliseconds longest) override;
  void Wake() override;

 private:
  CURLM* const transfers_;
  std::vector<curl_waitfd> descriptors_;
};

}  // namespace sluice::transfer
