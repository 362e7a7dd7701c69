#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends `text`, which is UTF-8, as it stands within a JSON string: quote, backslash and control
/// bytes are escaped, everything else stays as it is.
void AppendJsonEscaped(std::string_view text, std::string& out);
/// Appends `text`, which is UTF-8, as a JSON string with its quotes.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace sluice
