#include "service/config/render.h"

#include <algorithm>
#include <array>

#include "service/text/json_writer.h"

namespace sluice::config {
namespace {

constexpr size_t kColumns = 100;

// In the example the options of a section stand below its name, if all begin with it.
bool IsNested(const Section& section) {
  return section.name == section.words && FindOption(section.name) == nullptr;
}

bool HasOptions(const Section& section, Sides sides) {
  const auto& options = Options();
  return std::any_of(options.begin(), options.end(), [&](const Option& option) {
    return SectionOf(option) == &section && Overlap(option.sides, sides);
  });
}

std::string Wrap(std::string_view text, std::string_view prefix) {
  std::string out;
  std::string line(prefix);
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    if (line.size() + 1 + word.size() > kColumns && line.size() > prefix.size()) {
      out += line + "\n";
      line = prefix;
    }
    if (line.size() > prefix.size()) line += ' ';
    line += word;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return out + line + "\n";
}

std::string ShownDefault(const Option& option) {
  if (option.type == OptionType::kTextList) return "[" + std::string(option.fallback) + "]";
  if (option.type == OptionType::kTextMap) return "{}";
  if (option.fallback.empty()) return "''";
  return std::string(option.fallback);
}

// A pipe would end the cell.
std::string Cell(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

// A value as it must stand in YAML.
std::string YamlValue(const Option& option, std::string_view text) {
  const bool reference = text.starts_with("${");
  const bool pattern =
      option.type == OptionType::kText && text.find_first_of("\\*:#") != std::string_view::npos;
  return reference || pattern ? "'" + std::string(text) + "'" : std::string(text);
}

std::string OptionText(const Option& option) {
  std::string text = "### `" + std::string(option.path) + "`\n\n";
  text += std::string(option.description) + "\n\n";
  text += "| Type | Allowed | Default | Variable | Side |\n|---|---|---|---|---|\n";
  std::string allowed = ExpectedValue(option);
  if (option.secret) allowed += ", never printed";
  text += "| " + std::string(OptionTypeName(option.type)) + " | " + Cell(allowed) + " | " +
          (option.required ? "required" : "`" + Cell(ShownDefault(option)) + "`") + " | `" +
          EnvironmentName(option.path) + "` | " + std::string(SidesName(option.sides)) + " |\n\n";
  if (!option.example.empty()) {
    text += "Example: `" + std::string(option.path) + ": " + YamlValue(option, option.example) +
            "`\n\n";
  }
  return text;
}

// Defaults of a side that does not run would make it look as if it did.
bool IsShown(const LoadedConfig& loaded, const EffectiveValue& value) {
  return Overlap(value.option->sides, loaded.sides) || value.origin.kind != Origin::Kind::kDefault;
}

std::string OneLine(const EffectiveValue& value) {
  return std::string(value.option->path) + ": " + value.text;
}

}  // namespace

std::string RenderReference() {
  std::string text =
      "<!-- Written by `sluice config docs`; a test fails when it is stale. -->\n"
      "# Configuration\n\n"
      "One YAML file, read by `sluice index -c FILE`, `sluice capture -c FILE` and the commands "
      "that look at the same servers.\nIt may hold the options of one part or of all; each "
      "option below tells its side. What is required of a side is\nasked only where that side "
      "runs. "
      "Options of the source are called as in Debezium, where Debezium has them;\n"
      "`sluice convert` makes such a file of a connector's JSON.\n\n"
      "`sluice validate FILE` lists everything that is wrong with it, "
      "`sluice config show --origin -c FILE` prints what is\nin effect and who set it.\n\n"
      "- **Names** can be nested, dotted or both: `bulk: {max.bytes: 1MiB}` is "
      "`bulk.max.bytes: 1MiB`.\n"
      "- **Precedence**: flag (`--set bulk.linger=2ms`) > environment (`SLUICE_BULK_LINGER`) > "
      "file "
      "> default.\n"
      "- **Units** are part of the value: sizes take `B`, `KiB`, `MiB`, `GiB`; durations `us`, "
      "`ms`, `s`, `m`, `h`.\n  Options whose name ends in `.ms` take a plain number, as in "
      "Debezium "
      "and Kafka.\n"
      "- **Lists and maps** in variables and flags: `a,b,c` and `name=value,name=value`; `\\,` is "
      "a "
      "comma in a value.\n"
      "- **References** in any scalar: `${env:NAME}`, `${env:NAME:-default}`, "
      "`${env:NAME:?text}`, `${file:/path}`,\n  `${file:/path:key}`, `${directory:/dir:key}`; "
      "`$${` is a literal `${`. They are resolved after the file was\n  parsed, so a value can "
      "never add a key. One that is not defined, or has a line break, is an error.\n"
      "- **Unknown and duplicate names** are errors. All problems are reported together, with "
      "line and column.\n\n";
  for (const Section& section : Sections()) {
    text += "## " + std::string(section.name) + "\n\n" + std::string(section.description) + "\n\n";
    for (const Option& option : Options()) {
      if (SectionOf(option) == &section) text += OptionText(option);
    }
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

namespace {

/// What an example has to say so that it can be used as it is: one of the topic options, and of a
/// change log what it tells, and where to.
bool IsNeeded(const Option& option, Sides sides) {
  constexpr std::array<std::string_view, 4> kOfChangelog = {
      "changelog.topics", "changelog.fields", "changelog.columns", "changelog.file.directory"};
  if (option.required || option.path == "kafka.topics") return true;
  return sides == Sides::kChangelog &&
         std::find(kOfChangelog.begin(), kOfChangelog.end(), option.path) != kOfChangelog.end();
}

}  // namespace

std::string RenderExample(Sides sides) {
  std::string text =
      "# yaml-language-server: $schema=sluice.schema.json\n"
      "# An example for `sluice " +
      std::string(SidesName(sides)) +
      " -c FILE`, with every option. What is commented out has this\n"
      "# value anyway, or shows what one could look like. docs/CONFIG.md has the rules.\n";
  for (const Section& section : Sections()) {
    if (!HasOptions(section, sides)) continue;
    text += "\n" + Wrap(section.description, "# ");
    const std::string indent = IsNested(section) ? "  " : "";
    text += IsNested(section) ? std::string(section.name) + ":\n" : "\n";
    for (const Option& option : Options()) {
      if (SectionOf(option) != &section || !Overlap(option.sides, sides)) continue;
      text += Wrap(option.description, indent + "# ");
      const bool set = IsNeeded(option, sides);
      const std::string_view value =
          option.example.empty() ? std::string_view(option.fallback) : option.example;
      const std::string_view name =
          IsNested(section) ? option.path.substr(section.name.size() + 1) : option.path;
      text +=
          indent + (set ? "" : "# ") + std::string(name) + ": " + YamlValue(option, value) + "\n";
    }
  }
  return text;
}

std::string RenderValues(const LoadedConfig& loaded, bool with_origin) {
  size_t width = 0;
  for (const EffectiveValue& value : loaded.values) {
    if (!IsShown(loaded, value)) continue;
    width = std::max(width, std::min<size_t>(OneLine(value).size(), 60));
  }
  std::string text;
  for (const EffectiveValue& value : loaded.values) {
    if (!IsShown(loaded, value)) continue;
    std::string line = OneLine(value);
    if (with_origin) {
      if (line.size() < width) line.append(width - line.size(), ' ');
      line +=
          "  # " + value.origin.place + " (" + std::string(SidesName(value.option->sides)) + ")";
    }
    text += line + "\n";
  }
  return text;
}

std::string RenderValuesJson(const LoadedConfig& loaded) {
  JsonWriter json;
  json.BeginObject().Key("schema").String("sluice.config/1").Key("options").BeginArray();
  for (const EffectiveValue& value : loaded.values) {
    if (!IsShown(loaded, value)) continue;
    json.BeginObject().Key("path").String(value.option->path);
    json.Key("value").String(value.text);
    json.Key("side").String(SidesName(value.option->sides));
    json.Key("origin").String(value.origin.place).EndObject();
  }
  json.EndArray().EndObject();
  return json.text();
}

}  // namespace sluice::config
