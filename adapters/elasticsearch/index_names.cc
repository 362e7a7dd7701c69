#include "adapters/elasticsearch/index_names.h"

#include <algorithm>

namespace sluice::elasticsearch {
namespace {

/// The backing index is the name and a suffix: `-000001`.
constexpr size_t kNameBytesMax = 255 - 7;
constexpr std::string_view kForbidden = "\\/*?\"<>| ,#:";

}  // namespace

Status CheckIndexName(std::string_view name) {
  const auto refuse = [name](const std::string& why) {
    return Error{"\"" + std::string(name) + "\" cannot be an index name: " + why,
                 "map the topic to another name with index.names"};
  };
  if (name.empty()) return refuse("it is empty");
  if (name.size() > kNameBytesMax)
    return refuse("it is longer than " + std::to_string(kNameBytesMax) + " bytes");
  if (name == "." || name == "..") return refuse("it is a path");
  if (name.front() == '-' || name.front() == '_' || name.front() == '+')
    return refuse("it begins with -, _ or +");
  if (name.find_first_of(kForbidden) != std::string_view::npos)
    return refuse("it holds one of \\ / * ? \" < > | , # : or a space");
  if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return refuse("it holds upper-case letters");
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    return refuse("it holds control characters");
  return {};
}

Result<std::string> IndexNameOf(std::string_view stream) {
  std::string name(stream);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (Status status = CheckIndexName(name); !status) return status.error();
  return name;
}

Result<std::string> IndexNameOf(std::string_view stream, const IndexNames& chosen) {
  const auto mapped = std::find_if(chosen.begin(), chosen.end(),
                                   [stream](const auto& entry) { return entry.first == stream; });
  if (mapped == chosen.end()) return IndexNameOf(stream);
  if (Status status = CheckIndexName(mapped->second); !status) return status.error();
  return mapped->second;
}

}  // namespace sluice::elasticsearch
