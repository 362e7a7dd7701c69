#include "service/convert/outbox.h"

#include <algorithm>
#include <array>
#include <optional>

#include "service/config/option.h"
#include "service/config/values.h"
#include "service/convert/value_text.h"

namespace sluice::convert {
namespace {

constexpr std::string_view kTables = "outbox.table.include.list";
constexpr std::string_view kTopicPredicate =
    "org.apache.kafka.connect.transforms.predicates.TopicNameMatches";

/// Settings of the router that are not one of our options under the same name.
struct RouterRule {
  std::string_view key;
  KeyFate fate;
  std::string_view reason;
};
constexpr auto kRules = std::to_array<RouterRule>({
    {"table.field.event.type", KeyFate::kNoMeaning, "the router itself reads it nowhere"},
    {"field.name.adjustment.mode", KeyFate::kChangesBehaviour,
     "members of a payload are called as they are"},
    {"tracing.span.context.field", KeyFate::kNoMeaning, "no spans are sent"},
    {"tracing.operation.name", KeyFate::kNoMeaning, "no spans are sent"},
    {"tracing.with.context.field.only", KeyFate::kNoMeaning, "no spans are sent"},
});
/// The name in releases before 3, with true for error and false for ignore.
constexpr std::string_view kOldMissing = "table.fields.additional.error.on.missing";
constexpr std::string_view kMissing = "table.field.additional.missing";

class RouterConversion {
 public:
  RouterConversion(const Connector& connector, const std::string& before, Conversion& conversion)
      : connector_(connector), before_(before), conversion_(conversion) {}

  void Convert() {
    const bool found = FindTables();
    Tell(before_ + "type", found ? KeyFate::kRenamed : KeyFate::kChangesBehaviour,
         found ? std::string(kTables) : "",
         found ? "these tables' rows are events; the rest is in the section outbox"
               : "which tables the predicate means is not clear: name them in "
                 "outbox.table.include.list");
    for (const auto& [key, value] : connector_.settings) {
      if (!key.starts_with(before_) || key == before_ + "type") continue;
      ConvertSetting(key, key.substr(before_.size()), value);
    }
  }

 private:
  [[nodiscard]] std::string Setting(std::string_view key) const {
    for (const auto& [name, value] : connector_.settings) {
      if (name == key) return value;
    }
    return {};
  }

  void Tell(const std::string& key, KeyFate fate, std::string target, std::string_view reason) {
    const std::string value = Setting(key);
    // Of what nobody knows nobody knows whether it is a secret.
    const bool hidden = HoldsPassword(value) || (fate == KeyFate::kUnknown && SoundsSecret(key));
    conversion_.keys.push_back(
        {key, hidden ? "[secret]" : value, fate, std::move(target), std::string(reason)});
  }

  /// The router works on every record that has an envelope, or on those of a predicate.
  bool FindTables() {
    std::optional<std::string> tables = Setting(before_ + "predicate").empty()
                                            ? CapturedTables()
                                            : PredicateTables(Setting(before_ + "predicate"));
    if (!tables) return false;
    const auto value = OptionValue(*config::FindOption(kTables), *tables);
    conversion_.options[std::string(kTables)] = *value;  // any text is a list
    return true;
  }

  [[nodiscard]] std::string CapturedTables() const {
    for (const std::string_view key : {"table.include.list", "table.whitelist"}) {
      if (std::string list = Setting(key); !list.empty()) return list;
    }
    return ".*";
  }

  /// A predicate's pattern is over whole topics: the prefix, a dot, and what a table is called
  /// here.
  [[nodiscard]] std::optional<std::string> PredicateTables(const std::string& name) const {
    const std::string of = "predicates." + name + ".";
    std::string prefix = Setting("topic.prefix");
    if (prefix.empty()) prefix = Setting("database.server.name");
    const bool negated = Setting(before_ + "negate") == "true";
    if (Setting(of + "type") != kTopicPredicate || negated || prefix.empty()) return std::nullopt;
    const std::string pattern = Setting(of + "pattern");
    for (const std::string& dot : {std::string("\\."), std::string(".")}) {
      if (pattern.starts_with(prefix + dot))
        return AsListEntry(pattern.substr(prefix.size() + dot.size()));
    }
    // What begins with anything may begin with the prefix.
    for (const std::string_view any : {".*", "(.*)"}) {
      if (pattern.starts_with(any)) return AsListEntry(pattern);
    }
    return std::nullopt;
  }

  /// A comma within an entry of a list gets a backslash.
  static std::string AsListEntry(const std::string& pattern) {
    std::string entry;
    for (const char c : pattern) {
      if (c == ',') entry += '\\';
      entry += c;
    }
    return entry;
  }

  void ConvertSetting(const std::string& key, const std::string& name, const std::string& value) {
    if (name == "predicate" || name == "negate") {
      return Tell(key, KeyFate::kNoMeaning, "", "part of the router; see its type");
    }
    if (name == kOldMissing) {
      return Take(key, std::string(kMissing), value == "false" ? "ignore" : "error",
                  KeyFate::kRenamed);
    }
    const auto* const rule = std::find_if(kRules.begin(), kRules.end(),
                                          [&](const RouterRule& one) { return one.key == name; });
    if (rule != kRules.end()) return Tell(key, rule->fate, "", rule->reason);
    const bool known = name != "table.include.list" && config::FindOption("outbox." + name);
    if (!known) return Tell(key, KeyFate::kUnknown, "", "the event router has no such setting");
    Take(key, name, value, KeyFate::kRenamed);
  }

  void Take(const std::string& key, const std::string& name, const std::string& value,
            KeyFate fate) {
    const std::string path = "outbox." + name;
    const auto text = OptionValue(*config::FindOption(path), value);
    if (!text) return Tell(key, KeyFate::kChangesBehaviour, "", text.error().ToString());
    conversion_.options[path] = *text;
    Tell(key, fate, path, "");
  }

  const Connector& connector_;
  const std::string& before_;
  Conversion& conversion_;
};

}  // namespace

void ConvertOutbox(const Connector& connector, const std::string& before, Conversion& conversion) {
  RouterConversion(connector, before, conversion).Convert();
}

std::string OutboxFormatOf(const Conversion& conversion, std::string_view converter) {
  constexpr std::array<std::string_view, 3> kAsIs = {
      "org.apache.kafka.connect.storage.StringConverter",
      "io.debezium.converters.BinaryDataConverter",
      "org.apache.kafka.connect.converters.ByteArrayConverter"};
  const bool as_is = std::find(kAsIs.begin(), kAsIs.end(), converter) != kAsIs.end();
  return as_is && conversion.options.contains(std::string(kTables)) ? "text" : "";
}

}  // namespace sluice::convert
