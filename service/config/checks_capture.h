#pragma once

#include <vector>

#include "service/config/loader.h"
#include "service/config/problem.h"

namespace sluice::config {

/// What no single option of the source shows: lists that exclude each other, expressions and names
/// that PostgreSQL or Kafka would refuse later.
[[nodiscard]] std::vector<Problem> CheckCapture(const LoadedConfig& loaded);

}  // namespace sluice::config
