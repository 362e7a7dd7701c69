#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/model/table.h"

namespace sluice {

/// Which stream the changes of a table go to: `prefix.schema.table`, each byte outside
/// A-Z a-z 0-9 . _ - written as `_`, then routed.
class StreamNames {
 public:
  /// What a name becomes; a name that is not routed stays as it is.
  using Route = std::function<std::string(const std::string&)>;

  /// Without a `route` no name is routed.
  StreamNames(std::string prefix, std::string delimiter, Route route = {})
      : prefix_(std::move(prefix)), delimiter_(std::move(delimiter)), route_(std::move(route)) {}

  [[nodiscard]] std::string Of(const Table& table) const;

 private:
  std::string prefix_;
  std::string delimiter_;
  Route route_;
};

}  // namespace sluice
