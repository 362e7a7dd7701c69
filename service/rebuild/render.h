#pragma once

#include <string>

#include "service/rebuild/run_rebuild.h"

namespace sluice::rebuild {

[[nodiscard]] std::string RenderText(const RebuildReport& report, const std::string& index);
/// One JSON object, with the schema `sluice.rebuild/1`.
[[nodiscard]] std::string RenderJson(const RebuildReport& report, const std::string& index);

}  // namespace sluice::rebuild
