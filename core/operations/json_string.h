#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends `text`, which is UTF-8, as a JSON string with its quotes. Quote, backslash and control
/// bytes are escaped, everything else stays as it is.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace sluice
