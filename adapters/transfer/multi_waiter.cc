#include "adapters/transfer/multi_waiter.h"

#include <algorithm>

namespace sluice::transfer {

void MultiWaiter::AddDescriptor(int descriptor) {
  curl_waitfd wait{};
  wait.fd = descriptor;
  wait.events = CURL_WAIT_POLLIN;
  descriptors_.push_back(wait);
}

void MultiWaiter::Wait(std::chrono::milliseconds longest) {
  constexpr long kLongestMs = 60'000;
  const auto milliseconds = static_cast<int>(std::clamp<long>(longest.count(), 0, kLongestMs));
  curl_multi_poll(transfers_, descriptors_.data(), static_cast<unsigned>(descriptors_.size()),
                  milliseconds, nullptr);
}

void MultiWaiter::Wake() {
  curl_multi_wakeup(transfers_);
}

}  // namespace sluice::transfer
