#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.h"

namespace sluice::config {

/// Where references find their values; tests bring their own.
struct ReferenceSources {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<Result<std::string>(const std::string& path)> file;
};

/// The process's environment and the file system. Files over 1 MiB are refused.
[[nodiscard]] ReferenceSources SystemReferences();

/// Replaces the references in one scalar. The scalar was parsed before, so a value can never change
/// the structure of a configuration; a value with a line break is refused.
///
///   ${env:NAME}            the variable; undefined is an error
///   ${env:NAME:-default}   the default when it is undefined or empty
///   ${env:NAME:?text}      fails with the text when it is undefined or empty
///   ${file:/path}          the whole file, without its last line break
///   ${file:/path:key}      the key's value in a file of `key=value` lines
///   ${directory:/dir:key}  the file /dir/key
///   $${                    a literal ${
[[nodiscard]] Result<std::string> ResolveReferences(std::string_view text,
                                                    const ReferenceSources& sources);

/// Whether the scalar holds a reference.
[[nodiscard]] bool HasReference(std::string_view text);

}  // namespace sluice::config
