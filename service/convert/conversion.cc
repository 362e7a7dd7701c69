#include "service/convert/conversion.h"

#include <algorithm>
#include <array>
#include <map>

#include "service/config/loader.h"
#include "service/config/values.h"
#include "service/convert/key_rules.h"
#include "service/convert/outbox.h"
#include "service/convert/transforms.h"
#include "service/convert/value_text.h"
#include "service/text/nearest.h"

namespace sluice::convert {
namespace {

constexpr std::string_view kPasswordReference = "${env:SLUICE_DATABASE_PASSWORD}";
constexpr std::string_view kBrokersReference =
    "${env:SLUICE_KAFKA_BROKERS:?the brokers, as host:port with commas between}";
constexpr std::string_view kConnectorClass = "io.debezium.connector.postgresql.PostgresConnector";
constexpr std::string_view kJsonConverter = "org.apache.kafka.connect.json.JsonConverter";

/// Names of snapshot.mode in older releases, and what became of them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kOldSnapshotModes = {{
    {"never", "no_data"},
    {"schema_only", "no_data"},
    {"exported", "initial"},
}};

/// Producer properties that librdkafka has under the same name.
constexpr auto kSharedProperties = std::to_array<std::string_view>(
    {"security.protocol", "sasl.mechanism", "sasl.kerberos.service.name", "request.timeout.ms",
     "ssl.endpoint.identification.algorithm", "connections.max.idle.ms", "metadata.max.age.ms",
     "retry.backoff.ms", "reconnect.backoff.ms", "reconnect.backoff.max.ms", "client.dns.lookup"});

bool IsOneOf(std::string_view value, std::string_view list) {
  while (true) {
    const size_t bar = list.find('|');
    if (list.substr(0, bar) == value) return true;
    if (bar == std::string_view::npos) return false;
    list.remove_prefix(bar + 1);
  }
}

class Converter {
 public:
  Converter(const Connector& connector, const ConvertOptions& options)
      : connector_(connector), options_(options) {}

  Conversion Run() {
    result_.name = connector_.name;
    ConvertTransforms(connector_, result_);
    for (const auto& [key, value] : connector_.settings) ConvertKey(key, value);
    AddDefaults();
    AddBrokers();
    CheckResult();
    SortLikeConnector();
    return std::move(result_);
  }

 private:
  [[nodiscard]] const std::string* Setting(std::string_view key) const {
    for (const auto& [name, value] : connector_.settings) {
      if (name == key) return &value;
    }
    return nullptr;
  }

  KeyReport& Tell(const std::string& key, const std::string& value, KeyFate fate,
                  std::string target, std::string reason) {
    const bool secret =
        HoldsPassword(value) || (FindRule(key) == nullptr ? SoundsSecret(key) : IsSecretKey(key));
    // The name of a hash mask holds its salt, the value its columns.
    const bool salted = config::ShownPath(key) != key && fate != KeyFate::kUnknown;
    const bool hidden = secret && !salted && !IsReference(value) && !value.empty();
    result_.keys.push_back(
        {key, hidden ? "[secret]" : value, fate, std::move(target), std::move(reason)});
    return result_.keys.back();
  }

  void ConvertKey(const std::string& key, const std::string& value) {
    const KeyRule* rule = FindRule(key);
    if (rule == nullptr) return ConvertUnknown(key, value);
    const std::string reason(rule->reason);
    switch (rule->action) {
      case KeyAction::kKeep: return Take(key, value, key, KeyFate::kKept, reason);
      case KeyAction::kRename:
        return Take(key, value, std::string(rule->detail), KeyFate::kRenamed, reason);
      case KeyAction::kIgnore: Tell(key, value, KeyFate::kNoMeaning, "", reason); return;
      case KeyAction::kChange: Tell(key, value, KeyFate::kChangesBehaviour, "", reason); return;
      case KeyAction::kUnless: return ConvertUnless(*rule, key, value);
      case KeyAction::kConnectorClass:
        Tell(key, value, KeyFate::kNoMeaning, "", "sluice capture is the connector");
        return;
      case KeyAction::kPluginName: return ConvertPlugin(key, value);
      case KeyAction::kSnapshotMode: return ConvertSnapshotMode(key, value);
      case KeyAction::kConverter: return ConvertConverter(key, value);
      case KeyAction::kBrokers: return ConvertBrokers(key, value);
      case KeyAction::kSecret: return ConvertSecret(key, value);
      case KeyAction::kOverride: return ConvertOverride(key, value);
      case KeyAction::kTransform: return;  // told already
    }
  }

  void ConvertUnknown(const std::string& key, const std::string& value) {
    for (const std::string_view list : {"converters", "post.processors"}) {
      const std::string* names = Setting(list);
      if (names == nullptr) continue;
      for (const std::string& alias : config::SplitCommas(*names)) {
        if (alias.empty() || !key.starts_with(alias + ".")) continue;
        Tell(key, value, KeyFate::kNoMeaning, "", "part of " + std::string(list) + "; see there");
        return;
      }
    }
    std::vector<std::string_view> known;
    for (const KeyRule& rule : KeyRules()) {
      if (!rule.key.ends_with('*')) known.push_back(rule.key);
    }
    const std::string_view nearest = NearestWord(key, known);
    Tell(key, value, KeyFate::kUnknown, "",
         nearest.empty() ? "neither Debezium nor Kafka Connect has this setting"
                         : "did you mean " + std::string(nearest) + "?");
  }

  /// Gives an option the value of a setting.
  void Take(const std::string& key, const std::string& value, const std::string& path, KeyFate fate,
            const std::string& reason) {
    const config::Option* option = config::FindOption(path);
    if (option == nullptr) option = config::FindMapOf(path);
    if (option == nullptr) {  // below a map's name without being one of its entries
      Tell(key, value, KeyFate::kUnknown, "", "there is no such option");
      return;
    }
    if (const auto provider = ForeignProvider(value)) {
      Tell(key, value, KeyFate::kChangesBehaviour, "",
           "there is no provider \"" + *provider + "\"; use env, file or directory");
      return;
    }
    // An old name does not stand over the new one.
    if (key != path && Setting(path) != nullptr) {
      Tell(key, value, KeyFate::kNoMeaning, "", path + " is set too");
      return;
    }
    if (config::Trim(value).empty() && option->type != config::OptionType::kText) {
      Tell(key, value, KeyFate::kNoMeaning, "", "it is empty");
      return;
    }
    const auto text = OptionValue(*option, value);
    if (!text) {
      Tell(key, value, KeyFate::kChangesBehaviour, "", text.error().ToString());
      return;
    }
    result_.options[path] = *text;
    Tell(key, value, fate, path, reason);
  }

  void ConvertUnless(const KeyRule& rule, const std::string& key, const std::string& value) {
    const bool same = IsOneOf(config::Trim(value), rule.detail);
    const std::string reason(rule.reason);
    Tell(key, value, same ? KeyFate::kNoMeaning : KeyFate::kChangesBehaviour, "",
         same ? "as it is here anyway" : reason);
  }

  void ConvertPlugin(const std::string& key, const std::string& value) {
    const bool same = value == "pgoutput";
    if (same) return Take(key, value, key, KeyFate::kKept, "");
    Tell(key, value, KeyFate::kChangesBehaviour, "",
         "only pgoutput is read; a slot made for another plug-in cannot be taken over: give "
         "slot.name another name, and a publication");
  }

  void ConvertSnapshotMode(const std::string& key, const std::string& value) {
    for (const auto& [old, mode] : kOldSnapshotModes) {
      if (value != old) continue;
      result_.options[key] = mode;
      Tell(key, value, KeyFate::kRenamed, key, "now called " + std::string(mode));
      return;
    }
    Take(key, value, key, KeyFate::kKept, "");
  }

  void ConvertConverter(const std::string& key, const std::string& value) {
    const std::string format = OutboxFormatOf(result_, value);
    if (!format.empty()) {
      const std::string path =
          std::string("outbox.") + (key.starts_with("key") ? "key" : "value") + ".format";
      result_.options[path] = format;
      Tell(key, value, KeyFate::kRenamed, path, "of events; other records are always JSON");
      return;
    }
    if (value == kJsonConverter) {
      Tell(key, value, KeyFate::kNoMeaning, "", "records are always JSON");
    } else {
      Tell(key, value, KeyFate::kChangesBehaviour, "", "records are always JSON");
    }
  }

  void ConvertBrokers(const std::string& key, const std::string& value) {
    constexpr const char* kPath = "kafka.brokers";
    if (!options_.brokers.empty() || result_.options.contains(kPath)) {
      Tell(key, value, KeyFate::kNoMeaning, "", "kafka.brokers is known already");
    } else {
      Take(key, value, kPath, KeyFate::kRenamed, "");
    }
  }

  void ConvertSecret(const std::string& key, const std::string& value) {
    if (IsReference(value)) return Take(key, value, key, KeyFate::kKept, "");
    result_.options[key] = YamlScalar(kPasswordReference);
    const auto provider = ForeignProvider(value);
    Tell(key, provider ? value : "[secret]", KeyFate::kKept, key,
         (provider ? "there is no provider \"" + *provider + "\"; "
                   : std::string("a secret is not copied; ")) +
             "set the variable SLUICE_DATABASE_PASSWORD, or write ${file:/path}");
  }

  void ConvertOverride(const std::string& key, const std::string& value) {
    const std::string name = key.substr(std::string_view("producer.override.").size());
    const bool shared = std::find(kSharedProperties.begin(), kSharedProperties.end(), name) !=
                        kSharedProperties.end();
    if (shared) return Take(key, value, "kafka.properties." + name, KeyFate::kRenamed, "");
    Tell(key, value, KeyFate::kChangesBehaviour, "",
         "not a property that is known to librdkafka too; see kafka.properties");
  }

  /// What a connector does not say, where Connect's default is not ours.
  void AddDefaults() {
    for (const std::string side : {"key", "value"}) {
      const std::string path = side + ".converter.schemas.enable";
      const std::string* converter = Setting(side + ".converter");
      const bool json = converter == nullptr || *converter == kJsonConverter;
      if (!json || Setting(path) != nullptr) continue;
      result_.options[path] = "true";
      Tell(path, "(not set)", KeyFate::kKept, path,
           converter == nullptr
               ? "as Connect's default is; if the worker's converter has another, write it here"
               : "Connect's default");
    }
    if (Setting("plugin.name") == nullptr) ConvertPlugin("plugin.name", "decoderbufs (not set)");
  }

  void AddBrokers() {
    constexpr const char* kPath = "kafka.brokers";
    const config::Option& option = *config::FindOption(kPath);
    if (!options_.brokers.empty()) {
      if (const auto list = OptionValue(option, options_.brokers)) result_.options[kPath] = *list;
    } else if (!result_.options.contains(kPath)) {
      result_.options[kPath] = YamlScalar(kBrokersReference);
      Tell("bootstrap.servers", "(the worker's)", KeyFate::kRenamed, kPath,
           "set the variable SLUICE_KAFKA_BROKERS, or give --brokers");
    }
  }

  /// What single values do not show is told by the checks of the configuration itself. What is
  /// referred to is elsewhere, so that an example stands for it.
  void CheckResult() {
    config::ConfigSources sources;
    sources.file = "result";
    sources.text = "";
    sources.references = {[](const std::string&) { return std::optional<std::string>("1"); },
                          [](const std::string&) -> Result<std::string> { return {"1"}; }};
    for (const auto& [path, value] : result_.options) {
      const config::Option* option = config::FindOption(path);
      const bool referred = option != nullptr && IsReference(value);
      const std::string_view example = !referred                 ? std::string_view(value)
                                       : option->secret          ? std::string_view("x")
                                       : option->example.empty() ? option->fallback
                                                                 : option->example;
      *sources.text += path + ": " + std::string(example) + "\n";
    }
    for (const config::Problem& problem : Load(sources, {}, config::Sides::kCapture).problems) {
      AddProblem(problem);
    }
  }

  void AddProblem(const config::Problem& problem) {
    for (KeyReport& report : result_.keys) {
      const std::string target = config::ShownPath(report.target);
      if (target != problem.path && !target.starts_with(problem.path + ".")) continue;
      report.fate = KeyFate::kChangesBehaviour;
      report.reason = problem.message;
      return;
    }
    Tell(problem.path, "(not set)", KeyFate::kChangesBehaviour, problem.path, problem.message);
  }

  /// The transforms were told first; what is not in the file comes last.
  void SortLikeConnector() {
    const auto place = [this](const KeyReport& report) {
      size_t at = 0;
      for (const auto& [key, value] : connector_.settings) {
        if (key == report.key) return at;
        ++at;
      }
      return at;
    };
    std::multimap<size_t, KeyReport> sorted;
    for (KeyReport& report : result_.keys) sorted.emplace(place(report), std::move(report));
    result_.keys.clear();
    for (auto& [at, report] : sorted) result_.keys.push_back(std::move(report));
  }

  const Connector& connector_;
  const ConvertOptions& options_;
  Conversion result_;
};

}  // namespace

std::string_view FateName(KeyFate fate) {
  switch (fate) {
    case KeyFate::kKept: return "kept";
    case KeyFate::kRenamed: return "renamed";
    case KeyFate::kNoMeaning: return "no meaning";
    case KeyFate::kChangesBehaviour: return "changes behaviour";
    case KeyFate::kUnknown: return "unknown";
  }
  return "?";
}

bool Conversion::changes() const {
  return std::any_of(keys.begin(), keys.end(), [](const KeyReport& report) {
    return report.fate == KeyFate::kChangesBehaviour || report.fate == KeyFate::kUnknown;
  });
}

Result<Conversion> Convert(const Connector& connector, const ConvertOptions& options) {
  std::string kind;
  bool found = false;
  for (const auto& [key, value] : connector.settings) {
    if (key == "connector.class") kind = value;
    found |= key.starts_with("database.") || key == "connector.class";
  }
  const bool good = kind.empty() || kind == kConnectorClass || kind == "PostgresConnector";
  if (!good) {
    return Error{"connector.class is " + kind + ", expected " + std::string(kConnectorClass), ""};
  }
  if (!found) return Error{"this is no connector: neither connector.class nor database.…", ""};
  return Converter(connector, options).Run();
}

}  // namespace sluice::convert
