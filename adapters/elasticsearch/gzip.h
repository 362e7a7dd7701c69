#pragma once

#include <string>
#include <string_view>

namespace sluice::elasticsearch {

/// Compresses for `Content-Encoding: gzip`, at the fastest level.
void Gzip(std::string_view text, std::string& out);

}  // namespace sluice::elasticsearch
