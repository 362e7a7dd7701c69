#include "service/composition/descriptor_waiter.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "core/model/check.h"

namespace sluice::service {

DescriptorWaiter::DescriptorWaiter() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  SLUICE_CHECK(wake_ >= 0, "the process may open a descriptor");
}

DescriptorWaiter::~DescriptorWaiter() {
  close(wake_);
}

void DescriptorWaiter::Wait(std::chrono::milliseconds longest) {
  std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
  for (const int descriptor : descriptors_) polled.push_back({descriptor, POLLIN, 0});
  poll(polled.data(), polled.size(), static_cast<int>(longest.count()));
  uint64_t wakes = 0;
  if ((polled.front().revents & POLLIN) != 0) {
    [[maybe_unused]] const ssize_t taken = read(wake_, &wakes, sizeof wakes);
  }
}

void DescriptorWaiter::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = write(wake_, &one, sizeof one);
}

}  // namespace sluice::service
