#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/model/result.h"

namespace sluice::service {

/// Names and values of a file of variables: one NAME=VALUE a line, empty lines and those that begin
/// with # left out, `export ` before the name and quotes around the value taken off. Nothing else
/// is interpreted, so that a password may hold any sign. Errors name the line.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> ReadEnvFile(
    const std::string& file);

}  // namespace sluice::service
