#pragma once

#include <string>
#include <vector>

#include "service/config/loader.h"
#include "service/config/raw_value.h"

namespace sluice::config {

/// Turns one raw value into its option's type, checks its range and puts it into `loaded`, together
/// with its printable text and origin. Problems are appended there. Entries of maps are added to
/// those of weaker sources.
void ApplyValue(const RawValue& value, const ReferenceSources& references, LoadedConfig& loaded);

/// A value from a text: the option's default, an environment variable or a flag. Lists are
/// separated by commas, map entries are name=value pairs separated by commas.
[[nodiscard]] RawValue ValueFromText(const Option& option, const std::string& text,
                                     const Origin& origin);

}  // namespace sluice::config
