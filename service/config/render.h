#pragma once

#include <string>

#include "service/config/loader.h"

namespace sluice::config {

/// docs/CONFIG.md: the reference of all options.
[[nodiscard]] std::string RenderReference();

/// configs/index.example.yaml, configs/capture.example.yaml: every option of these sides with its
/// meaning, defaults commented out.
[[nodiscard]] std::string RenderExample(Sides sides);

/// The effective values of the sides that were checked, and what was set beside them: one line an
/// option, in a form that can be read again (but for secrets). With `with_origin` each line tells
/// who set it, and the option's side.
[[nodiscard]] std::string RenderValues(const LoadedConfig& loaded, bool with_origin);

/// The same as one JSON document:
/// {"schema":"sluice.config/1","options":[{path,value,side,origin}…]}.
[[nodiscard]] std::string RenderValuesJson(const LoadedConfig& loaded);

}  // namespace sluice::config
