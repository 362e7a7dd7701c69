#pragma once

#include <optional>
#include <regex>
#include <string>

#include "core/model/result.h"
#include "core/model/table.h"

namespace sluice {

/// Which stream the changes of a table go to: `prefix.schema.table`, each byte outside
/// A-Z a-z 0-9 . _ - written as `_`, then routed.
class StreamNames {
 public:
  /// With a `regex` that matches a whole name, the name becomes `replacement`, in which $1 … $9
  /// are what its groups have matched; empty: no routing.
  static Result<StreamNames> Make(std::string prefix, std::string delimiter,
                                  const std::string& regex, std::string replacement);

  [[nodiscard]] std::string Of(const Table& table) const;

 private:
  StreamNames() = default;

  std::string prefix_;
  std::string delimiter_;
  std::optional<std::regex> regex_;
  std::string replacement_;
};

}  // namespace sluice
