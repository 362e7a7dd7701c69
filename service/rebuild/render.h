#pragma once

#include <string>

#include "service/rebuild/run_rebuild.h"

namespace sluice::rebuild {

[[nodiscard]] std::string RenderText(const RebuildReport& report, const std::string& index);
/// One JSON object, with the schema `sluice.rebuild/1`.
[[nodiscard]] std::string RenderJson(const RebuildReport& report, const std::string& index);

/// Why the alias does not move before `until_ms` (since 1970), however soon the new index is full.
[[nodiscard]] std::string RenderWindowWait(int64_t window_us, int64_t until_ms);
[[nodiscard]] std::string RenderTime(int64_t wall_ms);  ///< "2026-01-15T10:20:30Z"

}  // namespace sluice::rebuild
