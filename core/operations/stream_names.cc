#include "core/operations/stream_names.h"

#include <utility>

namespace sluice {
namespace {

std::string Sanitised(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  std::string result;
  for (const char c : name) {
    // One character of several bytes is replaced as one.
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (continues) continue;
    result += kAllowed.find(c) == std::string_view::npos ? '_' : c;
  }
  return result;
}

}  // namespace

Result<StreamNames> StreamNames::Make(std::string prefix, std::string delimiter,
                                      const std::string& regex, std::string replacement) {
  StreamNames names;
  names.prefix_ = std::move(prefix);
  names.delimiter_ = std::move(delimiter);
  names.replacement_ = std::move(replacement);
  if (regex.empty()) return names;
  try {
    names.regex_.emplace(regex, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    return Error{"topic.routing.regex is no regular expression: " + std::string(error.what()),
                 "correct it"};
  }
  return names;
}

std::string StreamNames::Of(const Table& table) const {
  std::string name = Sanitised(prefix_ + delimiter_ + table.schema + delimiter_ + table.name);
  if (!regex_ || !std::regex_match(name, *regex_)) return name;
  return std::regex_replace(name, *regex_, replacement_);
}

}  // namespace sluice
