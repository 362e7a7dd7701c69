#pragma once

#include <string>
#include <string_view>

namespace sluice::elasticsearch {

/// What the cluster says about a refused request.
struct ErrorBody {
  std::string type;    ///< Such as `resource_already_exists_exception`; empty without one.
  std::string reason;  ///< Its sentence; the body's own beginning when it has no known form.
};

/// Reads `{"error":{"type","reason"}}` and `{"error":"text"}`; both texts are shortened.
[[nodiscard]] ErrorBody ReadErrorBody(const std::string& reply);

/// The longest text of a server that is kept, for people and dead letters.
inline constexpr size_t kServerTextBytesMax = 1024;

/// The beginning of a server's text, at most kServerTextBytesMax bytes, never half a character.
[[nodiscard]] std::string_view Shortened(std::string_view text);

}  // namespace sluice::elasticsearch
