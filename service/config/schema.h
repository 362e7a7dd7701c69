#pragma once

#include <string>

namespace sluice::config {

/// configs/index.schema.json: a JSON Schema (2020-12) of the configuration file, by which editors
/// complete names, show descriptions and mark what is wrong. As strict as `sluice validate` on each
/// option by itself; what options say together is left to that command.
[[nodiscard]] std::string RenderSchema();

}  // namespace sluice::config
