#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/model/table.h"

namespace sluice {

/// Which stream the changes of a table go to: its own name is `prefix.schema.table`, each byte
/// outside A-Z a-z 0-9 . _ - written as `_`; the stream's is that name, routed.
class StreamNames {
 public:
  /// What a name becomes; a name that is not routed stays as it is.
  using Route = std::function<std::string(const std::string&)>;

  /// Without a `route` no name is routed.
  StreamNames(std::string prefix, std::string delimiter, Route route = {})
      : prefix_(std::move(prefix)), delimiter_(std::move(delimiter)), route_(std::move(route)) {}

  [[nodiscard]] std::string Of(const Table& table) const;
  /// The name before it is routed, by which schemas in records are named: keys are the same bytes
  /// whatever the stream is called, and so stay in their partitions.
  [[nodiscard]] std::string Unrouted(const Table& table) const;

 private:
  std::string prefix_;
  std::string delimiter_;
  Route route_;
};

}  // namespace sluice
