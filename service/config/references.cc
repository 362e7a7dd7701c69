#include "service/config/references.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "service/config/values.h"

namespace sluice::config {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;
constexpr const char* kForms =
    "the forms are ${env:NAME}, ${env:NAME:-default}, ${env:NAME:?text}, ${file:/path}, "
    "${file:/path:key} and ${directory:/dir:key}; $${ stands for ${";

Result<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{"cannot read file " + path, "check that it exists and may be read"};
  std::string text(kFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return Error{"cannot read file " + path, "check that it is a regular file"};
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kFileBytesMax) return Error{"file " + path + " is over 1MiB", ""};
  return text;
}

std::string WithoutLastLineBreak(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> FromEnvironment(std::string_view body, const ReferenceSources& sources) {
  const size_t colon = body.find(':');
  const std::string name(body.substr(0, colon));
  if (name.empty()) return Error{"a reference names no variable", kForms};
  const auto value = sources.variable(name);
  if (colon == std::string_view::npos) {
    if (value) return *value;
    return Error{"environment variable " + name + " is not set",
                 "set it, or write ${env:" + name + ":-default}"};
  }
  const std::string_view rest = body.substr(colon + 1);
  const std::string_view text = rest.empty() ? rest : rest.substr(1);
  if (!rest.starts_with('-') && !rest.starts_with('?')) {
    return Error{"the reference to " + name + " has an unknown form", kForms};
  }
  if (value && !value->empty()) return *value;
  if (rest.starts_with('-')) return std::string(text);
  return Error{"environment variable " + name + " is not set: " + std::string(text), ""};
}

Result<std::string> KeyOfFile(const std::string& path, std::string_view key,
                              const ReferenceSources& sources) {
  const auto text = sources.file(path);
  if (!text) return text.error();
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty() || trimmed.front() == '#' || trimmed.front() == '!') continue;
    const size_t separator = trimmed.find_first_of("=:");
    if (separator == std::string_view::npos) continue;
    if (Trim(trimmed.substr(0, separator)) == key) {
      return std::string(Trim(trimmed.substr(separator + 1)));
    }
  }
  return Error{"file " + path + " has no key " + std::string(key), "add the line KEY=VALUE to it"};
}

Result<std::string> FromFile(std::string_view body, const ReferenceSources& sources) {
  const size_t colon = body.find(':');
  const std::string path(body.substr(0, colon));
  if (path.empty()) return Error{"a reference names no file", kForms};
  if (colon != std::string_view::npos) return KeyOfFile(path, body.substr(colon + 1), sources);
  auto text = sources.file(path);
  if (!text) return text.error();
  return WithoutLastLineBreak(std::move(*text));
}

Result<std::string> FromDirectory(std::string_view body, const ReferenceSources& sources) {
  const size_t colon = body.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == body.size()) {
    return Error{"a directory reference needs a directory and a key", kForms};
  }
  return FromFile(std::string(body.substr(0, colon)) + "/" + std::string(body.substr(colon + 1)),
                  sources);
}

Result<std::string> ResolveOne(std::string_view reference, const ReferenceSources& sources) {
  const auto body_after = [reference](std::string_view provider) {
    return reference.substr(provider.size());
  };
  if (reference.starts_with("env:")) return FromEnvironment(body_after("env:"), sources);
  if (reference.starts_with("file:")) return FromFile(body_after("file:"), sources);
  if (reference.starts_with("directory:")) return FromDirectory(body_after("directory:"), sources);
  return Error{"unknown reference ${" + std::string(reference) + "}", kForms};
}

}  // namespace

ReferenceSources SystemReferences() {
  return {[](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return std::string(value);
          },
          ReadWholeFile};
}

Result<std::string> ResolveReferences(std::string_view text, const ReferenceSources& sources) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return out;
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      out += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const size_t end = text.find('}');
      if (end == std::string_view::npos) return Error{"a reference has no closing }", kForms};
      auto value = ResolveOne(text.substr(2, end - 2), sources);
      if (!value) return value.error();
      if (value->find_first_of("\r\n") != std::string::npos) {
        return Error{
            "the value of ${" + std::string(text.substr(2, end - 2)) + "} has a line break",
            "name a file with one line, or use an option that takes the file's path"};
      }
      out += *value;
      text.remove_prefix(end + 1);
    } else {
      out.push_back('$');
      text.remove_prefix(1);
    }
  }
  return out;
}

bool HasReference(std::string_view text) {
  for (size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    if (at == 0 || text[at - 1] != '$') return true;
  }
  return false;
}

}  // namespace sluice::config
