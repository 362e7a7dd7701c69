#include "service/composition/system_clock.h"

#include <sys/random.h>
#include <time.h>

#include "core/model/check.h"

namespace sluice::service {

int64_t SystemClock::NowUs() const {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

int64_t SystemClock::WallNs() const {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

uint64_t SystemRandomness::Next() {
  uint64_t bits = 0;
  SLUICE_CHECK(getrandom(&bits, sizeof bits, 0) == sizeof bits, "the kernel has randomness");
  return bits;
}

}  // namespace sluice::service
