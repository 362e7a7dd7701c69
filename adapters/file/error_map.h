#pragma once

#include <string>

#include "core/model/outcome.h"

namespace sluice::file {

/// What an `errno` of a file operation means. Total: what no row names is held, for nothing is lost
/// by waiting and telling.
[[nodiscard]] Verdict MeaningOf(int code);
/// The same with a sentence: what was being done, to which path, what the system says, the cure.
[[nodiscard]] Failure FailureOf(int code, const std::string& what, const std::string& path);

}  // namespace sluice::file
