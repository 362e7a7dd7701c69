#pragma once

#include <string>
#include <string_view>

#include "adapters/debezium/text_buffer.h"

namespace sluice::debezium {

/// Base64 with padding, as Connect's JsonConverter writes bytes.
[[nodiscard]] std::string Base64(std::string_view bytes);

enum class Base64Alphabet : uint8_t { kStandard, kUrlSafe };

/// Appends base64 with padding.
void AppendBase64(std::string_view bytes, Base64Alphabet alphabet, TextBuffer& out);

}  // namespace sluice::debezium
