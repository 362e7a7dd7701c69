#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// `2026-01-31T23:59:59.123Z`, of milliseconds since 1970 (years 0 to 9999; beyond: the number).
[[nodiscard]] std::string TimeText(int64_t ms);

}  // namespace sluice
