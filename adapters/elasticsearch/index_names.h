#pragma once

#include <string>
#include <string_view>

#include "core/model/result.h"

namespace sluice::elasticsearch {

/// The index name of a stream: its own in lower case, checked by the rules of the search cluster
/// (at most 255 bytes, none of `\ / * ? " < > | , #`, space or colon, no leading `-`, `_` or `+`,
/// not
/// `.` or `..`).
[[nodiscard]] Result<std::string> IndexNameOf(std::string_view stream);

/// Checks a name that a person has chosen.
[[nodiscard]] Status CheckIndexName(std::string_view name);

}  // namespace sluice::elasticsearch
