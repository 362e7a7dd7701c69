#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "service/config/apply.h"
#include "service/config/loader.h"
#include "service/config/option.h"
#include "service/config/references.h"
#include "service/config/render.h"
#include "service/config/schema.h"
#include "service/config/values.h"
#include "service/text/nearest.h"

namespace sluice::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ReadSourceFile(const std::string& path) {
  const char* root = std::getenv("SLUICE_SOURCE_DIR");
  std::ifstream in(std::string(root == nullptr ? "." : root) + "/" + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

LoadedConfig LoadWith(const std::string& path, const std::string& value) {
  ConfigSources sources;
  sources.file = "f.yaml";
  sources.text = path + ": " + value + "\n";
  return Load(sources);
}

bool HasProblemWith(const LoadedConfig& loaded, std::string_view path, const std::string& text) {
  for (const Problem& problem : loaded.problems) {
    if (problem.path == path && problem.message.find(text) != std::string::npos) return true;
  }
  return false;
}

bool TargetFits(const Option& option) {
  switch (option.type) {
    case OptionType::kText:
    case OptionType::kChoice:
    case OptionType::kJson: return std::holds_alternative<std::string Config::*>(option.target);
    case OptionType::kInteger:
    case OptionType::kBytes:
    case OptionType::kDuration:
    case OptionType::kShare:
    case OptionType::kMilliseconds: return std::holds_alternative<int64_t Config::*>(option.target);
    case OptionType::kBoolean: return std::holds_alternative<bool Config::*>(option.target);
    case OptionType::kTextList:
      return std::holds_alternative<std::vector<std::string> Config::*>(option.target);
    case OptionType::kTextMap: return std::holds_alternative<TextMap Config::*>(option.target);
  }
  return false;
}

TEST(OptionTable, EveryOptionIsWholeAndNamedOnce) {
  std::set<std::string_view> paths;
  std::set<std::string> variables;
  for (const Option& option : Options()) {
    EXPECT_TRUE(paths.insert(option.path).second) << option.path;
    EXPECT_TRUE(variables.insert(EnvironmentName(option.path)).second) << option.path;
    EXPECT_TRUE(TargetFits(option)) << option.path;
    EXPECT_TRUE(option.description.ends_with('.')) << option.path;
    EXPECT_TRUE(option.type != OptionType::kChoice || !option.choices.empty()) << option.path;
    EXPECT_TRUE(!option.required || !option.example.empty()) << option.path;
  }
}

TEST(OptionTable, EveryOptionBelongsToASection) {
  for (const Option& option : Options()) {
    EXPECT_NE(SectionOf(option), nullptr) << option.path;
  }
}

TEST(OptionTable, EveryNumberRefusesWhatIsOutsideItsRangeAndSaysTheRange) {
  for (const Option& option : Options()) {
    const bool is_number = option.type == OptionType::kInteger;
    const bool is_size = option.type == OptionType::kBytes;
    const bool is_time = option.type == OptionType::kDuration;
    const bool is_plain = option.type == OptionType::kMilliseconds;
    if (option.type == OptionType::kShare) {
      for (const char* bad : {"1.1", "10%", "-0.1", "x"})
        EXPECT_TRUE(HasProblemWith(LoadWith(std::string(option.path), bad), option.path,
                                   "expected a share from 0 to 1"))
            << option.path << " " << bad;
    }
    if (!is_number && !is_size && !is_time && !is_plain) continue;
    const int64_t step = is_plain ? kUsPerMillisecond : 1;
    const auto text = [&](int64_t value) {
      return is_number ? std::to_string(value)
             : is_size ? FormatBytes(value)
             : is_time ? FormatDurationUs(value)
                       : std::to_string(value / kUsPerMillisecond);
    };
    for (const int64_t good : {option.least, option.most}) {
      EXPECT_FALSE(HasProblemWith(LoadWith(std::string(option.path), text(good)), option.path,
                                  ExpectedValue(option)))
          << option.path << " " << text(good);
    }
    std::vector<std::string> bad = {text(option.most + step), "x", "''", "1.5", "-2", "9e9"};
    if (option.least > 0) bad.push_back(text(option.least - step));
    for (const std::string& value : bad) {
      EXPECT_TRUE(HasProblemWith(LoadWith(std::string(option.path), value), option.path,
                                 ExpectedValue(option)))
          << option.path << " " << value;
    }
  }
}

TEST(OptionTable, EveryChoiceAndBooleanRefusesOtherWords) {
  for (const Option& option : Options()) {
    if (option.type != OptionType::kChoice && option.type != OptionType::kBoolean) continue;
    for (const char* value : {"maybe", "yes", "''", "[]"}) {
      EXPECT_TRUE(HasProblemWith(LoadWith(std::string(option.path), value), option.path,
                                 ExpectedValue(option)))
          << option.path << " " << value;
    }
    for (const std::string_view choice : option.choices) {
      EXPECT_FALSE(HasProblemWith(LoadWith(std::string(option.path), std::string(choice)),
                                  option.path, ExpectedValue(option)))
          << option.path << " " << choice;
    }
  }
}

TEST(OptionTable, DocumentsInTheTreeAreFresh) {
  EXPECT_EQ(ReadSourceFile("docs/CONFIG.md"), RenderReference())
      << "run: sluice config docs > docs/CONFIG.md";
  EXPECT_EQ(ReadSourceFile("configs/index.example.yaml"), RenderExample(Sides::kIndex))
      << "run: sluice config example --for index > configs/index.example.yaml";
  EXPECT_EQ(ReadSourceFile("configs/deliver.example.yaml"), RenderExample(Sides::kDeliver))
      << "run: sluice config example --for deliver > configs/deliver.example.yaml";
  EXPECT_EQ(ReadSourceFile("configs/capture.example.yaml"), RenderExample(Sides::kCapture))
      << "run: sluice config example --for capture > configs/capture.example.yaml";
  EXPECT_EQ(ReadSourceFile("configs/changelog.example.yaml"), RenderExample(Sides::kChangelog))
      << "run: sluice config example --for changelog > configs/changelog.example.yaml";
  EXPECT_EQ(ReadSourceFile("configs/sluice.schema.json"), RenderSchema())
      << "run: sluice config schema > configs/sluice.schema.json";
}

/// The definition that `member`, or one of its choices, refers to and whose name ends like that.
std::string DefinitionOf(const YAML::Node& member, bool section) {
  const auto fits = [section](const YAML::Node& node) {
    return node["$ref"] && node["$ref"].as<std::string>().ends_with(".*") == section;
  };
  if (fits(member)) return member["$ref"].as<std::string>().substr(sizeof("#/$defs/") - 1);
  for (const auto& choice : member["anyOf"]) {
    if (fits(choice)) return choice["$ref"].as<std::string>().substr(sizeof("#/$defs/") - 1);
  }
  return "none";
}

/// The name of the definition of what is reached by these steps: "kafka" "group.id".
std::string Reached(const YAML::Node& schema, const std::vector<std::string>& steps) {
  std::string at;
  for (size_t i = 0; i < steps.size(); ++i) {
    const YAML::Node section = at.empty() ? schema : schema["$defs"][at];
    if (!section || !section["properties"][steps[i]]) return "nothing at " + steps[i];
    at = DefinitionOf(section["properties"][steps[i]], i + 1 < steps.size());
  }
  return at;
}

TEST(OptionTable, TheSchemaReachesEveryOptionNestedDottedAndBoth) {
  const YAML::Node schema = YAML::Load(RenderSchema());
  for (const Option& option : Options()) {
    const std::string path(option.path);
    std::vector<std::string> nested;
    std::istringstream words(path);
    for (std::string word; std::getline(words, word, '.');) nested.push_back(word);
    EXPECT_EQ(Reached(schema, {path}), path);
    EXPECT_EQ(Reached(schema, nested), path);
    if (const size_t dot = path.find('.'); dot != std::string::npos) {
      EXPECT_EQ(Reached(schema, {path.substr(0, dot), path.substr(dot + 1)}), path);
    }
    const YAML::Node definition = schema["$defs"][path];
    EXPECT_THAT(definition["description"].as<std::string>(),
                HasSubstr(std::string(option.description)));
    EXPECT_EQ(definition["default"].IsDefined(), !option.secret && !option.required) << path;
    EXPECT_EQ(definition["writeOnly"].IsDefined(), option.secret) << path;
  }
}

TEST(OptionTable, TheSchemaRefusesNamesThatAreNone) {
  const YAML::Node schema = YAML::Load(RenderSchema());
  EXPECT_FALSE(schema["additionalProperties"].as<bool>());
  EXPECT_EQ(Reached(schema, {"kafka", "grup"}), "nothing at grup");
  for (const auto& definition : schema["$defs"]) {
    if (!definition.first.as<std::string>().ends_with(".*")) continue;
    EXPECT_FALSE(definition.second["additionalProperties"].as<bool>()) << definition.first;
  }
}

/// The example with everything uncommented that is not prose.
std::string WithoutComments(const std::string& example) {
  std::string all;
  std::istringstream lines(example);
  for (std::string line; std::getline(lines, line);) {
    const size_t mark = line.find("# ");
    const bool prose = mark != std::string::npos && line.find(": ", mark) == std::string::npos &&
                       !line.ends_with(':');
    if (!prose && mark != std::string::npos) line.erase(mark, 2);
    if (line.find(": ") != std::string::npos || line.ends_with(':')) all += line + "\n";
  }
  return all;
}

TEST(OptionTable, TheExamplesAreValidConfigurationsAndNameEveryOption) {
  for (const Sides sides :
       {Sides::kIndex, Sides::kCapture, Sides::kChangelog, Sides::kRun, Sides::kDeliver}) {
    ConfigSources sources;
    sources.file = "example";
    sources.text = RenderExample(sides);
    const LoadedConfig loaded = Load(sources);
    for (const Problem& problem : loaded.problems) ADD_FAILURE() << problem.ToString();
    EXPECT_EQ(loaded.sides, sides) << SidesName(sides);

    const std::string all = WithoutComments(*sources.text);
    for (const Option& option : Options()) {
      if (!Overlap(option.sides, sides)) continue;
      const std::string_view name = option.path.substr(option.path.find('.') + 1);
      EXPECT_THAT(all, HasSubstr(std::string(name) + ": ")) << option.path;
    }
  }
}

TEST(OptionTable, EveryExampleOfAnOptionIsAccepted) {
  for (const Option& option : Options()) {
    if (option.example.empty() || option.secret) continue;
    std::string text(option.example);
    const bool plain = option.type == OptionType::kText;
    if (plain) text = "'" + text + "'";
    const LoadedConfig loaded = LoadWith(std::string(option.path), text);
    // What it needs beside it is another matter.
    for (const Problem& problem : loaded.problems) {
      EXPECT_FALSE(problem.path.starts_with(option.path) && problem.message.starts_with("got "))
          << problem.ToString();
    }
  }
}

TEST(Values, SizesAndDurationsNeedTheirUnit) {
  EXPECT_EQ(ParseBytes("5MiB"), 5 << 20);
  EXPECT_EQ(ParseBytes("5 MiB"), 5 << 20);
  EXPECT_EQ(ParseBytes("1GiB"), 1 << 30);
  EXPECT_EQ(ParseBytes("5MB"), std::nullopt);
  EXPECT_EQ(ParseBytes("5"), std::nullopt);
  EXPECT_EQ(ParseBytes(""), std::nullopt);
  EXPECT_EQ(ParseBytes("-1B"), std::nullopt);
  EXPECT_EQ(ParseBytes("99999999999999999999B"), std::nullopt);
  EXPECT_EQ(ParseBytes("9223372036854775807GiB"), std::nullopt);
  EXPECT_EQ(ParseDurationUs("200ms"), 200'000);
  EXPECT_EQ(ParseDurationUs("15m"), 900'000'000);
  EXPECT_EQ(ParseDurationUs("0s"), 0);
  EXPECT_EQ(ParseDurationUs("1d"), std::nullopt);
  EXPECT_EQ(ParseMillisecondsUs("10000"), 10'000'000);
  EXPECT_EQ(ParseMillisecondsUs("10s"), std::nullopt);
  EXPECT_EQ(ParseMillisecondsUs("9223372036854775807"), std::nullopt);
  EXPECT_EQ(ParseShare("0.1"), 100'000);
  EXPECT_EQ(ParseShare("1"), 1'000'000);
  EXPECT_EQ(ParseShare("0.000001"), 1);
  for (const char* bad : {"", ".5", "0.", "0.0000001", "10%", "-0.1", "2", "0.1.1", "1e-1"})
    EXPECT_EQ(ParseShare(bad), std::nullopt) << bad;
  EXPECT_EQ(FormatShare(100'000), "0.1");
  EXPECT_EQ(FormatShare(1'000'000), "1");
  EXPECT_EQ(FormatShare(0), "0");
  EXPECT_EQ(FormatBytes(1536), "1536B");
  EXPECT_EQ(FormatBytes(2 << 20), "2MiB");
  EXPECT_EQ(FormatDurationUs(90'000'000), "90s");
}

TEST(Values, ACommaBehindABackslashIsPartOfAnEntry) {
  EXPECT_THAT(SplitCommas(" a , b"), ElementsAre("a", "b"));
  EXPECT_THAT(SplitCommas("x{1\\,3},y"), ElementsAre("x{1,3}", "y"));
  EXPECT_THAT(SplitCommas("a\\\\,b"), ElementsAre("a\\\\", "b"));
  EXPECT_THAT(SplitCommas("public\\.t,"), ElementsAre("public\\.t", ""));
  EXPECT_THAT(SplitCommas("a\\"), ElementsAre("a\\"));
  EXPECT_THAT(SplitCommas("  "), IsEmpty());
}

TEST(References, EveryForm) {
  const ReferenceSources sources = {[](const std::string& name) -> std::optional<std::string> {
                                      if (name == "SET") return "value";
                                      if (name == "EMPTY") return "";
                                      return std::nullopt;
                                    },
                                    [](const std::string& path) -> Result<std::string> {
                                      if (path == "/f") return std::string("text\r\n");
                                      if (path == "/p")
                                        return std::string("# comment\na = 1\nb:2\n");
                                      if (path == "/d/key") return std::string("from directory");
                                      return Error{"cannot read file " + path, ""};
                                    }};
  const std::vector<std::pair<std::string, std::string>> good = {
      {"plain $ text", "plain $ text"},
      {"a${env:SET}b${env:SET}", "avaluebvalue"},
      {"${env:EMPTY}", ""},
      {"${env:EMPTY:-other}", "other"},
      {"${env:UNSET:-}", ""},
      {"${env:SET:?must be}", "value"},
      {"${file:/f}", "text"},
      {"${file:/p:a}", "1"},
      {"${file:/p:b}", "2"},
      {"${directory:/d:key}", "from directory"},
      {"$${env:SET}", "${env:SET}"},
  };
  for (const auto& [text, value] : good) {
    const auto resolved = ResolveReferences(text, sources);
    ASSERT_TRUE(resolved.ok()) << text << ": " << resolved.error().ToString();
    EXPECT_EQ(*resolved, value) << text;
  }
  for (const char* bad :
       {"${env:UNSET}", "${env:UNSET:?set it}", "${env:}", "${env:SET:+x}", "${file:/none}",
        "${file:/p:c}", "${file:}", "${directory:/d}", "${vault:x}", "${env:SET", "${}"}) {
    EXPECT_FALSE(ResolveReferences(bad, sources).ok()) << bad;
  }
  EXPECT_THAT(ResolveReferences("${env:UNSET:?set it}", sources).error().ToString(),
              HasSubstr("set it"));
}

TEST(NearestWord, FindsTyposAndNothingElse) {
  const std::vector<std::string_view> known = {"index", "inspect", "check"};
  EXPECT_EQ(NearestWord("indx", known), "index");
  EXPECT_EQ(NearestWord("isnpect", known), "inspect");
  EXPECT_EQ(NearestWord("chekc", known), "check");
  EXPECT_EQ(NearestWord("banana", known), "");
  EXPECT_EQ(EditDistance("ab", "ba"), 1U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
}

}  // namespace
}  // namespace sluice::config
