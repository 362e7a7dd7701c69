#pragma once

#include <cstddef>
#include <string_view>

namespace sluice {

/// The length in bytes, 1 to 4, of the UTF-8 character that `text` begins with; 0 when it begins
/// with none (overlong forms and surrogates are none).
[[nodiscard]] size_t Utf8Length(std::string_view text);

[[nodiscard]] bool IsUtf8(std::string_view text);

}  // namespace sluice
