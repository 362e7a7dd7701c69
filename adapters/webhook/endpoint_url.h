#pragma once

#include <string>

#include "core/model/result.h"

namespace sluice::webhook {

/// Whether requests can be sent to a URL: http or https, a host, a port that there is, no fragment.
/// The error says what is wrong with it, and not the URL itself, which may hold a token.
[[nodiscard]] Status CheckUrl(const std::string& url);

}  // namespace sluice::webhook
