#pragma once

#include <string>

#include "service/convert/conversion.h"

namespace sluice::convert {

/// The configuration: the options in the order of the reference, by chapters.
[[nodiscard]] std::string RenderYaml(const Conversion& conversion, const std::string& file);

/// What became of each setting, as a table in Markdown with the sum below it.
[[nodiscard]] std::string RenderReport(const Conversion& conversion, const std::string& file);

/// Both as a member of {"schema":"sluice.convert/1","files":[…]}:
/// {"file","configuration","changes","keys":[{"key","value","fate","target","reason"}]}.
[[nodiscard]] std::string RenderJson(const Conversion& conversion, const std::string& file);

}  // namespace sluice::convert
