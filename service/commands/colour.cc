#include "service/commands/colour.h"

#include <unistd.h>

#include <cstdlib>

namespace sluice::service {
namespace {

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool IsForced(const char* name) {
  return !Variable(name).empty() && Variable(name) != "0";
}

}  // namespace

bool UseColour(std::string_view when, int descriptor) {
  if (when == "always") return true;
  if (when == "never" || !Variable("NO_COLOR").empty()) return false;
  if (IsForced("CLICOLOR_FORCE") || IsForced("FORCE_COLOR")) return true;
  return Variable("TERM") != "dumb" && isatty(descriptor) == 1;
}

}  // namespace sluice::service
