#pragma once

#include <string_view>

namespace sluice::elasticsearch {

/// Whether a text can stand between quotes as it is.
[[nodiscard]] bool IsPlainJson(std::string_view text);

}  // namespace sluice::elasticsearch
