#pragma once

#include <string>
#include <vector>

#include "service/config/problem.h"
#include "service/config/raw_value.h"
#include "service/config/references.h"

namespace sluice::config {

/// Reads the text of one YAML file into raw values of known options. Unknown and duplicate keys,
/// wrong shapes and syntax errors are appended to `problems`, each with its line and column.
///
/// Names can be nested, dotted or both: `bulk: {max.bytes: 1MiB}` is `bulk.max.bytes: 1MiB`.
/// False: the text as a whole cannot be used, so that nothing is known about its options.
bool ReadYaml(const std::string& file, const std::string& text, const ReferenceSources& references,
              std::vector<RawValue>& values, std::vector<Problem>& problems);

/// Reads the text of a tree option given outside of a file, as YAML or JSON.
void ReadYamlTree(const Option& option, const Origin& origin, const std::string& text,
                  const ReferenceSources& references, std::vector<RawValue>& values,
                  std::vector<Problem>& problems);

}  // namespace sluice::config
