#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.h"
#include "service/config/option.h"

namespace sluice::convert {

/// Whether a value refers to a secret or variable by one of Connect's providers that are understood
/// here too: ${env:…}, ${file:…}, ${directory:…}.
[[nodiscard]] bool IsReference(std::string_view value);

/// The provider of a reference that is not understood: "vault" of ${vault:path:key}.
[[nodiscard]] std::optional<std::string> ForeignProvider(std::string_view value);

/// A setting's text as the value of an option, in YAML: spelled and quoted as it must be there. The
/// error says what the option expects.
[[nodiscard]] Result<std::string> OptionValue(const config::Option& option, std::string_view text);

/// A text as a YAML scalar.
[[nodiscard]] std::string YamlScalar(std::string_view text);

/// Whether a setting of that name holds a secret.
[[nodiscard]] bool IsSecretKey(std::string_view key);

/// Whether a setting that nobody knows may hold a secret: its name sounds like one.
[[nodiscard]] bool SoundsSecret(std::string_view key);

/// Whether a value holds a password: user:password@host, or password=….
[[nodiscard]] bool HoldsPassword(std::string_view value);

}  // namespace sluice::convert
