#pragma once

#include <string>
#include <variant>
#include <vector>

#include "service/config/config.h"
#include "service/config/option.h"
#include "service/config/problem.h"

namespace sluice::config {

/// A scalar as it was written, before references are resolved.
struct RawScalar {
  std::string text;
  std::string place;
  bool quoted = false;  ///< A quoted scalar is a text whatever it looks like.
};

struct RawMapEntry {
  std::string name;
  RawScalar value;
};

/// One option's value as it was written: a scalar, a list, a map, or a tree already rendered as
/// JSON (its scalars resolved one by one).
struct RawValue {
  const Option* option = nullptr;
  Origin origin;
  std::variant<RawScalar, std::vector<RawScalar>, std::vector<RawMapEntry>, std::string> content;
};

}  // namespace sluice::config
