#include "service/config/schema.h"

#include <set>

#include "service/config/option.h"
#include "service/config/values.h"
#include "service/text/json_writer.h"

namespace sluice::config {
namespace {

constexpr std::string_view kDialect = "https://json-schema.org/draft/2020-12/schema";

void WriteType(JsonWriter& json, std::string_view type) {
  json.Key("type").String(type);
}

void WriteTexts(JsonWriter& json) {
  json.Key("type").BeginArray().String("string").String("number").String("boolean").EndArray();
}

/// Sizes and durations: a number with its unit, which a schema cannot compare with a range.
void WriteQuantity(JsonWriter& json, std::string_view units) {
  WriteType(json, "string");
  json.Key("pattern").String("^([0-9]+ ?(" + std::string(units) + ")|.*\\$\\{.*)$");
}

/// A reference may stand wherever a scalar does.
void WriteOrReference(JsonWriter& json) {
  json.BeginObject().Key("$ref").String("#/$defs/reference").EndObject();
}

void WriteWholeNumber(JsonWriter& json, int64_t least, int64_t most) {
  json.Key("anyOf").BeginArray().BeginObject();
  WriteType(json, "integer");
  json.Key("minimum").Integer(least).Key("maximum").Integer(most).EndObject();
  WriteOrReference(json);
  json.EndArray();
}

void WriteShare(JsonWriter& json) {
  json.Key("anyOf").BeginArray().BeginObject();
  WriteType(json, "number");
  json.Key("minimum").Integer(0).Key("maximum").Integer(1).EndObject();
  WriteOrReference(json);
  json.EndArray();
}

void WriteShape(JsonWriter& json, const Option& option) {
  switch (option.type) {
    case OptionType::kText: WriteTexts(json); return;
    case OptionType::kInteger: WriteWholeNumber(json, option.least, option.most); return;
    case OptionType::kMilliseconds:
      WriteWholeNumber(json, option.least / kUsPerMillisecond, option.most / kUsPerMillisecond);
      return;
    case OptionType::kShare: WriteShare(json); return;
    case OptionType::kBytes: WriteQuantity(json, "B|KiB|MiB|GiB"); return;
    case OptionType::kDuration: WriteQuantity(json, "us|ms|s|m|h"); return;
    case OptionType::kBoolean:
      json.Key("anyOf").BeginArray().BeginObject();
      WriteType(json, "boolean");
      json.EndObject();
      WriteOrReference(json);
      json.EndArray();
      return;
    case OptionType::kChoice:
      json.Key("anyOf").BeginArray().BeginObject().Key("enum").BeginArray();
      for (const std::string_view choice : option.choices) json.String(choice);
      json.EndArray().EndObject();
      WriteOrReference(json);
      json.EndArray();
      return;
    case OptionType::kTextList:
      json.Key("anyOf").BeginArray().BeginObject();
      WriteType(json, "array");
      json.Key("items").BeginObject();
      if (option.choices.empty()) {
        WriteTexts(json);
      } else {
        json.Key("enum").BeginArray();
        for (const std::string_view choice : option.choices) json.String(choice);
        json.EndArray();
      }
      json.EndObject().EndObject().BeginObject();
      WriteTexts(json);
      json.EndObject().EndArray();
      return;
    case OptionType::kTextMap:
    case OptionType::kJson: WriteType(json, "object"); return;
  }
}

void WriteDefault(JsonWriter& json, const Option& option) {
  json.Key("default");
  switch (option.type) {
    case OptionType::kInteger:
    case OptionType::kMilliseconds:
      json.Integer(ParseInteger(option.fallback).value_or(option.least));
      return;
    case OptionType::kShare: json.Raw(option.fallback); return;
    case OptionType::kBoolean: json.Boolean(option.fallback == "true"); return;
    case OptionType::kTextList:
      json.BeginArray();
      for (const std::string& text : SplitCommas(option.fallback)) json.String(text);
      json.EndArray();
      return;
    case OptionType::kTextMap:
    case OptionType::kJson: json.BeginObject().EndObject(); return;
    case OptionType::kText:
    case OptionType::kBytes:
    case OptionType::kDuration:
    case OptionType::kChoice: json.String(option.fallback); return;
  }
}

void WriteOption(JsonWriter& json, const Option& option) {
  json.BeginObject();
  std::string text(option.description);
  text += " Side: " + std::string(SidesName(option.sides)) +
          ". Expected: " + ExpectedValue(option) + ". Variable: " + EnvironmentName(option.path) +
          ".";
  if (!option.example.empty()) text += " Example: " + std::string(option.example);
  json.Key("description").String(text);
  if (!option.required && !option.secret) WriteDefault(json, option);
  if (option.secret) json.Key("writeOnly").Boolean(true);
  WriteShape(json, option);
  json.EndObject();
}

void WriteRef(JsonWriter& json, const std::string& definition) {
  json.BeginObject().Key("$ref").String("#/$defs/" + definition).EndObject();
}

/// A section's definition is called like this, an option's like its path.
std::string SectionName(const std::string& path) {
  return path + ".*";
}

/// What may stand at `path`: an option, a section, or either.
void WriteMember(JsonWriter& json, const std::string& path) {
  const Option* option = FindOption(path);
  const bool takes_maps = option != nullptr && (option->type == OptionType::kTextMap ||
                                                option->type == OptionType::kJson);
  if (!IsOptionPrefix(path) || takes_maps) {
    WriteRef(json, path);
    return;
  }
  json.BeginObject().Key("anyOf").BeginArray();
  if (option != nullptr) WriteRef(json, path);
  WriteRef(json, SectionName(path));
  // A section all of whose options are commented out.
  json.BeginObject().Key("type").String("null").EndObject();
  json.EndArray().EndObject();
}

/// Names can be nested, dotted or both: from a section, each option's path can be gone in steps of
/// any length.
void WriteSection(JsonWriter& json, const std::string& section) {
  const std::string before = section.empty() ? "" : section + ".";
  std::set<std::string> names;
  std::set<std::string> maps;
  for (const Option& option : Options()) {
    if (!option.path.starts_with(before)) continue;
    const std::string rest(option.path.substr(before.size()));
    for (size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.', dot + 1)) {
      names.insert(rest.substr(0, dot));
    }
    names.insert(rest);
    if (option.type == OptionType::kTextMap) maps.insert(rest);
  }
  json.Key("type").String("object").Key("properties").BeginObject();
  for (const std::string& name : names) {
    json.Key(name);
    WriteMember(json, before + name);
  }
  json.EndObject();
  if (!maps.empty()) {
    json.Key("patternProperties").BeginObject();
    for (const std::string& name : maps) {
      std::string pattern = "^";
      for (const char c : name) pattern += c == '.' ? std::string("\\.") : std::string(1, c);
      json.Key(pattern + "\\.").BeginObject();
      WriteTexts(json);
      json.EndObject();
    }
    json.EndObject();
  }
  json.Key("additionalProperties").Boolean(false);
}

std::set<std::string> AllSections() {
  std::set<std::string> sections;
  for (const Option& option : Options()) {
    for (size_t dot = option.path.find('.'); dot != std::string_view::npos;
         dot = option.path.find('.', dot + 1)) {
      sections.emplace(option.path.substr(0, dot));
    }
  }
  return sections;
}

/// One member of `$defs` or `properties` a line, so that a change can be read.
std::string Broken(const std::string& json) {
  std::string out;
  bool in_text = false;
  bool escaped = false;
  int depth = 0;
  for (const char c : json) {
    if (c == '"' && !escaped) in_text = !in_text;
    escaped = c == '\\' && !escaped;
    if (!in_text && (c == '{' || c == '[')) ++depth;
    if (!in_text && (c == '}' || c == ']')) --depth;
    out += c;
    if (!in_text && depth <= 4 && (c == ',' || c == '{')) out += '\n';
  }
  return out + "\n";
}

}  // namespace

std::string RenderSchema() {
  JsonWriter json;
  json.BeginObject().Key("$schema").String(kDialect);
  json.Key("title").String("Configuration of sluice");
  json.Key("description")
      .String("Written by `sluice config schema`; docs/CONFIG.md has the rules.");
  WriteSection(json, "");
  json.Key("$defs").BeginObject();
  json.Key("reference").BeginObject();
  WriteType(json, "string");
  json.Key("pattern").String("\\$\\{").EndObject();
  for (const Option& option : Options()) {
    json.Key(option.path);
    WriteOption(json, option);
  }
  for (const std::string& section : AllSections()) {
    json.Key(SectionName(section)).BeginObject();
    WriteSection(json, section);
    json.EndObject();
  }
  json.EndObject().EndObject();
  return Broken(json.text());
}

}  // namespace sluice::config
