#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/result.h"

namespace sluice::elasticsearch {

/// The index name of a stream: its own in lower case, checked by the rules of the search cluster
/// (at most 255 bytes, none of `\ / * ? " < > | , #`, space or colon, no leading `-`, `_` or `+`,
/// not
/// `.` or `..`).
[[nodiscard]] Result<std::string> IndexNameOf(std::string_view stream);

/// Stream and index name, where it is not the stream's own.
using IndexNames = std::vector<std::pair<std::string, std::string>>;

/// The index name of a stream: that of `chosen`, else its own; either is checked.
[[nodiscard]] Result<std::string> IndexNameOf(std::string_view stream, const IndexNames& chosen);

/// Checks a name that a person has chosen.
[[nodiscard]] Status CheckIndexName(std::string_view name);

}  // namespace sluice::elasticsearch
