#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/result.h"

namespace sluice::convert {

/// A connector of Kafka Connect as its JSON has it: settings in the order of the file.
struct Connector {
  std::string name;  ///< Empty: the file holds the bare settings.
  std::vector<std::pair<std::string, std::string>> settings;
};

/// Reads `{"name": …, "config": {…}}` or the bare settings. Numbers and booleans are taken as they
/// are written; settings that are null are none. A name that stands twice is an error.
[[nodiscard]] Result<Connector> ReadConnector(std::string_view json);

}  // namespace sluice::convert
