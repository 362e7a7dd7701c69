#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "service/config/problem.h"
#include "service/config/references.h"

namespace sluice::config {

/// "file:line:column" of a node.
[[nodiscard]] std::string PlaceOf(const std::string& file, const YAML::Mark& mark);

/// What a node is, in words, for "got …".
[[nodiscard]] std::string DescribeNode(const YAML::Node& node);

/// Renders a node as JSON: plain scalars by YAML's core rules (null, booleans, numbers as they are
/// written), quoted ones as strings. References in scalars are resolved and always give strings, or
/// the scalar their whole text looks like when unquoted. Trees over 10,000 nodes or 64 levels, and
/// duplicate keys, are problems.
[[nodiscard]] std::string RenderJson(const std::string& file, const std::string& path,
                                     const YAML::Node& node, const ReferenceSources& references,
                                     std::vector<Problem>& problems);

}  // namespace sluice::config
