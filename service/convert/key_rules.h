#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::convert {

/// What becomes of a setting of a connector.
enum class KeyAction : uint8_t {
  kKeep,    ///< The option has the same name.
  kRename,  ///< The option is called `detail`.
  kIgnore,  ///< Means nothing here, for the reason.
  kUnless,  ///< Means nothing while its value is one of `detail`; else as kChange.
  kChange,  ///< Behaviour changes, for the reason.
  // Read by rules of their own:
  kConnectorClass,
  kPluginName,
  kSnapshotMode,
  kConverter,  ///< key.converter, value.converter.
  kBrokers,    ///< Brokers of some client, taken for kafka.brokers; `detail` is that option.
  kSecret,     ///< A password: kept as a reference, never as text.
  kOverride,   ///< producer.override.…
  kTransform,  ///< transforms and what belongs to them.
};

/// One setting that a Debezium PostgreSQL connector, Kafka Connect or an older release of them has.
struct KeyRule {
  /// The whole name; with `*` at its end, the beginning of names.
  std::string_view key;
  KeyAction action = KeyAction::kIgnore;
  std::string_view detail;  ///< An option; or values, `|` between them.
  std::string_view reason;  ///< A sentence without a full stop.
};

[[nodiscard]] std::span<const KeyRule> KeyRules();

/// The rule of that name: an exact one before the longest beginning; nothing: the key is unknown.
[[nodiscard]] const KeyRule* FindRule(std::string_view key);

}  // namespace sluice::convert
