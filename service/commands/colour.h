#pragma once

#include <string_view>

namespace sluice::service {

/// Whether to write in colour to a descriptor: as `when` says (always, never), else when it is a
/// terminal, with respect for NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR and TERM=dumb.
[[nodiscard]] bool UseColour(std::string_view when, int descriptor);

}  // namespace sluice::service
