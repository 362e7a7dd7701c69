#pragma once

#include <string>

#include "service/config/loader.h"

namespace sluice::config {

/// docs/CONFIG.md: the reference of all options.
[[nodiscard]] std::string RenderReference();

/// configs/index.example.yaml: every option with its meaning, defaults commented out.
[[nodiscard]] std::string RenderExample();

/// The effective values, one line an option, in a form that can be read again (but for secrets).
/// With `with_origin` each line tells who set it.
[[nodiscard]] std::string RenderValues(const LoadedConfig& loaded, bool with_origin);

/// The same as one JSON document: {"schema":"sluice.config/1","options":[{path,value,origin}…]}.
[[nodiscard]] std::string RenderValuesJson(const LoadedConfig& loaded);

}  // namespace sluice::config
