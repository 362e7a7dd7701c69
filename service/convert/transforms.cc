#include "service/convert/transforms.h"

#include <algorithm>
#include <array>

#include "service/config/values.h"
#include "service/convert/outbox.h"
#include "service/convert/value_text.h"

namespace sluice::convert {
namespace {

constexpr std::string_view kPrefix = "transforms.";

constexpr std::string_view kFlattened =
    "the topics hold whole envelopes in the place of flat rows: sluice index needs the operation "
    "and "
    "the old row; other readers of these topics have to flatten them themselves (as by the same "
    "transform in their own connector), or go on with Debezium";

/// A kind of transform, by the end of its class's name.
struct TransformRule {
  std::string_view type;
  KeyFate fate;
  std::string_view reason;
};

constexpr auto kTransforms = std::to_array<TransformRule>({
    {"transforms.ExtractNewRecordState", KeyFate::kChangesBehaviour, kFlattened},
    {"transforms.UnwrapFromEnvelope", KeyFate::kChangesBehaviour, kFlattened},
    {"transforms.RegexRouter", KeyFate::kRenamed, ""},
    {"transforms.ByLogicalTableRouter", KeyFate::kChangesBehaviour,
     "the tables of one topic are not told apart in its keys; give each table a topic, or capture "
     "a "
     "partitioned table with publish.via.partition.root"},
    {"transforms.Filter", KeyFate::kChangesBehaviour, "no record is left out"},
    {"transforms.ContentBasedRouter", KeyFate::kChangesBehaviour,
     "a topic is chosen by the table alone"},
    {"transforms.decode.logicaldecodingmessage.DecodeLogicalDecodingMessageContent",
     KeyFate::kChangesBehaviour, "the content of messages is written as base64"},
});
constexpr std::string_view kEventRouter = "transforms.outbox.EventRouter";
constexpr TransformRule kOther = {"", KeyFate::kChangesBehaviour,
                                  "a Java class; records are written as they are"};

const TransformRule& RuleOf(std::string_view type) {
  const std::string_view plain = type.substr(0, type.find('$'));  // RegexRouter has no $Key form
  for (const TransformRule& rule : kTransforms) {
    if (plain == type && type.ends_with(rule.type)) return rule;
  }
  return kOther;
}

class Chain {
 public:
  Chain(const Connector& connector, Conversion& conversion)
      : connector_(connector), conversion_(conversion) {}

  void Convert() {
    for (const std::string& alias : config::SplitCommas(Setting("transforms"))) {
      if (!alias.empty()) ConvertOne(alias);
    }
    for (const auto& [key, value] : connector_.settings) {
      if (key != "transforms" && !key.starts_with(kPrefix)) continue;
      if (Told(key)) continue;
      const bool list = key == "transforms";
      Tell(key, KeyFate::kNoMeaning, "",
           list ? "each transform is told by its type" : "no transform of the list has that name");
    }
  }

 private:
  [[nodiscard]] std::string Setting(std::string_view key) const {
    for (const auto& [name, value] : connector_.settings) {
      if (name == key) return value;
    }
    return {};
  }

  [[nodiscard]] bool Told(std::string_view key) const {
    return std::any_of(conversion_.keys.begin(), conversion_.keys.end(),
                       [key](const KeyReport& report) { return report.key == key; });
  }

  void Tell(const std::string& key, KeyFate fate, std::string target, std::string_view reason) {
    const std::string value = Setting(key);
    // Only what becomes an option is known to be none.
    const bool hidden = HoldsPassword(value) || (target.empty() && SoundsSecret(key));
    conversion_.keys.push_back(
        {key, hidden ? "[secret]" : value, fate, std::move(target), std::string(reason)});
  }

  void ConvertOne(const std::string& alias) {
    const std::string before = std::string(kPrefix) + alias + ".";
    const std::string type = Setting(before + "type");
    if (type.empty()) {
      conversion_.keys.push_back({before + "type", "(not set)", KeyFate::kChangesBehaviour, "",
                                  "the transform has no type"});
      return;
    }
    if (type.ends_with(kEventRouter)) return ConvertEventRouter(before);
    const TransformRule& rule = RuleOf(type);
    const bool router = rule.fate == KeyFate::kRenamed;
    const bool conditional = !Setting(before + "predicate").empty();
    const bool taken = conversion_.options.contains("topic.routing.regex");
    if (router && !conditional && !taken) {
      ConvertRouter(before);
    } else if (router) {
      Tell(before + "type", KeyFate::kChangesBehaviour, "",
           conditional ? "routing has no conditions" : "topics are routed once only");
    } else {
      Tell(before + "type", rule.fate, "", rule.reason);
    }
    TellParameters(before);
  }

  void ConvertEventRouter(const std::string& before) {
    if (!conversion_.options.contains("outbox.table.include.list")) {
      return ConvertOutbox(connector_, before, conversion_);
    }
    Tell(before + "type", KeyFate::kChangesBehaviour, "", "there is one event router only");
    TellParameters(before);
  }

  void ConvertRouter(const std::string& before) {
    Tell(before + "type", KeyFate::kRenamed, "topic.routing.regex", "");
    for (const std::string part : {"regex", "replacement"}) {
      const std::string target = "topic.routing." + part;
      const auto value = OptionValue(*config::FindOption(target), Setting(before + part));
      conversion_.options[target] = *value;  // any text is one
      Tell(before + part, KeyFate::kRenamed, target, "");
    }
  }

  void TellParameters(const std::string& before) {
    for (const auto& [key, value] : connector_.settings) {
      if (!key.starts_with(before) || Told(key)) continue;
      Tell(key, KeyFate::kNoMeaning, "", "belongs to the transform; see its type");
    }
  }

  const Connector& connector_;
  Conversion& conversion_;
};

}  // namespace

void ConvertTransforms(const Connector& connector, Conversion& conversion) {
  Chain(connector, conversion).Convert();
}

}  // namespace sluice::convert
