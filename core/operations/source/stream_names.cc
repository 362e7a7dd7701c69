#include "core/operations/source/stream_names.h"

#include <string_view>

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

std::string StreamNames::Of(const Table& table) const {
  const std::string name = Unrouted(table);
  return route_ ? route_(name) : name;
}

std::string StreamNames::Unrouted(const Table& table) const {
  return Sanitised(prefix_ + delimiter_ + table.schema + delimiter_ + table.name);
}

}  // namespace sluice
