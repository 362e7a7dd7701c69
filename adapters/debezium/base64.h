#pragma once

#include <string>
#include <string_view>

namespace sluice::debezium {

/// Base64 with padding, as Connect's JsonConverter writes bytes.
[[nodiscard]] std::string Base64(std::string_view bytes);

}  // namespace sluice::debezium
