#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/position.h"

namespace sluice {

/// A position as PostgreSQL writes it: "16/B374D848".
[[nodiscard]] std::string LsnText(Lsn lsn);
/// None when the text is no position.
[[nodiscard]] std::optional<Lsn> ParseLsn(std::string_view text);

}  // namespace sluice
