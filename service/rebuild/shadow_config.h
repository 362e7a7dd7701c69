#pragma once

#include <cstdint>
#include <string>

#include "core/model/result.h"
#include "service/config/config.h"

namespace sluice::rebuild {

/// The configuration of the pipelines that fill the shadow of an index: that of `sluice index`, but
/// for one topic, a group of its own and the alias `NAME.rebuild`.
[[nodiscard]] config::Config ShadowConfig(const config::Config& config, const std::string& index,
                                          const std::string& topic, int64_t partitions);

/// Whether the names that a rebuild makes of the index's are good.
[[nodiscard]] Status CheckNames(const std::string& index);

/// Aliases that mark a frozen index begin so.
[[nodiscard]] std::string TokenPrefixOf(const std::string& index);

}  // namespace sluice::rebuild
