#pragma once

#include <string>
#include <string_view>

#include "core/model/result.h"

namespace sluice::pattern {

/// The expression of java.util.regex in PCRE2's spelling. Refused, by name, is what PCRE2
/// understands otherwise than Java (classes within classes, `&&`, `\p{IsAlphabetic}`), and what it
/// has beyond Java. Whether the rest is an expression at all is PCRE2's to say.
[[nodiscard]] Result<std::string> FromJava(std::string_view expression, bool ignores_case);

}  // namespace sluice::pattern
