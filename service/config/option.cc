#include "service/config/option.h"

#include <algorithm>
#include <array>

#include "service/config/values.h"

namespace sluice::config {
namespace {

std::string Range(std::string_view noun, const std::string& least, const std::string& most) {
  return std::string(noun) + " from " + least + " to " + most;
}

std::string Words(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace

std::string_view SidesName(Sides sides) {
  switch (sides) {
    case Sides::kNone: break;
    case Sides::kIndex: return "index";
    case Sides::kCapture: return "capture";
    case Sides::kChangelog: return "changelog";
    case Sides::kRun: return "run";
    case Sides::kDeliver: return "deliver";
    case Sides::kReaders: return "index, deliver";
    case Sides::kTelling: return "capture, deliver";
    case Sides::kAll: return "all";
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

const Section* SectionOf(const Option& option) {
  const std::string_view first = option.path.substr(0, option.path.find('.'));
  for (const Section& section : Sections()) {
    std::string_view words = section.words;
    while (!words.empty()) {
      const size_t blank = words.find(' ');
      if (words.substr(0, blank) == first) return &section;
      words.remove_prefix(blank == std::string_view::npos ? words.size() : blank + 1);
    }
  }
  return nullptr;
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
    case OptionType::kMilliseconds:
      return Range("a number of milliseconds", std::to_string(option.least / kUsPerMillisecond),
                   std::to_string(option.most / kUsPerMillisecond)) +
             " without unit";
    case OptionType::kShare:
      return Range("a share", FormatShare(option.least), FormatShare(option.most));
    case OptionType::kBoolean: return "true or false";
    case OptionType::kChoice:
      return (option.choices.size() == 1 ? "" : "one of ") + Words(option.choices);
    case OptionType::kTextList:
      return option.choices.empty() ? "a list of texts" : "a list of " + Words(option.choices);
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
    case OptionType::kMilliseconds: return "milliseconds";
    case OptionType::kShare: return "share";
    case OptionType::kBoolean: return "boolean";
    case OptionType::kChoice: return "choice";
    case OptionType::kTextList: return "list";
    case OptionType::kTextMap: return "map";
    case OptionType::kJson: return "tree";
  }
  return "?";
}

std::string ShownPath(std::string_view path) {
  constexpr std::string_view kSalt = ".with.salt.";
  const size_t at = path.find(kSalt);
  if (at == std::string_view::npos) return std::string(path);
  return std::string(path.substr(0, at + kSalt.size())) + "[secret]";
}

bool IsSecretProperty(std::string_view name) {
  constexpr std::array<std::string_view, 6> kMarks = {"password", "secret", ".pem",
                                                      "jaas",     "token",  "oauthbearer.config"};
  return std::any_of(kMarks.begin(), kMarks.end(), [name](std::string_view mark) {
    return name.find(mark) != std::string_view::npos;
  });
}

}  // namespace sluice::config
