#include "core/operations/group/backoff.h"

#include <algorithm>

namespace sluice {

int64_t BackoffUs(const BackoffSettings& settings, uint32_t failures, uint64_t random) {
  constexpr int64_t kShortest = 1'000;
  int64_t ceiling = std::max<int64_t>(settings.first_us, kShortest);
  for (uint32_t i = 1; i < failures && ceiling < settings.longest_us; ++i) ceiling *= 2;
  ceiling = std::clamp(ceiling, kShortest, std::max(settings.longest_us, kShortest));
  return std::max(kShortest, static_cast<int64_t>(random % static_cast<uint64_t>(ceiling)) + 1);
}

}  // namespace sluice
