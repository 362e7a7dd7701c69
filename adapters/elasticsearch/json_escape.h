#pragma once

#include <string>
#include <string_view>

namespace sluice::elasticsearch {

/// Whether a text can stand between quotes as it is.
[[nodiscard]] bool IsPlainJson(std::string_view text);

/// Appends `text` as the inside of a JSON string: quote, backslash and control characters escaped,
/// all other bytes as they are (the text is UTF-8).
void AppendEscaped(std::string_view text, std::string& out);

}  // namespace sluice::elasticsearch
