#include "service/convert/report.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "service/config/option.h"
#include "service/text/json_writer.h"

namespace sluice::convert {
namespace {

constexpr std::array<KeyFate, 5> kFates = {KeyFate::kKept, KeyFate::kRenamed, KeyFate::kNoMeaning,
                                           KeyFate::kChangesBehaviour, KeyFate::kUnknown};

/// A text that neither ends its cell nor its line.
std::string Cell(const std::string& text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' || c == '\r' ? ' ' : c;
  }
  return cell;
}

std::string Code(const std::string& text) {
  if (text.empty()) return "";
  const std::string fence = text.find('`') == std::string::npos ? "`" : "``";
  return fence + Cell(text) + fence;
}

std::string Sum(const Conversion& conversion) {
  std::string text;
  for (const KeyFate fate : kFates) {
    const auto count = std::count_if(conversion.keys.begin(), conversion.keys.end(),
                                     [fate](const KeyReport& key) { return key.fate == fate; });
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(FateName(fate));
  }
  return text;
}

// The options of a chapter: those of the table, and entries of its maps.
std::string ChapterText(const Conversion& conversion, const config::Section& section) {
  std::string text;
  for (const config::Option& option : config::Options()) {
    if (config::SectionOf(option) != &section) continue;
    for (const auto& [path, value] : conversion.options) {
      const bool entry = config::FindOption(path) == nullptr && config::FindMapOf(path) == &option;
      if (path == option.path || entry) text += path + ": " + value + "\n";
    }
  }
  return text;
}

}  // namespace

std::string RenderYaml(const Conversion& conversion, const std::string& file) {
  const std::string base = std::filesystem::path(file).filename().string();
  std::string text =
      "# Made by `sluice convert " + base +
      "`; its report tells what became of each setting.\n"
      "# Every option is described in docs/CONFIG.md. Run it by `sluice capture -c FILE`.\n";
  for (const config::Section& section : config::Sections()) {
    const std::string chapter = ChapterText(conversion, section);
    if (chapter.empty()) continue;
    const std::string_view sentence = section.description.substr(0, section.description.find(". "));
    text += "\n# " + std::string(sentence) + (sentence.ends_with('.') ? "\n" : ".\n") + chapter;
  }
  text +=
      "\n# Where Debezium's form loses something (nulls with a default, special numbers, arrays\n"
      "# within arrays) records are written without the loss; this makes them as Debezium's "
      "again.\n"
      "# compat.debezium: ['.*']\n";
  return text;
}

std::string RenderReport(const Conversion& conversion, const std::string& file) {
  std::string text = "# " + (conversion.name.empty() ? file : conversion.name + " (" + file + ")");
  text += "\n\n| Setting | Value | Result | Option | Why |\n|---|---|---|---|---|\n";
  for (const KeyReport& key : conversion.keys) {
    const bool strong = key.fate == KeyFate::kChangesBehaviour || key.fate == KeyFate::kUnknown;
    const std::string fate(FateName(key.fate));
    text += "| " + Code(config::ShownPath(key.key)) + " | " + Code(key.value) + " | " +
            (strong ? "**" + fate + "**" : fate) + " | " + Code(config::ShownPath(key.target)) +
            " | " + Cell(key.reason) + " |\n";
  }
  return text + "\n" + Sum(conversion) + "\n";
}

std::string RenderJson(const Conversion& conversion, const std::string& file) {
  JsonWriter json;
  json.BeginObject().Key("file").String(file).Key("name").String(conversion.name);
  json.Key("configuration").String(RenderYaml(conversion, file));
  json.Key("changes").Boolean(conversion.changes()).Key("keys").BeginArray();
  for (const KeyReport& key : conversion.keys) {
    json.BeginObject().Key("key").String(config::ShownPath(key.key));
    json.Key("value").String(key.value).Key("fate").String(FateName(key.fate));
    json.Key("target").String(config::ShownPath(key.target));
    json.Key("reason").String(key.reason).EndObject();
  }
  json.EndArray().EndObject();
  return json.text();
}

}  // namespace sluice::convert
