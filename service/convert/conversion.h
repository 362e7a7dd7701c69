#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/convert/connector_json.h"

namespace sluice::convert {

/// What became of one setting.
enum class KeyFate : uint8_t {
  kKept,
  kRenamed,
  kNoMeaning,
  kChangesBehaviour,
  kUnknown,  ///< No Debezium or Connect that is known has it; told apart, since it may be a typo.
};

/// "kept", "renamed", "no meaning", "changes behaviour", "unknown".
[[nodiscard]] std::string_view FateName(KeyFate fate);

/// One line of the report.
struct KeyReport {
  std::string key;
  std::string value;  ///< Never a secret.
  KeyFate fate = KeyFate::kKept;
  std::string target;  ///< The option that took it; empty: none.
  std::string reason;
};

/// A connector as our configuration, and what became of each of its settings.
struct Conversion {
  std::string name;                            ///< The connector's.
  std::vector<KeyReport> keys;                 ///< In the order of the connector, then additions.
  std::map<std::string, std::string> options;  ///< Path → value as it must stand in YAML.

  /// Whether a setting is unknown or changes behaviour.
  [[nodiscard]] bool changes() const;
};

/// What the connector does not say.
struct ConvertOptions {
  std::string brokers;  ///< With commas between; empty: a variable is referred to.
};

/// Converts a Debezium PostgreSQL connector. Fails when it is a connector of another kind.
[[nodiscard]] Result<Conversion> Convert(const Connector& connector, const ConvertOptions& options);

}  // namespace sluice::convert
