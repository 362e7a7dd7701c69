#include "service/commands/env_file.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "service/config/values.h"

namespace sluice::service {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

bool IsVariableName(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

std::string_view WithoutQuotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == value.back() &&
                      (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> ReadEnvFile(const std::string& file) {
  constexpr std::string_view kExport = "export ";
  std::ifstream in(file, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (!in.eof() || text.size() > kFileBytesMax) {
    return Error{file + " cannot be read", "check its name, rights and size (1MiB at most)"};
  }
  std::vector<std::pair<std::string, std::string>> variables;
  std::string_view rest = text;
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    std::string_view line = config::Trim(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with(kExport)) line = config::Trim(line.substr(kExport.size()));
    const size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    // The line itself is not printed: it may be half of a secret.
    if (equals == std::string_view::npos || !IsVariableName(name)) {
      return Error{file + ":" + std::to_string(number) + ": expected NAME=VALUE", ""};
    }
    variables.emplace_back(name, WithoutQuotes(line.substr(equals + 1)));
  }
  return variables;
}

}  // namespace sluice::service
