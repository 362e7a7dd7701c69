#include "service/config/apply.h"

#include <algorithm>

#include "service/config/values.h"

namespace sluice::config {
namespace {

class Applier {
 public:
  Applier(const RawValue& value, const ReferenceSources& references, LoadedConfig& loaded)
      : value_(value), option_(*value.option), references_(references), loaded_(loaded) {}

  void Apply() {
    std::visit([this](const auto& content) { ApplyContent(content); }, value_.content);
  }

 private:
  void ApplyContent(const RawScalar& scalar) {
    const auto resolved = Resolve(scalar, std::string(option_.path));
    if (!resolved) return;
    if (option_.type == OptionType::kTextList) {
      SetList(scalar.place, SplitCommas(*resolved));
      return;
    }
    if (option_.secret) NoteSecret(scalar);
    SetScalar(scalar, *resolved);
  }

  void ApplyContent(const std::vector<RawScalar>& items) {
    std::vector<std::string> texts;
    for (const RawScalar& item : items) {
      const auto resolved = Resolve(item, std::string(option_.path));
      if (resolved) texts.push_back(*resolved);
    }
    SetList(items.empty() ? value_.origin.place : items.front().place, std::move(texts));
  }

  void ApplyContent(const std::vector<RawMapEntry>& entries) {
    TextMap& map = loaded_.config.*std::get<TextMap Config::*>(option_.target);
    for (const RawMapEntry& entry : entries) {
      const auto resolved =
          Resolve(entry.value, std::string(option_.path) + "." + ShownPath(entry.name));
      if (!resolved) continue;
      const auto it = std::find_if(map.begin(), map.end(),
                                   [&](const auto& known) { return known.first == entry.name; });
      if (it == map.end()) {
        map.emplace_back(entry.name, *resolved);
      } else {
        it->second = *resolved;
      }
    }
    std::string shown = "{";
    for (const auto& [name, text] : map) {
      if (shown.size() > 1) shown += ", ";
      const std::string shown_name = ShownPath(name);
      const bool hidden = option_.secret || (shown_name == name && IsSecretProperty(name));
      shown += Quoted(shown_name) + ": " + (hidden ? "\"[secret]\"" : Quoted(text));
    }
    Show(shown + "}");
  }

  void ApplyContent(const std::string& json) {
    loaded_.config.*std::get<std::string Config::*>(option_.target) = json;
    Show(json);
  }

  void SetScalar(const RawScalar& scalar, const std::string& text) {
    switch (option_.type) {
      case OptionType::kText: SetText(scalar, text); return;
      case OptionType::kChoice: SetChoice(scalar, text); return;
      case OptionType::kBoolean: SetBoolean(scalar, text); return;
      case OptionType::kInteger: SetNumber(scalar, text, ParseInteger(text)); return;
      case OptionType::kBytes: SetNumber(scalar, text, ParseBytes(text)); return;
      case OptionType::kDuration: SetNumber(scalar, text, ParseDurationUs(text)); return;
      case OptionType::kMilliseconds: SetNumber(scalar, text, ParseMillisecondsUs(text)); return;
      case OptionType::kShare: SetNumber(scalar, text, ParseShare(text)); return;
      case OptionType::kTextList:
      case OptionType::kTextMap:
      case OptionType::kJson: Reject(scalar, text); return;  // their readers never come here
    }
  }

  void SetText(const RawScalar& scalar, const std::string& text) {
    if (text.find('\0') != std::string::npos) return Reject(scalar, "text with a null character");
    loaded_.config.*std::get<std::string Config::*>(option_.target) = text;
    const bool hidden = option_.secret && !text.empty();
    Show(hidden ? "\"[secret]\"" : Quoted(text));
  }

  void SetChoice(const RawScalar& scalar, const std::string& text) {
    const auto& choices = option_.choices;
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
      return Reject(scalar, text);
    }
    loaded_.config.*std::get<std::string Config::*>(option_.target) = text;
    Show(text);
  }

  void SetBoolean(const RawScalar& scalar, const std::string& text) {
    const auto parsed = ParseBoolean(text);
    if (!parsed) return Reject(scalar, text);
    loaded_.config.*std::get<bool Config::*>(option_.target) = *parsed;
    Show(text);
  }

  void SetNumber(const RawScalar& scalar, const std::string& text, std::optional<int64_t> parsed) {
    if (!parsed || *parsed < option_.least || *parsed > option_.most) return Reject(scalar, text);
    loaded_.config.*std::get<int64_t Config::*>(option_.target) = *parsed;
    Show(text);
  }

  void SetList(const std::string& place, std::vector<std::string> texts) {
    for (const std::string& text : texts) {
      const auto& words = option_.choices;
      if (words.empty() || std::find(words.begin(), words.end(), text) != words.end()) continue;
      return Reject({text, place, true}, text);
    }
    std::string shown = "[";
    for (const std::string& text : texts) shown += (shown.size() > 1 ? ", " : "") + Quoted(text);
    loaded_.config.*std::get<std::vector<std::string> Config::*>(option_.target) = std::move(texts);
    Show(shown + "]");
  }

  std::optional<std::string> Resolve(const RawScalar& scalar, const std::string& path) {
    auto resolved = ResolveReferences(scalar.text, references_);
    if (resolved) return *resolved;
    loaded_.problems.push_back({scalar.place, path, resolved.error().ToString()});
    return std::nullopt;
  }

  void NoteSecret(const RawScalar& scalar) {
    if (scalar.text.empty()) return;
    auto& references = loaded_.config.secret_references;
    std::erase_if(references, [this](const auto& known) { return known.first == option_.path; });
    if (HasReference(scalar.text)) references.emplace_back(option_.path, scalar.text);
    if (value_.origin.kind == Origin::Kind::kFile && !HasReference(scalar.text)) {
      loaded_.warnings.push_back({scalar.place, std::string(option_.path),
                                  "a secret stands in the file; write ${file:/path} or "
                                  "${env:NAME} instead"});
    }
    if (value_.origin.kind == Origin::Kind::kFlag && !HasReference(scalar.text)) {
      loaded_.problems.push_back({scalar.place, std::string(option_.path),
                                  "a secret on the command line is seen by every user of the "
                                  "machine; give ${file:/path} or ${env:NAME}"});
    }
  }

  void Reject(const RawScalar& scalar, const std::string& got) {
    const std::string shown = option_.secret ? "[secret]" : "\"" + got + "\"";
    std::string message = "got " + shown + ", expected " + ExpectedValue(option_);
    const bool number_without_unit = ParseInteger(got) && (option_.type == OptionType::kBytes ||
                                                           option_.type == OptionType::kDuration);
    if (number_without_unit) message += "; a unit is missing";
    loaded_.problems.push_back({scalar.place, std::string(option_.path), std::move(message)});
  }

  // Single quotes are YAML's form without escapes; "config show" prints what can be read again, so
  // a reference that is none is written as one that is none.
  static std::string Quoted(const std::string& text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
    const bool plain =
        !text.empty() && text.front() != '-' && text.find_first_not_of(kPlain) == std::string::npos;
    if (plain) return text;
    std::string quoted = "'";
    for (size_t at = 0; at < text.size(); ++at) {
      const char c = text[at];
      if (c == '\'' || text.compare(at, 2, "${") == 0) quoted.push_back(c);
      quoted.push_back(c);
    }
    return quoted + "'";
  }

  void Show(std::string text) {
    for (EffectiveValue& value : loaded_.values) {
      if (value.option != &option_) continue;
      value.text = std::move(text);
      value.origin = value_.origin;
      return;
    }
    loaded_.values.push_back({&option_, std::move(text), value_.origin});
  }

  const RawValue& value_;
  const Option& option_;
  const ReferenceSources& references_;
  LoadedConfig& loaded_;
};

}  // namespace

void ApplyValue(const RawValue& value, const ReferenceSources& references, LoadedConfig& loaded) {
  Applier(value, references, loaded).Apply();
}

RawValue ValueFromText(const Option& option, const std::string& text, const Origin& origin) {
  RawValue value;
  value.option = &option;
  value.origin = origin;
  const RawScalar scalar{text, origin.place, true};
  if (option.type != OptionType::kTextMap) {
    value.content = scalar;
    if (option.type == OptionType::kJson) value.content = text;
    return value;
  }
  std::vector<RawMapEntry> entries;
  for (const std::string& pair : SplitCommas(text)) {
    const size_t equals = pair.find('=');
    entries.push_back(
        {pair.substr(0, equals),
         {equals == std::string::npos ? "" : pair.substr(equals + 1), origin.place, true}});
  }
  value.content = std::move(entries);
  return value;
}

}  // namespace sluice::config
