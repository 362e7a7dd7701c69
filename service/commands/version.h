#pragma once

#include <string>

namespace sluice::service {

/// "0.1.0"
[[nodiscard]] std::string Version();

/// What `sluice --version` prints: the version and those of the libraries that decide behaviour.
[[nodiscard]] std::string VersionText();

}  // namespace sluice::service
