#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// RFC 3339 in UTC with milliseconds, of milliseconds since 1970.
[[nodiscard]] std::string TimeText(int64_t ms);

}  // namespace sluice
