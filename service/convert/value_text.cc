#include "service/convert/value_text.h"

#include <algorithm>
#include <array>

#include "service/config/values.h"

namespace sluice::convert {
namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 3> kProviders = {"env", "file", "directory"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

/// What stands between the first "${" and ":", when it looks like a provider's name.
std::optional<std::string_view> ProviderOf(std::string_view value) {
  const size_t begin = value.find("${");
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view rest = value.substr(begin + 2);
  const size_t end = rest.find_first_of(":}");
  if (end == std::string_view::npos || rest[end] != ':') return std::nullopt;
  return rest.substr(0, end);
}

/// Texts that hold "${" without meaning a reference.
std::string Escaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${") && !IsReference(text)) out += '$';
    out += text[i];
  }
  return out;
}

Error Expected(const Option& option, std::string_view text) {
  return {std::string(option.path) + " takes " + ExpectedValue(option) + ", not \"" +
              std::string(text) + "\"",
          ""};
}

Result<std::string> NumberValue(const Option& option, std::string_view text) {
  const auto number = config::ParseInteger(text);
  const int64_t unit =
      option.type == OptionType::kMilliseconds ? config::kUsPerMillisecond : int64_t{1};
  if (!number || *number > option.most / unit || *number < option.least / unit) {
    return Expected(option, text);
  }
  return std::string(text) + (option.type == OptionType::kBytes ? "B" : "");
}

/// Debezium takes its words in any case, and once wrote verify_full for verify-full.
std::optional<std::string> ChoiceOf(const Option& option, std::string_view text) {
  const std::string word = Lower(text);
  std::string hyphens = word;
  std::replace(hyphens.begin(), hyphens.end(), '_', '-');
  for (const std::string_view choice : option.choices) {
    if (choice == word || choice == hyphens) return std::string(choice);
  }
  return std::nullopt;
}

Result<std::string> ListValue(const Option& option, std::string_view text) {
  std::string list = "[";
  for (const std::string& entry : config::SplitCommas(text)) {
    if (entry.empty()) continue;  // Debezium passes over them too
    const auto word = option.choices.empty() ? Escaped(entry) : ChoiceOf(option, entry);
    if (!word) return Expected(option, text);
    list += (list.size() > 1 ? ", " : "") + YamlScalar(*word);
  }
  return list + "]";
}

}  // namespace

bool IsReference(std::string_view value) {
  const auto provider = ProviderOf(value);
  return provider && std::find(kProviders.begin(), kProviders.end(), *provider) != kProviders.end();
}

std::optional<std::string> ForeignProvider(std::string_view value) {
  const auto provider = ProviderOf(value);
  if (!provider || IsReference(value)) return std::nullopt;
  return std::string(*provider);
}

Result<std::string> OptionValue(const Option& option, std::string_view raw) {
  const std::string_view text = config::Trim(raw);
  if (IsReference(text)) return YamlScalar(text);
  switch (option.type) {
    case OptionType::kInteger:
    case OptionType::kBytes:
    case OptionType::kMilliseconds: return NumberValue(option, text);
    case OptionType::kBoolean: {
      const std::string word = Lower(text);
      if (!config::ParseBoolean(word)) return Expected(option, text);
      return word;
    }
    case OptionType::kChoice: {
      const auto choice = ChoiceOf(option, text);
      if (!choice) return Expected(option, text);
      return YamlScalar(*choice);
    }
    case OptionType::kTextList: return ListValue(option, text);
    case OptionType::kText:
    case OptionType::kTextMap: return YamlScalar(Escaped(text));
    case OptionType::kDuration:
    case OptionType::kShare:
    case OptionType::kJson: return Expected(option, text);  // no setting of a connector is such
  }
  return Expected(option, text);
}

std::string YamlScalar(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
  const bool plain =
      !text.empty() && text.front() != '-' && text.find_first_not_of(kPlain) == std::string::npos;
  if (plain) return std::string(text);
  const bool control =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  std::string out(1, control ? '"' : '\'');
  for (const char c : text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (!control) {
      out += c == '\'' ? "''" : std::string(1, c);
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + (control ? '"' : '\'');
}

bool IsSecretKey(std::string_view key) {
  return config::IsSecretProperty(key) || key.find("credential") != std::string_view::npos ||
         key.find("basic.auth") != std::string_view::npos;
}

bool SoundsSecret(std::string_view key) {
  const std::string lower = Lower(key);
  constexpr auto kMarks = std::to_array<std::string_view>({"pass", "pwd", "key", "salt", "auth"});
  return IsSecretKey(lower) ||
         std::any_of(kMarks.begin(), kMarks.end(), [&lower](std::string_view mark) {
           return lower.find(mark) != std::string::npos;
         });
}

bool HoldsPassword(std::string_view value) {
  const std::string lower = Lower(value);
  if (lower.find("password=") != std::string::npos) return true;
  constexpr std::string_view kBegin = "://";
  const size_t begin = lower.find(kBegin);
  if (begin == std::string::npos) return false;
  // A password may hold a slash or an at, so that the last at counts.
  const size_t at = lower.rfind('@');
  const size_t colon = lower.find(':', begin + kBegin.size());
  return at != std::string::npos && colon < at;
}

}  // namespace sluice::convert
