#include "service/config/option.h"

#include <algorithm>
#include <array>

#include "service/config/values.h"

namespace sluice::config {
namespace {

std::string Range(std::string_view noun, const std::string& least, const std::string& most) {
  return std::string(noun) + " from " + least + " to " + most;
}

}  // namespace

std::string_view SidesName(Sides sides) {
  switch (sides) {
    case Sides::kIndex: return "index";
    case Sides::kCapture: return "capture";
    case Sides::kBoth: return "both";
  }
  return "?";
}

const Option* FindOption(std::string_view path) {
  for (const Option& option : Options()) {
    if (option.path == path) return &option;
  }
  return nullptr;
}

const Option* FindMapOf(std::string_view path) {
  for (const Option& option : Options()) {
    const bool below = path.size() > option.path.size() + 1 && path.starts_with(option.path) &&
                       path[option.path.size()] == '.';
    if (option.type == OptionType::kTextMap && below) return &option;
  }
  return nullptr;
}

bool IsOptionPrefix(std::string_view path) {
  return std::any_of(Options().begin(), Options().end(), [path](const Option& option) {
    return option.path.size() > path.size() && option.path.starts_with(path) &&
           option.path[path.size()] == '.';
  });
}

std::string EnvironmentName(std::string_view path) {
  std::string name = "SLUICE_";
  for (const char c : path) {
    const bool lower = c >= 'a' && c <= 'z';
    name.push_back(c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

std::string ExpectedValue(const Option& option) {
  switch (option.type) {
    case OptionType::kText: return "text";
    case OptionType::kInteger:
      return Range("a whole number", std::to_string(option.least), std::to_string(option.most));
    case OptionType::kBytes:
      return Range("a size", FormatBytes(option.least), FormatBytes(option.most));
    case OptionType::kDuration:
      return Range("a duration", FormatDurationUs(option.least), FormatDurationUs(option.most));
    case OptionType::kBoolean: return "true or false";
    case OptionType::kChoice: {
      std::string text = "one of ";
      for (size_t i = 0; i < option.choices.size(); ++i) {
        if (i > 0) text += ", ";
        text += option.choices[i];
      }
      return text;
    }
    case OptionType::kTextList: return "a list of texts";
    case OptionType::kTextMap: return "a mapping of names to texts";
    case OptionType::kJson: return "a mapping";
  }
  return "?";
}

std::string_view OptionTypeName(OptionType type) {
  switch (type) {
    case OptionType::kText: return "text";
    case OptionType::kInteger: return "number";
    case OptionType::kBytes: return "size";
    case OptionType::kDuration: return "duration";
    case OptionType::kBoolean: return "boolean";
    case OptionType::kChoice: return "choice";
    case OptionType::kTextList: return "list";
    case OptionType::kTextMap: return "map";
    case OptionType::kJson: return "tree";
  }
  return "?";
}

bool IsSecretProperty(std::string_view name) {
  constexpr std::array<std::string_view, 6> kMarks = {"password", "secret", ".pem",
                                                      "jaas",     "token",  "oauthbearer.config"};
  return std::any_of(kMarks.begin(), kMarks.end(), [name](std::string_view mark) {
    return name.find(mark) != std::string_view::npos;
  });
}

}  // namespace sluice::config
