#include "service/config/loader.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/model/check.h"
#include "service/config/apply.h"
#include "service/config/checks.h"
#include "service/config/yaml_reader.h"
#include "service/text/nearest.h"

namespace sluice::config {
namespace {

constexpr size_t kFileBytesMax = 4 << 20;
constexpr std::string_view kEnvironmentPrefix = "SLUICE_";

class Loader {
 public:
  Loader(const ConfigSources& sources, const ExtraChecks& extra, std::optional<Sides> sides)
      : sources_(sources), extra_(extra), sides_(sides) {}

  LoadedConfig Run() {
    AddDefaults();
    AddFile();
    AddEnvironment();
    AddFlags();
    for (const RawValue& value : raw_) ApplyValue(value, sources_.references, loaded_);
    loaded_.sides = sides_ ? *sides_ : SidesInUse();
    if (file_used_) CheckRequired();
    if (file_used_) {
      AppendNews(CheckTogether(loaded_, sources_.memory_bytes));
      if (extra_) AppendNews(extra_(loaded_));
    }
    return std::move(loaded_);
  }

 private:
  void AddDefaults() {
    for (const Option& option : Options()) {
      raw_.push_back(
          ValueFromText(option, std::string(option.fallback), {Origin::Kind::kDefault, "default"}));
    }
  }

  void AddFile() {
    if (sources_.file.empty()) return;
    const std::string name = FileName();
    if (sources_.text) {
      ReadText(name, *sources_.text);
      return;
    }
    std::ifstream file;
    if (sources_.file != "-") file.open(sources_.file, std::ios::binary);
    std::istream& in = sources_.file == "-" ? std::cin : file;
    std::string text(kFileBytesMax + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    const auto got = static_cast<size_t>(in.gcount());
    if (in.bad() || (got == 0 && !in.eof())) {
      loaded_.problems.push_back({name, "", "cannot read this file; check its name and rights"});
      file_used_ = false;
    } else if (got > kFileBytesMax) {
      loaded_.problems.push_back({name, "", "this file is over 4MiB; is it a configuration?"});
      file_used_ = false;
    } else {
      text.resize(got);
      ReadText(name, text);
    }
  }

  [[nodiscard]] std::string FileName() const {
    return sources_.file == "-" ? "(standard input)" : sources_.file;
  }

  void ReadText(const std::string& name, const std::string& text) {
    file_used_ = ReadYaml(name, text, sources_.references, raw_, loaded_.problems);
  }

  void AddEnvironment() {
    std::vector<std::string> names;
    for (const Option& option : Options()) names.push_back(EnvironmentName(option.path));
    const std::vector<std::string_view> known(names.begin(), names.end());
    for (const auto& [name, text] : sources_.environment) {
      if (!name.starts_with(kEnvironmentPrefix)) continue;
      const auto it = std::find(names.begin(), names.end(), name);
      if (it != names.end()) {
        AddText(Options()[static_cast<size_t>(it - names.begin())], text,
                {Origin::Kind::kEnvironment, "environment " + name});
        continue;
      }
      // Other programs have variables that begin like ours, so only near misses are told.
      const std::string_view nearest = NearestWord(name, known);
      if (!nearest.empty() && EditDistance(name, nearest) <= 2) {
        loaded_.warnings.push_back(
            {"environment " + name, "",
             "no option has this variable; did you mean " + std::string(nearest) + "?"});
      }
    }
  }

  void AddFlags() {
    for (const FlagValue& flag : sources_.flags) {
      const Origin origin{Origin::Kind::kFlag, "flag " + flag.flag};
      if (const Option* option = FindOption(flag.path); option != nullptr) {
        AddText(*option, flag.text, origin);
      } else if (const Option* map = FindMapOf(flag.path); map != nullptr) {
        RawValue value;
        value.option = map;
        value.origin = origin;
        value.content = std::vector<RawMapEntry>{
            {flag.path.substr(map->path.size() + 1), {flag.text, origin.place, true}}};
        raw_.push_back(std::move(value));
      } else {
        std::vector<std::string_view> known;
        for (const Option& other : Options()) known.push_back(other.path);
        const std::string_view nearest = NearestWord(flag.path, known);
        std::string message = "there is no such option";
        if (!nearest.empty()) message += "; did you mean " + std::string(nearest) + "?";
        loaded_.problems.push_back({origin.place, flag.path, std::move(message)});
      }
    }
  }

  void AddText(const Option& option, const std::string& text, const Origin& origin) {
    if (option.type == OptionType::kJson) {
      ReadYamlTree(option, origin, text, sources_.references, raw_, loaded_.problems);
    } else {
      raw_.push_back(ValueFromText(option, text, origin));
    }
  }

  // A value that is wrong tells what the configuration is for as well as one that is good.
  [[nodiscard]] Sides SidesInUse() const {
    bool index = false;
    bool capture = false;
    bool changelog = false;
    bool deliver = false;
    for (const RawValue& value : raw_) {
      if (value.origin.kind == Origin::Kind::kDefault) continue;
      // Variables may be there for another process of this machine.
      if (value.origin.kind == Origin::Kind::kEnvironment && !sources_.file.empty()) continue;
      const std::string_view path = value.option->path;
      index |= path.starts_with("kafka.topics") || path.starts_with("elasticsearch.");
      capture |= value.option->sides == Sides::kCapture;
      changelog |= value.option->sides == Sides::kChangelog;
      deliver |= value.option->sides == Sides::kDeliver;
    }
    auto sides = Sides::kNone;
    if (index || capture) {
      sides = !capture ? Sides::kIndex : index ? Sides::kRun : Sides::kCapture;
    } else if (changelog) {
      sides = Sides::kChangelog;
    } else if (!deliver) {
      sides = Sides::kIndex;
    }
    return deliver ? With(sides, Sides::kDeliver) : sides;
  }

  void CheckRequired() {
    for (const Option& option : Options()) {
      if (!option.required || !Overlap(option.sides, loaded_.sides)) continue;
      const EffectiveValue& value = loaded_.Find(option.path);
      const bool told =
          std::any_of(loaded_.problems.begin(), loaded_.problems.end(),
                      [&option](const Problem& problem) { return problem.path == option.path; });
      if (!IsEmpty(option) || told) continue;
      const bool given = value.origin.kind != Origin::Kind::kDefault;
      loaded_.problems.push_back({given ? value.origin.place : FileName(), std::string(option.path),
                                  "required; for example " + std::string(option.example)});
    }
  }

  [[nodiscard]] bool IsEmpty(const Option& option) const {
    if (const auto* list = std::get_if<std::vector<std::string> Config::*>(&option.target)) {
      return (loaded_.config.**list).empty();
    }
    if (const auto* map = std::get_if<TextMap Config::*>(&option.target)) {
      return (loaded_.config.**map).empty();
    }
    const auto* text = std::get_if<std::string Config::*>(&option.target);
    return text != nullptr && (loaded_.config.**text).empty();
  }

  /// Adds what is said about options that nothing was said about before: an option that is wrong by
  /// itself has kept its default, which the others need not fit.
  void AppendNews(std::vector<Problem> problems) {
    const size_t told = loaded_.problems.size();
    for (Problem& problem : problems) {
      const auto* const first = loaded_.problems.data();
      const bool known = std::any_of(first, first + told, [&problem](const Problem& earlier) {
        return FindOption(earlier.path) != nullptr &&
               (problem.path == earlier.path ||
                problem.message.find(earlier.path) != std::string::npos);
      });
      if (!known) loaded_.problems.push_back(std::move(problem));
    }
  }

  const ConfigSources& sources_;
  const ExtraChecks& extra_;
  const std::optional<Sides> sides_;
  std::vector<RawValue> raw_;
  LoadedConfig loaded_;
  bool file_used_ = true;  // else what is missing would be guesswork
};

}  // namespace

const EffectiveValue& LoadedConfig::Find(std::string_view path) const {
  const auto it = std::find_if(values.begin(), values.end(), [path](const EffectiveValue& value) {
    return value.option->path == path;
  });
  SLUICE_CHECK(it != values.end(), "every option of the table has an effective value");
  return *it;
}

LoadedConfig Load(const ConfigSources& sources, const ExtraChecks& extra,
                  std::optional<Sides> sides) {
  return Loader(sources, extra, sides).Run();
}

std::vector<std::pair<std::string, std::string>> SystemEnvironment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace sluice::config
